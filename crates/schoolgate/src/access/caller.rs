//! Who is asking, as far as the program has made sure of it.

use store::SchoolId;
use uuid::Uuid;

use super::role::{Role, Roles};

/// How well the caller has shown who they are, when they were admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A password alone.
    None,
    /// A second factor or a passkey, more than five minutes ago.
    Old,
    /// A second factor or a passkey within the last five minutes.
    Fresh,
}

/// A signed-in person. Made only by admitting a session: holding one is the proof that it was alive a moment ago.
#[derive(Clone, Debug)]
pub struct Caller {
    pub school: SchoolId,
    pub person: Uuid,
    /// What pages call the person and the school.
    pub called: String,
    pub school_name: String,
    /// The roles that count today. Never empty.
    pub roles: Roles,
    pub session: Uuid,
    pub proof: Proof,
}

impl Caller {
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
