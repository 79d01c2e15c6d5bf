//! Cedar's symbolic compiler and the solver behind it.
//!
//! For: the second answer to every question. Promises: it is given no more than the rules and the limits of the vocabulary; what
//! is not decided in time is an error, and the next question finds a solver that works. Does not: compare answers.

use super::cut::{Authors, Path, touches};
use crate::permission::{Quality, STANDINGS};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use crate::witness::attribute;
use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::err::Error;
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Time for one question, in milliseconds: all eight thousand of the shipped packs take two minutes together.
pub(super) const LIMIT: &str = "--tlimit-per=30000";
/// A solver that keeps silent past its own limit is given up.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Schemas kept for the next question that reads the same; past it, all are thrown away.
const SCHEMAS_MAX: usize = 200;

pub(super) const QUALITIES: [(&str, Quality); 4] = [
    ("any", Quality::Any),
    ("written", Quality::Written),
    ("before", Quality::Before),
    ("written_before", Quality::WrittenBefore),
];

/// What is asked of two unions of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// Wherever one of the first holds, one of the second does.
    Within,
    /// They hold in the same situations.
    Same,
}

pub(super) struct Solver<'a> {
    vocabulary: &'a Vocabulary,
    authors: Authors,
    limit: &'static str,
    compiler: CedarSymCompiler<LocalSolver>,
    schemas: BTreeMap<BTreeSet<Path>, Schema>,
    /// What every situation keeps to, for each fact whose type in Cedar has more values than the vocabulary.
    limits: BTreeMap<FactId, Policy>,
    /// Time spent on schemas, on compiling, and on writing and solving.
    pub(super) spent: [Duration; 3],
}

impl<'a> Solver<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary, limit: &'static str) -> Solver<'a> {
        let (schemas, limits) = (BTreeMap::new(), BTreeMap::new());
        let (authors, spent) = (Authors::new(), [Duration::ZERO; 3]);
        Solver { vocabulary, authors, limit, compiler: started(limit), schemas, limits, spent }
    }

    /// Whether two unions of rules stand in this relation for one act. `read`: all that they read.
    ///
    /// # Errors
    /// In words: what Cedar does not take, what the solver did not decide.
    pub(super) async fn says(
        &mut self,
        act: &str,
        relation: Relation,
        mut read: BTreeSet<Path>,
        (one, other): (Vec<&Policy>, Vec<&Policy>),
    ) -> Result<bool, String> {
        let since = Instant::now();
        let limits = self.limits_on(&mut read);
        let schema = self.schema(read)?;
        let cut = Instant::now();
        let env = environment(act);
        let compiled = |rules: Vec<&Policy>| {
            let set = numbered(rules.into_iter().chain(&limits))?;
            CompiledPolicySet::compile(&set, &env, &schema).map_err(|error| format!("{error:?}"))
        };
        let (one, other) = (compiled(one)?, compiled(other)?);
        let compiled = Instant::now();
        let answer = self.decided(relation, (&one, &other)).await;
        for (spent, time) in self.spent.iter_mut().zip([cut - since, compiled - cut, compiled.elapsed()]) {
            *spent += time;
        }
        answer
    }

    fn schema(&mut self, read: BTreeSet<Path>) -> Result<Schema, String> {
        if let Some(schema) = self.schemas.get(&read) {
            return Ok(schema.clone());
        }
        if self.schemas.len() >= SCHEMAS_MAX {
            self.schemas.clear();
        }
        let schema = self.authors.cut(&read)?;
        self.schemas.insert(read, schema.clone());
        Ok(schema)
    }

    async fn decided(
        &mut self,
        relation: Relation,
        (one, other): (&CompiledPolicySet, &CompiledPolicySet),
    ) -> Result<bool, String> {
        let answer = async {
            match relation {
                Relation::Within => self.compiler.check_implies_opt(one, other).await,
                Relation::Same => self.compiler.check_equivalent_opt(one, other).await,
            }
        };
        let said = match tokio::time::timeout(SILENCE_MAX, answer).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(Error::SolverUnknown)) => return Err(format!("the solver gave up at its limit, {}", self.limit)),
            Ok(Err(error)) => format!("the solver: {error}"),
            Err(_) => format!("the solver was silent for {} s", SILENCE_MAX.as_secs()),
        };
        // Half a question may stand in its pipe: only a new process is sure to read the next one from its start. One
        // that has ended already cannot be ended again.
        let _ = self.compiler.solver_mut().clean_up().await;
        self.compiler = started(self.limit);
        Err(said)
    }

    /// Rules that forbid what no situation is: years past their limits, a permission of no standing. They read the whole fact.
    fn limits_on(&mut self, read: &mut BTreeSet<Path>) -> Vec<Policy> {
        let mut on = vec![];
        for fact in 0..self.vocabulary.facts.len() {
            let limited = matches!(self.vocabulary.facts[fact].domain, Domain::Years(_) | Domain::Standing);
            let path: Path = attribute(self.vocabulary, fact).split('.').map(str::to_owned).collect();
            if limited && read.iter().any(|read| touches(read, &path)) {
                on.push(self.limits.entry(fact).or_insert_with(|| limit(self.vocabulary, fact)).clone());
                read.insert(path);
            }
        }
        on
    }
}

fn limit(vocabulary: &Vocabulary, fact: FactId) -> Policy {
    let at = attribute(vocabulary, fact);
    let text = match &vocabulary.facts[fact].domain {
        Domain::Years(top) => format!("context.{at} >= 0 && context.{at} <= {top}"),
        _ => (0..STANDINGS).map(|value| standing(&at, value)).collect::<Vec<_>>().join(" || "),
    };
    let policy = Policy::parse(None, format!("forbid(principal, action, resource) unless {{ {text} }};"));
    policy.expect("Cedar reads the limits")
}

fn started(limit: &str) -> CedarSymCompiler<LocalSolver> {
    let solver = LocalSolver::cvc5_with_args([limit, "--strings-exp"]);
    let solver = solver.unwrap_or_else(|error| panic!("cvc5 does not start: {error}"));
    CedarSymCompiler::new(solver).expect("the symbolic compiler starts")
}

fn environment(act: &str) -> RequestEnv {
    let kind = |name: &str| name.parse().expect("a type of the vocabulary");
    let action = format!("Action::\"{act}\"").parse().expect("an act of the vocabulary");
    RequestEnv::new(kind("Person"), action, kind("School"))
}

fn numbered<'a>(rules: impl Iterator<Item = &'a Policy>) -> Result<PolicySet, String> {
    let mut set = PolicySet::new();
    for (n, rule) in rules.enumerate() {
        set.add(rule.new_id(PolicyId::new(n.to_string()))).map_err(|error| error.to_string())?;
    }
    Ok(set)
}

fn standing(at: &str, value: usize) -> String {
    let has = |(name, quality): (&str, Quality)| {
        let not = if quality.mask() & (1 << value) == 0 { "!" } else { "" };
        format!("{not}context.{at}.{name}")
    };
    format!("({})", QUALITIES.map(has).join(" && "))
}
