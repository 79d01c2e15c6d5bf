//! Every rule and every pair of packs once more, by Cedar's symbolic compiler and a solver (`make check-symbolic`).
//!
//! For: whoever changes the reading of conditions or the diagrams. Promises: every question is put to both, none is left out, and
//! one answer that differs or that the solver does not find fails the run, by name, after all have been asked. Does not:
//! weigh verdicts against each other; the second opinion does, case by case.

mod asking;
mod cut;
mod refusals;
mod solver;
mod spoken;

use crate::policy::Policy;
use crate::profile::{Layer, Rule};
use crate::testing::{PACKS, shipped, vocabulary};
use asking::{Asking, Question, Tally, Union};
use solver::LIMIT;
use spoken::Spoken;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Rules of these layers bear on verdicts, needs or duties.
const LAYERS: [Layer; 9] = [
    Layer::MustNot,
    Layer::ShouldNot,
    Layer::AdvisedAgainst,
    Layer::Caution,
    Layer::Permits,
    Layer::Lifts,
    Layer::Freedom,
    Layer::Gap,
    Layer::Duty,
];

/// So many answers of no each subject has at least: with fewer, questions have gone missing.
const BEYOND_MIN: u64 = 20;

/// A pack, each of its rules as Cedar.
struct Pack<'a> {
    policy: &'a Policy,
    spoken: Vec<Spoken<'a>>,
}

impl<'a> Pack<'a> {
    fn new(policy: &'a Policy) -> Pack<'a> {
        let spoken = |(clause, rule): &'a (usize, Rule)| {
            Spoken::new(policy.vocabulary(), &policy.parameters, &policy.clauses[*clause].id, rule)
        };
        Pack { policy, spoken: policy.rules.iter().map(spoken).collect() }
    }

    fn layer(&self, act: usize, layer: Layer) -> Union<'_> {
        let rules = self.policy.by_act[act].iter().map(|rule| &self.spoken[*rule]);
        Union { rules: rules.filter(|spoken| spoken.rule.layer == layer).collect() }
    }
}

/// What is gone through, one act after the other.
#[derive(Clone, Copy)]
enum Subject {
    /// Does each rule say what we read in it; does its layer say more with it than without it?
    Pack(usize),
    /// Both ways round: does the one policy say no more than the other?
    Pair(usize, usize),
}

impl Subject {
    fn all() -> Vec<Subject> {
        let packs = 0..PACKS.len();
        let pairs = packs.clone().flat_map(|a| (a + 1..PACKS.len()).map(move |b| Subject::Pair(a, b)));
        packs.map(Subject::Pack).chain(pairs).collect()
    }

    fn name(self) -> String {
        match self {
            Subject::Pack(pack) => PACKS[pack].to_owned(),
            Subject::Pair(a, b) => format!("{} and {}", PACKS[a], PACKS[b]),
        }
    }

    fn questions<'a>(self, packs: &'a [Pack<'a>], act: usize) -> Vec<Question<'a>> {
        match self {
            Subject::Pack(pack) => {
                let pack = &packs[pack];
                let read = pack.spoken.iter().map(Question::Read);
                let layers = LAYERS.into_iter().flat_map(|layer| {
                    let all = pack.layer(act, layer);
                    (0..all.rules.len()).map(move |n| Question::Within(all.only(n), all.without(n)))
                });
                read.chain(layers).collect()
            }
            Subject::Pair(a, b) => {
                let sides = LAYERS.map(|layer| [a, b].map(|pack| packs[pack].layer(act, layer)));
                // Nothing is within everything, and everything but nothing within nothing: no question.
                let told = sides.into_iter().filter(|[a, b]| !a.rules.is_empty() && !b.rules.is_empty());
                told.flat_map(|[a, b]| [Question::Within(a.clone(), b.clone()), Question::Within(b, a)]).collect()
            }
        }
    }
}

/// One subject on its way.
struct Progress {
    acts_left: usize,
    tally: Tally,
}

/// The whole round: what is still to be asked, and how it ended so far.
struct Round<'a> {
    packs: &'a [Pack<'a>],
    subjects: Vec<Subject>,
    acts: usize,
    next: AtomicUsize,
    progress: Mutex<Vec<Progress>>,
    since: Instant,
}

impl<'a> Round<'a> {
    fn new(packs: &'a [Pack<'a>], subjects: Vec<Subject>, since: Instant) -> Round<'a> {
        let acts = packs[0].policy.vocabulary().acts.len();
        let progress = subjects.iter().map(|_| Progress { acts_left: acts, tally: Tally::default() }).collect();
        Round { packs, subjects, acts, next: AtomicUsize::new(0), progress: Mutex::new(progress), since }
    }

    /// Takes one act of one subject after the other until none is left. Gives the time spent by phase.
    fn work(&self) -> [Duration; 3] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut asking = Asking::new(self.packs[0].policy.vocabulary(), LIMIT);
            loop {
                let next = self.next.fetch_add(1, Ordering::Relaxed);
                let (subject, act) = (next / self.acts, next % self.acts);
                let Some(now) = self.subjects.get(subject) else { return asking.solver.spent };
                let tally = asking.ask(act, &now.questions(self.packs, act)).await;
                self.note(subject, tally);
            }
        })
    }

    fn note(&self, subject: usize, tally: Tally) {
        let mut progress = self.progress.lock().expect("nobody panics while noting");
        let now = &mut progress[subject];
        now.tally.add(tally);
        now.acts_left -= 1;
        if now.acts_left == 0 {
            let name = self.subjects[subject].name();
            println!("{:4} s  {name}: {}", self.since.elapsed().as_secs(), now.tally);
        }
    }
}

#[test]
fn the_solver_agrees_on_every_rule_and_on_every_pair_of_packs() {
    let since = Instant::now();
    let vocabulary = vocabulary();
    let policies = PACKS.map(|id| shipped(&vocabulary, id));
    let packs: Vec<Pack<'_>> = policies.iter().map(Pack::new).collect();
    let round = Round::new(&packs, Subject::all(), since);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let spent = std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers).map(|_| scope.spawn(|| round.work())).collect();
        working.into_iter().map(|worker| worker.join().expect("a worker that ended well")).collect::<Vec<_>>()
    });
    let subjects = round.subjects.iter().map(|subject| subject.name());
    let ended = round.progress.into_inner().expect("no worker panicked");
    let (mut whole, mut few) = (Tally::default(), vec![]);
    for (name, Progress { acts_left, tally }) in subjects.zip(ended) {
        // Who asks nothing agrees on everything; no pack says everything twice, and no two say the same.
        if acts_left > 0 || tally.beyond < BEYOND_MIN {
            few.push(format!("{name}: {tally}"));
        }
        whole.add(tally);
    }
    let [schemas, compiling, solving] = [0, 1, 2].map(|n| spent.iter().map(|spent| spent[n].as_secs()).sum::<u64>());
    println!("{:4} s  all: {whole}", since.elapsed().as_secs());
    println!(
        "        {workers} threads: {schemas} s on schemas, {compiling} s compiling, {solving} s writing and solving"
    );
    let failed: Vec<&String> = whole.wrong.iter().chain(&whole.undecided).collect();
    assert!(failed.is_empty(), "{} questions did not end well:\n{failed:#?}", failed.len());
    assert!(few.is_empty(), "too few questions: {few:#?}");
}
