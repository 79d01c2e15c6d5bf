//! Who may do what: Cedar policies of our own, asked before every act.
//!
//! Promises: what no policy permits is refused; an evaluation error is a refusal; the policies are checked strictly
//! against the schema when the program starts, and it does not start with a fault in them. What a caller may not even
//! see does not exist for them, so `may` tells "not yours to do" from "not there".
//!
//! Does not do: find records. The policies are compiled in: a school edits its social-media policy, never this.

use std::collections::{HashMap, HashSet};
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use store::SchoolId;
use uuid::Uuid;

use crate::error::{Error, Refused};

mod act;
pub mod caller;
pub mod role;
#[cfg(test)]
mod tests;

pub use act::{Act, Kind};
pub use caller::{Caller, Proof};
pub use role::{Role, Roles};

/// One file of `policies/access/` with its name.
macro_rules! rules {
    ($name:literal) => {
        (
            concat!("policies/access/", $name, ".cedar"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access/", $name, ".cedar")),
        )
    };
}

const SCHEMA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access/access.cedarschema"));
/// Each feature adds its own file here and its actions to the schema.
const POLICIES: &[(&str, &str)] = &[
    rules!("people"),
    rules!("advisor"),
    rules!("roster"),
    rules!("desk"),
    rules!("permissions"),
    rules!("policies"),
    rules!("registers"),
];

/// What an access rule can know about a record. Each feature's noun turns into one by `From`.
#[derive(Clone, Debug)]
pub struct Thing {
    pub kind: Kind,
    pub id: Uuid,
    pub school: SchoolId,
    /// Whose it is: the author of a draft, the holder of an account.
    pub owner: Option<Uuid>,
    /// Whom it speaks about.
    pub about: Vec<Uuid>,
    /// For a person: the roles that count today. Empty for everything else.
    pub roles: Roles,
}

impl Thing {
    /// The school as a whole.
    pub fn premises(school: SchoolId) -> Thing {
        Thing { kind: Kind::Premises, id: school.get(), school, owner: None, about: Vec::new(), roles: Roles::new() }
    }

    pub fn person(school: SchoolId, id: Uuid, roles: Roles) -> Thing {
        Thing { kind: Kind::Person, id, school, owner: Some(id), about: vec![id], roles }
    }

    /// A draft of the school's policy; `hands` are those who worked on it.
    pub fn policy_draft(school: SchoolId, id: Uuid, hands: Vec<Uuid>) -> Thing {
        Thing { kind: Kind::PolicyDraft, id, school, owner: None, about: hands, roles: Roles::new() }
    }

    /// The caller's own self, for acts on one's own account.
    pub fn own(caller: &Caller) -> Thing {
        Thing::person(caller.school, caller.person, caller.roles.clone())
    }
}

/// Why an act is refused that will be allowed once the second factor is given again. Pages lead on from there.
pub const PROVE_FIRST: &str = "you need to confirm that it is you first, with a passkey or a code";

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    /// Yes, once the caller has given the second factor again.
    ProveFirst,
    No,
    /// The caller may not know that it exists.
    Unseen,
}

/// The rules, read and checked.
#[derive(Clone)]
pub struct Access {
    authorizer: std::sync::Arc<Authorizer>,
    policies: std::sync::Arc<PolicySet>,
    schema: std::sync::Arc<Schema>,
}

impl Access {
    /// Every fault at once, each in one line with its file.
    pub fn load() -> Result<Access, Vec<String>> {
        Access::read(SCHEMA, POLICIES)
    }

    fn read(schema: &str, files: &[(&str, &str)]) -> Result<Access, Vec<String>> {
        let (schema, warnings) = Schema::from_cedarschema_str(schema)
            .map_err(|error| vec![format!("policies/access/access.cedarschema: {error}")])?;
        let mut faults: Vec<String> =
            warnings.map(|warning| format!("policies/access/access.cedarschema: {warning}")).collect();
        let mut all = PolicySet::new();
        for (file, text) in files {
            match PolicySet::from_str(text) {
                Ok(set) => faults.extend(add(&mut all, &set, file)),
                Err(error) => faults.push(format!("{file}: {error}")),
            }
        }
        let checked = Validator::new(schema.clone()).validate(&all, ValidationMode::Strict);
        faults.extend(checked.validation_errors().map(|error| format!("policies/access: {error}")));
        faults.extend(checked.validation_warnings().map(|warning| format!("policies/access: {warning}")));
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Access { authorizer: Authorizer::new().into(), policies: all.into(), schema: schema.into() })
    }

    /// Whether `caller` may do `act` to `thing`.
    pub fn ask(&self, caller: &Caller, act: Act, thing: impl Into<Thing>) -> Answer {
        let thing = thing.into();
        if self.allows(caller, caller.proof, act, &thing) {
            return Answer::Yes;
        }
        if !self.allows(caller, caller.proof, act.sight(), &thing) {
            return Answer::Unseen;
        }
        match self.allows(caller, Proof::Fresh, act, &thing) {
            true => Answer::ProveFirst,
            false => Answer::No,
        }
    }

    /// The same as an error: what may not be seen is not found.
    pub fn may(&self, caller: &Caller, act: Act, thing: impl Into<Thing>) -> Result<(), Error> {
        match self.ask(caller, act, thing) {
            Answer::Yes => Ok(()),
            Answer::ProveFirst => Err(Refused::because(PROVE_FIRST).into()),
            Answer::No => Err(Refused::because("your role in this school does not allow it").into()),
            Answer::Unseen => Err(Error::NotFound),
        }
    }

    fn allows(&self, caller: &Caller, proof: Proof, act: Act, thing: &Thing) -> bool {
        self.evaluate(caller, proof, act, thing).unwrap_or_else(|fault| {
            // A question that cannot even be put is a fault of ours, and a refusal.
            tracing::error!(action = act.action(), fault, "an access question could not be put");
            false
        })
    }

    fn evaluate(&self, caller: &Caller, proof: Proof, act: Act, thing: &Thing) -> Result<bool, String> {
        let principal = uid("Person", &caller.person.to_string())?;
        let action = uid("Action", act.action())?;
        let resource = uid(thing.kind.name(), &thing.id.to_string())?;
        let context = Context::from_pairs(given(proof, act.role())?).map_err(|error| error.to_string())?;
        let mut entities =
            vec![entity(principal.clone(), &Thing::person(caller.school, caller.person, caller.roles.clone()))?];
        if principal != resource {
            entities.push(entity(resource.clone(), thing)?);
        }
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action, resource, context, Some(&self.schema))
            .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        // A policy that failed to evaluate may have been a `forbid`: then nothing is allowed.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        Ok(response.decision() == Decision::Allow)
    }
}

/// Adds each policy under its file's name and its own `@id`, so that two files may number theirs alike.
fn add(all: &mut PolicySet, set: &PolicySet, file: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for policy in set.policies() {
        let name = policy.annotation("id").map_or_else(|| policy.id().to_string(), str::to_owned);
        let policy = policy.new_id(cedar_policy::PolicyId::new(format!("{file}#{name}")));
        if let Err(error) = all.add(policy) {
            faults.push(format!("{file}: {error}"));
        }
    }
    faults
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn given(proof: Proof, role: Option<Role>) -> Result<Vec<(String, RestrictedExpression)>, String> {
    let mut pairs = vec![
        ("proved".to_owned(), RestrictedExpression::new_bool(proof != Proof::None)),
        ("fresh".to_owned(), RestrictedExpression::new_bool(proof == Proof::Fresh)),
    ];
    if let Some(role) = role {
        pairs.push(("role".to_owned(), RestrictedExpression::new_entity_uid(uid("Role", role.code())?)));
    }
    Ok(pairs)
}

fn entity(id: EntityUid, thing: &Thing) -> Result<Entity, String> {
    let person = |id: &Uuid| Ok::<_, String>(RestrictedExpression::new_entity_uid(uid("Person", &id.to_string())?));
    let school = uid("School", &thing.school.get().to_string())?;
    let about = thing.about.iter().map(person).collect::<Result<Vec<_>, _>>()?;
    let mut attributes = HashMap::from([
        ("school".to_owned(), RestrictedExpression::new_entity_uid(school)),
        ("about".to_owned(), RestrictedExpression::new_set(about)),
    ]);
    if let Some(owner) = &thing.owner {
        attributes.insert("owner".to_owned(), person(owner)?);
    }
    let parents = thing.roles.iter().map(|role| uid("Role", role.code())).collect::<Result<HashSet<_>, _>>()?;
    Entity::new(id, attributes, parents).map_err(|error| error.to_string())
}
