//! Defects that are often found in policies of this kind, each with the code of the study that lists them.

use super::routes::acts;
use super::{Finding, clause_of, has_words, says};
use crate::cases::{every_case, possible};
use crate::chapter::Clause;
use crate::diagram::NO;
use crate::examples::ASKED_ON;
use crate::facts::Facts;
use crate::permission::Slot;
use crate::policy::Policy;
use crate::profile::{Cond, Layer, Rule};
use std::collections::BTreeSet;

/// Names of services that have closed, been renamed, or may be.
const SERVICES: [&str; 16] = [
    "bebo",
    "facebook",
    "flickr",
    "google+",
    "instagram",
    "linkedin",
    "myspace",
    "periscope",
    "pinterest",
    "snapchat",
    "threads",
    "tiktok",
    "tumblr",
    "twitter",
    "whatsapp",
    "youtube",
];

pub(super) fn findings(policy: &Policy) -> Vec<Finding> {
    let mut out = vec![];
    out.extend(not_attested(policy));
    out.extend(no_low_level_tier(policy));
    out.extend(true_accusations(policy));
    out.extend(all_gross_misconduct(policy));
    out.extend(deleted_first(policy));
    out.extend(parents_without_family(policy));
    out.extend(only_parents_gate(policy));
    out.extend(own_devices(policy));
    out.extend(named_services(policy));
    out.extend(no_withdrawal(policy));
    out.extend(no_retention(policy));
    out.extend(secret_monitoring(policy));
    out
}

fn not_attested(policy: &Policy) -> Option<Finding> {
    let keys = [("approver", &policy.approver), ("approved", &policy.approved), ("review", &policy.review)];
    let missing: Vec<&str> = keys.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| *key).collect();
    (!missing.is_empty()).then(|| {
        let said = format!("policy.toml does not say {}", missing.join(", "));
        let advice = "Put in who approved this policy (`approver`), on which day (`approved`) and when it is looked at again (`review`).";
        Finding::whole("D1", said, advice)
    })
}

fn no_low_level_tier(policy: &Policy) -> Option<Finding> {
    says(policy, &["low-level", "low level"]).is_none().then(|| {
        let said = "no clause says what happens to a concern about an adult that is too slight for the local authority";
        Finding::whole(
            "D5",
            said,
            "Add a clause on low-level concerns: whom to tell, who records them, and that telling is welcome.",
        )
    })
}

/// Whether some possible case of an act meets these conditions and is restricted by the rule.
fn can_bite(policy: &Policy, n: usize, act: usize, also: &[(&str, &str)]) -> bool {
    let open = every_case(&policy.vocabulary, act, ASKED_ON);
    let mut facts = Facts::new(&policy.vocabulary, &open, policy.social);
    let mut here = possible(&mut facts);
    let given: Vec<Cond> = also.iter().filter_map(|(path, value)| is(policy, path, value)).collect();
    let rule = &policy.rules[n].1;
    let not = Cond::Not(Box::new(rule.unless.clone()));
    for cond in given.iter().chain([&rule.when, &not]) {
        let f = facts.holds(cond);
        here = facts.diagrams.and(here, f);
    }
    here != NO
}

fn is(policy: &Policy, path: &str, value: &str) -> Option<Cond> {
    let fact = policy.vocabulary.fact(path)?;
    let number = match &policy.vocabulary.facts[fact].domain {
        crate::vocabulary::Domain::List(values) => values.iter().position(|v| v == value)?,
        _ => usize::from(value == "yes"),
    };
    Some(Cond::Is(fact, 1 << number))
}

/// The rules that restrict one of these acts.
fn bans<'p>(policy: &'p Policy, names: &[&str]) -> impl Iterator<Item = (usize, &'p Rule)> {
    let acts = acts(policy, names);
    let strict = [Layer::MustNot, Layer::ShouldNot];
    let rules = policy.rules.iter().enumerate().map(|(n, (_, rule))| (n, rule));
    rules.filter(move |(_, rule)| rule.acts & acts != 0 && strict.contains(&rule.layer))
}

fn reads(rule: &Rule, fact: Option<usize>) -> bool {
    let mut facts = crate::condition::facts_of(&rule.when);
    facts.extend(crate::condition::facts_of(&rule.unless));
    fact.is_some_and(|fact| facts.contains(&fact))
}

fn true_accusations(policy: &Policy) -> Option<Finding> {
    let post = policy.vocabulary.act("post")?;
    let allegation = policy.vocabulary.fact("content.kinds.allegation");
    let truth = [("content.kinds.allegation", "yes"), ("content.true", "yes")];
    let ids = &policy.vocabulary.ids;
    let frees = |lifter: &usize| {
        let mut is_freed = false;
        policy.rules[*lifter].1.when.walk(&mut |part| {
            is_freed |= matches!(part, Cond::Is(fact, mask) if *fact == ids.purpose && mask & ids.protected_disclosure != 0);
        });
        is_freed
    };
    let found = bans(policy, &["post"]).find(|(n, rule)| {
        reads(rule, allegation) && !policy.lifters[*n].iter().any(frees) && can_bite(policy, *n, post, &truth)
    });
    let said = "accusations are forbidden even where they are true, and disclosing wrongdoing is not set free";
    let advice =
        "Leave out what is true and rightly disclosed, or lift the clause for the purpose `protected-disclosure`.";
    if let Some((n, _)) = found {
        return Some(Finding::at("D6", policy, n, (said.to_owned(), advice)));
    }
    let says_so = |clause: &&Clause| {
        has_words(clause, &["accusation", "allegation"]) && has_words(clause, &["is true", "true or", "truth"])
    };
    let clause = policy.clauses.iter().filter(|_| !super::routes::frees_disclosure(policy)).find(says_so)?;
    Some(Finding::of("D6", clause, said, advice))
}

fn all_gross_misconduct(policy: &Policy) -> Option<Finding> {
    let every = |(_, rule): &&(usize, Rule)| rule.layer == Layer::Consequence && rule.upon.is_empty();
    let clauses = policy.rules.iter().filter(every).map(|rule| clause_of(policy, rule));
    let clause = clauses.into_iter().find(|clause| has_words(clause, &["gross misconduct"]))?;
    let said = "every breach is gross misconduct, however slight";
    let advice = "Name the clauses whose breach is grave (`@upon`), and leave the others to the ordinary steps.";
    Some(Finding::of("D7", clause, said, advice))
}

fn deleted_first(policy: &Policy) -> Option<Finding> {
    let keeps = policy.rules.iter().any(|(_, rule)| rule.duty.as_ref().is_some_and(|d| d.duty == "keep-evidence"));
    if keeps {
        return None;
    }
    let pictures = acts(policy, &["capture", "keep-image"]);
    let is_of_pictures = |clause: &Clause| {
        policy.rules.iter().any(|rule| {
            clause_of(policy, rule).id == clause.id && rule.1.acts & pictures != 0 && rule.1.acts != u64::MAX
        })
    };
    let asks = |clause: &&Clause| {
        has_words(clause, &["delete", "take it down", "take down"])
            && !has_words(clause, &["not delete"])
            && !clause.modality.ends_with("not")
            && !is_of_pictures(clause)
    };
    let clause = policy.clauses.iter().find(asks)?;
    let said = "something is to be deleted, and no clause says to keep evidence first";
    let advice = "Ask for a dated copy before anything is taken down, and say who keeps it.";
    Some(Finding::of("D8", clause, said, advice))
}

fn parents_without_family(policy: &Policy) -> Option<Finding> {
    let link = policy.vocabulary.fact("link.kind");
    let accepts = policy.rules.iter().any(|(_, rule)| !rule.layer.restricts() && reads(rule, link));
    let act = policy.vocabulary.act("connect-request")?;
    let family = [
        ("target.relations.parent", "yes"),
        ("link.kind", "family"),
        ("link.declared", "yes"),
        ("link.answer", "agreed"),
    ];
    let parent = policy.vocabulary.fact("target.relations.parent");
    let found =
        bans(policy, &["connect-request"]).find(|(n, rule)| reads(rule, parent) && can_bite(policy, *n, act, &family));
    let (n, _) = found.filter(|_| accepts)?;
    let said = "parents are forbidden as contacts even where a family tie was declared and agreed, while another clause accepts such ties".to_owned();
    let advice =
        "Lift the clause for ties that were declared and agreed (`context.link.answer`), and keep a register of them.";
    Some(Finding::at("D9", policy, n, (said, advice)))
}

/// Givers of the permissions that lift a rule on pictures.
fn givers(policy: &Policy, rule: &Rule) -> BTreeSet<String> {
    let slots = rule
        .unless
        .permissions()
        .into_iter()
        .filter_map(|(fact, _)| Slot::of_path(&policy.vocabulary.facts[fact].path));
    slots.filter(|slot| slot.matter == "show").map(|slot| slot.giver).collect()
}

fn only_parents_gate(policy: &Policy) -> Option<Finding> {
    let gates: Vec<(usize, BTreeSet<String>)> =
        bans(policy, &["publish"]).map(|(n, rule)| (n, givers(policy, rule))).filter(|(_, g)| !g.is_empty()).collect();
    let all: BTreeSet<&String> = gates.iter().flat_map(|(_, givers)| givers).collect();
    let (n, _) = gates.first().filter(|_| all.into_iter().all(|giver| giver == "parent"))?;
    let said = "a parent's permission is all that stands between a picture and the public".to_owned();
    let advice = "Add the child's own wish, the grounds on which the school publishes, and adults who are shown.";
    Some(Finding::at("D10", policy, *n, (said, advice)))
}

fn own_devices(policy: &Policy) -> Option<Finding> {
    let act = policy.vocabulary.act("capture")?;
    let own = [("device.owner", "own")];
    let permits = |n: &usize| policy.rules[*n].1.layer == Layer::Permits && can_bite(policy, *n, act, &own);
    let n = policy.by_act[act].iter().copied().find(permits)?;
    let said = "pictures for school may be taken on a person's own device".to_owned();
    let advice = "Use the school's devices; where that cannot be, say who allows it, how soon the picture is moved, and who checks.";
    Some(Finding::at("D11", policy, n, (said, advice)))
}

fn named_services(policy: &Policy) -> Vec<Finding> {
    let named = |clause: &Clause| -> Vec<&str> {
        let text = clause.wording.to_lowercase();
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '+').collect();
        SERVICES.iter().copied().filter(|name| words.contains(name)).collect()
    };
    let found = policy.clauses.iter().map(|clause| (clause, named(clause))).filter(|(_, names)| !names.is_empty());
    found
        .map(|(clause, names)| {
            let said = format!("services are named that may be renamed or close: {}", names.join(", "));
            Finding::of(
                "D12",
                clause,
                said,
                "Name the sort of service, and keep names in a list that is easy to change.",
            )
        })
        .collect()
}

fn no_withdrawal(policy: &Policy) -> Option<Finding> {
    let asks =
        |(_, rule): &&(usize, Rule)| !rule.unless.permissions().is_empty() || !rule.when.permissions().is_empty();
    let rule = policy.rules.iter().find(asks)?;
    says(policy, &["withdraw", "take back", "change their mind", "change your mind"]).is_none().then(|| {
        let said = "permissions are asked for, and no clause says that they can be withdrawn, nor what happens then";
        let advice =
            "Say how a permission is withdrawn, by children and adults, and how soon what it covered comes down.";
        Finding::of("D13", clause_of(policy, rule), said, advice)
    })
}

fn no_retention(policy: &Policy) -> Option<Finding> {
    let words = ["retention", "retain", "kept for", "keep for", "kept until", "keep until", "how long"];
    says(policy, &words).is_none().then(|| {
        let said = "no clause says how long records, pictures or messages are kept";
        Finding::whole(
            "D14",
            said,
            "Add a clause on how long each sort of record is kept, or name the schedule that says so.",
        )
    })
}

fn secret_monitoring(policy: &Policy) -> Option<Finding> {
    let act = policy.vocabulary.act("monitor")?;
    let untold = [("monitoring.notified", "no")];
    let permits = |n: &usize| policy.rules[*n].1.layer == Layer::Permits && can_bite(policy, *n, act, &untold);
    let n = policy.by_act[act].iter().copied().find(permits)?;
    let said = "somebody's use may be monitored though they have not been told".to_owned();
    let advice =
        "Make notice a must, say when it may be left out and who decides that, and name the impact assessment.";
    Some(Finding::at("D15", policy, n, (said, advice)))
}
