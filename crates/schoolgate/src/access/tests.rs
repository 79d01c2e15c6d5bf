//! What the rules of access answer, and how they are read.

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
    let mut ours: Vec<String> = Act::all().map(|act| act.action().to_owned()).collect();
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
