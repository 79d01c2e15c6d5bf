//! Conditions taken apart and put into words.
//!
//! For: whoever looks at rules one condition at a time: coverage, lint, the second opinion. Promises: the parts together say
//! exactly what the whole says. Does not: evaluate; see `facts`.

use crate::profile::Cond;
use crate::vocabulary::{Domain, FactId, Vocabulary};

/// The parts of which all must hold.
pub(crate) fn parts(cond: &Cond) -> Vec<Cond> {
    match cond {
        Cond::Always(true) => vec![],
        Cond::All(inner) => inner.iter().flat_map(parts).collect(),
        Cond::Not(inner) => match &**inner {
            Cond::Any(ways) => ways.iter().flat_map(|way| parts(&Cond::Not(Box::new(way.clone())))).collect(),
            Cond::Not(twice) => parts(twice),
            _ => vec![cond.clone()],
        },
        // A single way is no choice.
        Cond::Any(ways) if ways.len() == 1 => parts(&ways[0]),
        other => vec![other.clone()],
    }
}

/// The ways of which any one will do.
pub(crate) fn ways(cond: &Cond) -> Vec<Cond> {
    match cond {
        Cond::Always(false) => vec![],
        Cond::Any(inner) => inner.iter().flat_map(ways).collect(),
        Cond::Not(inner) => match &**inner {
            Cond::All(parts) => parts.iter().flat_map(|part| ways(&Cond::Not(Box::new(part.clone())))).collect(),
            Cond::Not(twice) => ways(twice),
            _ => vec![cond.clone()],
        },
        Cond::All(parts) if parts.len() == 1 => ways(&parts[0]),
        other => vec![other.clone()],
    }
}

/// The facts of which a condition speaks, permissions included.
pub(crate) fn facts_of(cond: &Cond) -> Vec<FactId> {
    let mut out = vec![];
    cond.walk(&mut |part| {
        if let Cond::Is(fact, _) | Cond::Permitted(fact, _) = part
            && !out.contains(fact)
        {
            out.push(*fact);
        }
    });
    out
}

/// A condition in words, as short as it can be said.
pub(crate) fn told(vocabulary: &Vocabulary, cond: &Cond) -> String {
    match cond {
        Cond::Always(yes) => if *yes { "always" } else { "never" }.to_owned(),
        Cond::Is(fact, mask) => fact_told(vocabulary, *fact, *mask),
        Cond::Permitted(fact, quality) => {
            format!("{} ({})", vocabulary.facts[*fact].path, format!("{quality:?}").to_lowercase())
        }
        Cond::Act(acts) => {
            let named = vocabulary.acts.iter().enumerate().filter(|(n, _)| acts & (1 << n) != 0);
            format!("act = {}", named.map(|(_, act)| act.name.as_str()).collect::<Vec<_>>().join(" or "))
        }
        Cond::Not(inner) => match &**inner {
            Cond::Is(fact, mask) => fact_told(vocabulary, *fact, !mask & all(vocabulary, *fact)),
            other => format!("not ({})", told(vocabulary, other)),
        },
        Cond::All(parts) => joined(vocabulary, parts, " and "),
        Cond::Any(ways) => joined(vocabulary, ways, " or "),
    }
}

fn joined(vocabulary: &Vocabulary, parts: &[Cond], word: &str) -> String {
    let told: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Cond::All(inner) | Cond::Any(inner) if inner.len() > 1 && parts.len() > 1 => {
                format!("({})", told(vocabulary, part))
            }
            part => told(vocabulary, part),
        })
        .collect();
    told.join(word)
}

fn all(vocabulary: &Vocabulary, fact: FactId) -> u128 {
    (1u128 << vocabulary.facts[fact].domain.len()) - 1
}

fn fact_told(vocabulary: &Vocabulary, fact: FactId, mask: u128) -> String {
    let entry = &vocabulary.facts[fact];
    let has = |value: usize| mask & (1 << value) != 0;
    match &entry.domain {
        Domain::Bool if mask & 0b11 == 0b10 => entry.path.clone(),
        Domain::Bool => format!("{} = no", entry.path),
        Domain::List(values) => {
            let named: Vec<&str> =
                values.iter().enumerate().filter(|(n, _)| has(*n)).map(|(_, v)| v.as_str()).collect();
            let rest: Vec<&str> =
                values.iter().enumerate().filter(|(n, _)| !has(*n)).map(|(_, v)| v.as_str()).collect();
            if named.len() > rest.len() {
                format!("{} other than {}", entry.path, rest.join(", "))
            } else {
                format!("{} = {}", entry.path, named.join(" or "))
            }
        }
        Domain::Years(_) | Domain::Standing => {
            let inside: Vec<usize> = (0..entry.domain.len()).filter(|n| has(*n)).collect();
            match (inside.first(), inside.last()) {
                (Some(first), Some(last)) => format!("{} from {first} to {last}", entry.path),
                _ => format!("{} never", entry.path),
            }
        }
    }
}
