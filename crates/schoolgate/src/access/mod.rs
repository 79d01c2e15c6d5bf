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

pub mod caller;
pub mod role;

pub use caller::{Caller, Proof};
pub use role::{Role, Roles};

const SCHEMA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access/access.cedarschema"));
/// Each feature adds its own file here and its actions to the schema.
const POLICIES: &[(&str, &str)] = &[
    (
        "policies/access/people.cedar",
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access/people.cedar")),
    ),
    (
        "policies/access/advisor.cedar",
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access/advisor.cedar")),
    ),
];

/// Everything that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    SeePeople,
    AddPerson,
    SeePerson,
    EditPerson,
    LinkPerson,
    GiveRole(Role),
    EndRole(Role),
    UseAccount,
    SecureAccount,
    AskQuestion,
}

impl Act {
    fn action(self) -> &'static str {
        match self {
            Act::SeePeople => "people.see",
            Act::AddPerson => "people.add",
            Act::SeePerson => "person.see",
            Act::EditPerson => "person.edit",
            Act::LinkPerson => "person.link",
            Act::GiveRole(_) => "role.give",
            Act::EndRole(_) => "role.end",
            Act::UseAccount => "account.use",
            Act::SecureAccount => "account.secure",
            Act::AskQuestion => "question.ask",
        }
    }

    /// The act that stands for "knows that this exists".
    fn sight(self) -> Act {
        match self {
            Act::SeePeople | Act::AddPerson => Act::SeePeople,
            Act::SeePerson | Act::EditPerson | Act::LinkPerson | Act::GiveRole(_) | Act::EndRole(_) => Act::SeePerson,
            Act::UseAccount | Act::SecureAccount => Act::UseAccount,
            Act::AskQuestion => Act::AskQuestion,
        }
    }

    fn role(self) -> Option<Role> {
        match self {
            Act::GiveRole(role) | Act::EndRole(role) => Some(role),
            _ => None,
        }
    }
}

/// The kinds of record, named as in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Premises,
    Person,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Premises => "Premises",
            Kind::Person => "Person",
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn school(number: u128) -> SchoolId {
        SchoolId::new(Uuid::from_u128(number))
    }

    fn caller(roles: &[Role], proof: Proof) -> Caller {
        Caller {
            school: school(1),
            person: Uuid::from_u128(10),
            called: "Ada Bell".to_owned(),
            school_name: "Oakfield Primary School".to_owned(),
            roles: roles.iter().copied().collect(),
            session: Uuid::from_u128(99),
            proof,
        }
    }

    fn somebody(roles: &[Role]) -> Thing {
        Thing::person(school(1), Uuid::from_u128(20), roles.iter().copied().collect())
    }

    fn check(roles: &[Role], act: Act, thing: Thing, expect: Answer) {
        let access = Access::load().unwrap_or_else(|faults| panic!("{faults:#?}"));
        assert_eq!(access.ask(&caller(roles, Proof::Fresh), act, thing), expect, "{roles:?} {act:?}");
    }

    #[test]
    fn every_act_is_an_action_of_the_schema_and_the_other_way_round() {
        let schema = Schema::from_cedarschema_str(SCHEMA).unwrap().0;
        let mut in_schema: Vec<String> = schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
        let role = Role::Teacher;
        let mut ours: Vec<String> = [
            Act::SeePeople,
            Act::AddPerson,
            Act::SeePerson,
            Act::EditPerson,
            Act::LinkPerson,
            Act::GiveRole(role),
            Act::EndRole(role),
            Act::UseAccount,
            Act::SecureAccount,
            Act::AskQuestion,
        ]
        .map(|act| act.action().to_owned())
        .to_vec();
        in_schema.sort();
        ours.sort();
        assert_eq!(in_schema, ours);
    }

    #[test]
    fn the_schema_knows_exactly_our_roles() {
        for role in Role::ALL {
            assert!(SCHEMA.contains(&format!("\"{}\"", role.code())), "{role:?}");
            check(
                &[role],
                Act::UseAccount,
                Thing::person(school(1), Uuid::from_u128(10), Roles::from([role])),
                Answer::Yes,
            );
        }
    }

    #[test]
    fn a_teacher_does_not_see_the_people_and_sees_themselves() {
        check(&[Role::Teacher], Act::SeePeople, Thing::premises(school(1)), Answer::Unseen);
        check(&[Role::Teacher], Act::EditPerson, somebody(&[Role::Teacher]), Answer::Unseen);
        let own = Thing::person(school(1), Uuid::from_u128(10), Roles::from([Role::Teacher]));
        check(&[Role::Teacher], Act::SeePerson, own.clone(), Answer::Yes);
        check(&[Role::Teacher], Act::EditPerson, own, Answer::No);
        check(&[], Act::SeePeople, Thing::premises(school(1)), Answer::Unseen);
    }

    #[test]
    fn nothing_crosses_between_schools() {
        for role in Role::ALL {
            check(&[role], Act::SeePeople, Thing::premises(school(2)), Answer::Unseen);
            let stranger = Thing::person(school(2), Uuid::from_u128(20), Roles::from([Role::Teacher]));
            check(&[role], Act::SeePerson, stranger, Answer::Unseen);
        }
    }

    #[test]
    fn nobody_raises_themselves_or_chooses_who_checks_them() {
        let manager = [Role::SchoolBusinessManager];
        let head = [Role::Headteacher];
        check(&manager, Act::GiveRole(Role::Teacher), somebody(&[]), Answer::Yes);
        check(&manager, Act::GiveRole(Role::Dsl), somebody(&[]), Answer::No);
        check(&manager, Act::GiveRole(Role::Headteacher), somebody(&[]), Answer::No);
        check(&head, Act::GiveRole(Role::Dsl), somebody(&[]), Answer::Yes);
        check(&head, Act::GiveRole(Role::ChairOfGovernors), somebody(&[]), Answer::No);
        check(&head, Act::EndRole(Role::ChairOfGovernors), somebody(&[]), Answer::No);
        let own = Thing::person(school(1), Uuid::from_u128(10), Roles::from(manager));
        check(&manager, Act::GiveRole(Role::Teacher), own, Answer::No);
    }

    #[test]
    fn a_set_up_link_is_not_a_way_into_a_higher_account() {
        let manager = [Role::SchoolBusinessManager];
        check(&manager, Act::LinkPerson, somebody(&[Role::Teacher]), Answer::Yes);
        check(&manager, Act::LinkPerson, somebody(&[Role::Teacher, Role::Dsl]), Answer::No);
        check(&[Role::Headteacher], Act::LinkPerson, somebody(&[Role::Dsl]), Answer::Yes);
        check(&[Role::Headteacher], Act::LinkPerson, somebody(&[Role::ChairOfGovernors]), Answer::No);
        check(&[Role::Office], Act::LinkPerson, somebody(&[Role::Teacher]), Answer::No);
    }

    #[test]
    fn a_password_alone_changes_nobody_s_record() {
        let access = Access::load().unwrap_or_else(|faults| panic!("{faults:#?}"));
        for (proof, expect) in [(Proof::None, Answer::ProveFirst), (Proof::Old, Answer::Yes)] {
            let caller = caller(&[Role::SchoolBusinessManager], proof);
            assert_eq!(access.ask(&caller, Act::EditPerson, somebody(&[Role::Teacher])), expect, "{proof:?}");
            assert_eq!(access.ask(&caller, Act::AddPerson, Thing::premises(school(1))), expect, "{proof:?}");
        }
    }

    #[test]
    fn a_sensitive_act_wants_a_fresh_second_factor() {
        let access = Access::load().unwrap_or_else(|faults| panic!("{faults:#?}"));
        for (proof, expect) in
            [(Proof::None, Answer::ProveFirst), (Proof::Old, Answer::ProveFirst), (Proof::Fresh, Answer::Yes)]
        {
            let caller = caller(&[Role::Headteacher], proof);
            assert_eq!(access.ask(&caller, Act::LinkPerson, somebody(&[Role::Teacher])), expect, "{proof:?}");
            assert_eq!(access.ask(&caller, Act::SeePeople, Thing::premises(school(1))), Answer::Yes, "{proof:?}");
        }
    }

    #[test]
    fn a_fault_in_a_policy_stops_the_start_with_its_file() {
        let cases = [
            ("permit (principal, action == Action::\"people.fly\", resource);", "people.fly"),
            ("permit (principal, action, resource) when { principal.size > 3 };", "size"),
            ("permit (principal", "bad.cedar"),
        ];
        for (text, expect) in cases {
            let faults = Access::read(SCHEMA, &[("bad.cedar", text)]).map(drop).unwrap_err();
            assert!(faults.iter().any(|fault| fault.contains(expect)), "{faults:?}");
        }
        assert!(Access::read("entity;", &[]).is_err());
    }

    #[test]
    fn without_policies_everything_is_refused() {
        let access = Access::read(SCHEMA, &[]).unwrap_or_else(|faults| panic!("{faults:#?}"));
        for role in Role::ALL {
            let caller = caller(&[role], Proof::Fresh);
            assert_eq!(access.ask(&caller, Act::SeePeople, Thing::premises(school(1))), Answer::Unseen);
        }
    }

    #[test]
    fn an_evaluation_error_refuses_even_beside_a_permit() {
        let text = "permit (principal, action, resource);
            forbid (principal, action == Action::\"people.see\", resource) when { 9223372036854775807 + 1 == 0 };";
        let Ok(access) = Access::read(SCHEMA, &[("test.cedar", text)]) else { panic!("the policies are well typed") };
        let caller = caller(&[Role::Teacher], Proof::Fresh);
        assert_eq!(access.ask(&caller, Act::SeePeople, Thing::premises(school(1))), Answer::Unseen);
        assert_eq!(access.ask(&caller, Act::SeePerson, somebody(&[])), Answer::Yes);
    }
}
