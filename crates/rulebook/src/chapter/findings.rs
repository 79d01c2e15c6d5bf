//! What reading a chapter brings to light.

use crate::{Fault, Places};

/// What is wrong with a pack, and what its parts name of each other.
pub(crate) struct Findings {
    /// With one of these there is no policy.
    pub(crate) faults: Vec<Fault>,
    /// What an author must mend, though the rules can be read without it: a policy that was adopted with it stays readable.
    pub(crate) slips: Vec<Fault>,
    /// What stands elsewhere in the pack, if it does.
    pub(crate) names: Vec<Named>,
    /// Whether all clauses could be read; where not, nobody says that one is missing.
    pub(crate) is_whole: bool,
}

/// A name of something elsewhere in the pack.
pub(crate) struct Named {
    pub(crate) name: Name,
    /// What is said if it is not there: its place, and where in the clause it stands.
    pub(crate) fault: Fault,
    /// Whether rules can be read without it.
    pub(crate) is_slip: bool,
}

pub(crate) enum Name {
    /// A clause, with or without the policy's own name in front.
    Clause(String),
    /// A word for people.
    Person(String),
}

impl Named {
    /// A name in the annotations of a rule.
    pub(crate) fn in_rule(fault: Fault, name: Name) -> Named {
        Named { name, fault, is_slip: false }
    }

    /// A clause that an example names in this column.
    pub(crate) fn expected(places: &Places<'_>, at: usize, column: &str, clause: &str) -> Named {
        Named { name: Name::Clause(clause.to_owned()), fault: places.fault(at, column), is_slip: true }
    }

    /// A word for the people that a clause addresses.
    pub(crate) fn addressed(places: &Places<'_>, at: usize, word: &str) -> Named {
        Named { name: Name::Person(word.to_owned()), fault: places.fault(at, "who"), is_slip: true }
    }
}
