//! What was answered about one person for one purpose, and what holds because of it. Pure.
//!
//! Promises: the most restrictive answer wins; not asked, expired and an answer from somebody whose authority is not known
//! are never yes; a child's own wish lowers and never raises; the school's own no is the same no as anybody's.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The five decisions of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Yes,
    No,
    NotAsked,
    Expired,
    Withdrawn,
}

impl Decision {
    /// What a row can hold; expiry is reckoned, never written.
    pub const WRITTEN: [Decision; 4] = [Decision::Yes, Decision::No, Decision::NotAsked, Decision::Withdrawn];

    pub fn code(self) -> &'static str {
        match self {
            Decision::Yes => "yes",
            Decision::No => "no",
            Decision::NotAsked => "not-asked",
            Decision::Expired => "expired",
            Decision::Withdrawn => "withdrawn",
        }
    }

    pub fn from_code(code: &str) -> Option<Decision> {
        Decision::WRITTEN.into_iter().find(|decision| decision.code() == code)
    }

    pub fn label(self) -> &'static str {
        match self {
            Decision::Yes => "Yes",
            Decision::No => "No",
            Decision::NotAsked => "Not asked",
            Decision::Expired => "Expired",
            Decision::Withdrawn => "Withdrawn",
        }
    }

    /// Whether it takes something away rather than giving it.
    pub fn lowers(self) -> bool {
        matches!(self, Decision::No | Decision::Withdrawn)
    }
}

/// By what right somebody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    ParentalResponsibility,
    LocalAuthority,
    /// An adult, about themself.
    Own,
    /// The child about themself: lowers, never raises.
    Child,
    /// Nobody has said so far whether this person may decide.
    Unknown,
}

impl Authority {
    pub const ALL: [Authority; 5] = [
        Authority::ParentalResponsibility,
        Authority::LocalAuthority,
        Authority::Own,
        Authority::Child,
        Authority::Unknown,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Authority::ParentalResponsibility => "parental-responsibility",
            Authority::LocalAuthority => "local-authority",
            Authority::Own => "own",
            Authority::Child => "child",
            Authority::Unknown => "unknown",
        }
    }

    pub fn from_code(code: &str) -> Option<Authority> {
        Authority::ALL.into_iter().find(|authority| authority.code() == code)
    }

    pub fn label(self) -> &'static str {
        match self {
            Authority::ParentalResponsibility => "Parental responsibility",
            Authority::LocalAuthority => "The local authority",
            Authority::Own => "For themself",
            Authority::Child => "The child's own wish",
            Authority::Unknown => "Not known",
        }
    }

    /// Whether a yes of theirs can count.
    pub fn may_agree(self) -> bool {
        matches!(self, Authority::ParentalResponsibility | Authority::LocalAuthority | Authority::Own)
    }
}

/// How an answer reached the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Link,
    Letter,
    Paper,
    Telephone,
    InPerson,
    Import,
    School,
    /// Taken again from the withdrawals kept outside the database, after a restore.
    Replay,
}

impl Route {
    pub const ALL: [Route; 8] = [
        Route::Link,
        Route::Letter,
        Route::Paper,
        Route::Telephone,
        Route::InPerson,
        Route::Import,
        Route::School,
        Route::Replay,
    ];

    pub fn code(self) -> &'static str {
        self.words().0
    }

    pub fn label(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Route::Link => ("link", "The family's link"),
            Route::Letter => ("letter", "The letter's code"),
            Route::Paper => ("paper", "On paper"),
            Route::Telephone => ("telephone", "By telephone"),
            Route::InPerson => ("in-person", "In person"),
            Route::Import => ("import", "From a file"),
            Route::School => ("school", "In school"),
            Route::Replay => ("replay", "Taken again after a restore"),
        }
    }

    pub fn from_code(code: &str) -> Option<Route> {
        Route::ALL.into_iter().find(|route| route.code() == code)
    }

    /// What a yes by this way is, where a policy asks for one in writing. A file proves no writing of the family's, and what
    /// was said in school was said.
    pub fn form(self) -> Form {
        match self {
            Route::Link | Route::Letter | Route::Paper => Form::Written,
            Route::Telephone | Route::InPerson | Route::Import | Route::School | Route::Replay => Form::Oral,
        }
    }
}

/// The form in which a permission was given; the lesser one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Oral,
    Written,
}

impl Form {
    /// As a situation names it (`rulings.md` 2.5).
    pub fn code(self) -> &'static str {
        match self {
            Form::Oral => "oral",
            Form::Written => "written",
        }
    }
}

/// A yes that counts: its form, and the last day on which it does; none: while on roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnRecord {
    pub form: Form,
    pub until: Option<Date>,
}

impl OnRecord {
    /// Two permissions that are both needed count as the lesser of them.
    pub fn and(self, other: OnRecord) -> OnRecord {
        let until = [self.until, other.until].into_iter().flatten().min();
        OnRecord { form: self.form.min(other.form), until }
    }

    /// Of two that each suffice: the one in writing, then the one that lasts.
    fn or(self, other: OnRecord) -> OnRecord {
        let worth = |one: &OnRecord| (one.form, one.until.is_none(), one.until);
        if worth(&other) > worth(&self) { other } else { self }
    }
}

/// What one decider says now about one person and one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub decider: Uuid,
    /// Never `Expired`: that is reckoned from `until`.
    pub decision: Decision,
    pub authority: Authority,
    /// The last day on which a yes counts; none: while on roll.
    pub until: Option<Date>,
}

impl Answer {
    /// The decision as it counts on a day.
    pub fn on(&self, day: Date) -> Decision {
        match self.decision {
            Decision::Yes if self.until.is_some_and(|until| until < day) => Decision::Expired,
            decision => decision,
        }
    }

    /// Whether it is a yes that counts on a day.
    fn agrees(&self, day: Date) -> bool {
        self.authority.may_agree() && self.on(day) == Decision::Yes
    }
}

/// What else is known of a person that no answer can outweigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The school's own no, or a marker that nobody has looked at yet.
    pub is_withheld: bool,
    /// No longer on roll, or no longer at the school.
    pub has_left: bool,
}

/// Why it is so. What the school itself withholds and what a family refuses are one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    Agreed,
    SaidNo,
    Withdrawn,
    Left,
    NotAsked,
    AuthorityUnknown,
    Expired,
    NoSuchPurpose,
}

impl Because {
    /// As a sentence for whoever asked: lower case, no full stop.
    pub fn said(self) -> &'static str {
        match self {
            Because::Agreed => "there is permission for this",
            Because::SaidNo | Because::Withdrawn => "there is no permission for this",
            Because::Left => "this person has left the school",
            Because::NotAsked => "nobody has been asked about this yet",
            Because::AuthorityUnknown => "the school does not know yet who decides for this person",
            Because::Expired => "the permission for this has run out",
            Because::NoSuchPurpose => "the school does not ask anybody about this purpose",
        }
    }

    /// What can be done about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Because::Agreed => "nothing is in the way",
            Because::SaidNo | Because::Withdrawn => "leave this person out",
            Because::Left => "leave this person out, and ask the school office what is still public",
            Because::NotAsked => "leave this person out, or let the school office ask the family",
            Because::AuthorityUnknown => "leave this person out, or let the school office settle who decides",
            Because::Expired => "leave this person out, or let the school office ask again",
            Because::NoSuchPurpose => "choose another purpose, or let the school office add this one",
        }
    }
}

/// What holds, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    pub decision: Decision,
    pub because: Because,
}

const fn decided(decision: Decision, because: Because) -> Decided {
    Decided { decision, because }
}

/// What holds for one person and one purpose on a day, given what each decider says now.
pub fn decide<'a>(person: Circumstances, answers: impl Iterator<Item = &'a Answer> + Clone, on: Date) -> Decided {
    let says = |decision: Decision| answers.clone().any(|answer| answer.on(on) == decision);
    if person.is_withheld || says(Decision::No) {
        return decided(Decision::No, Because::SaidNo);
    }
    if says(Decision::Withdrawn) {
        return decided(Decision::Withdrawn, Because::Withdrawn);
    }
    if person.has_left {
        return decided(Decision::Expired, Because::Left);
    }
    if answers.clone().any(|answer| answer.agrees(on)) {
        return decided(Decision::Yes, Because::Agreed);
    }
    if says(Decision::Yes) {
        return decided(Decision::NotAsked, Because::AuthorityUnknown);
    }
    if says(Decision::Expired) {
        return decided(Decision::Expired, Because::Expired);
    }
    decided(Decision::NotAsked, Because::NotAsked)
}

/// What [`decide`] says of answers that came in these ways, and the yes on which it rests, if it is one.
pub fn decide_on_record(person: Circumstances, answers: &[(Answer, Route)], on: Date) -> (Decided, Option<OnRecord>) {
    let decided = decide(person, answers.iter().map(|(answer, _)| answer), on);
    if decided.decision != Decision::Yes {
        return (decided, None);
    }
    let agreed = answers.iter().filter(|(answer, _)| answer.agrees(on));
    let yeses = agreed.map(|(answer, route)| OnRecord { form: route.form(), until: answer.until });
    (decided, yeses.reduce(OnRecord::or))
}

/// Whether two who may decide say opposite things: a task for a person, never an average.
pub fn disagree(answers: &[Answer], on: Date) -> bool {
    let of_deciders = |answer: &&Answer| answer.authority.may_agree();
    let says = |wanted: fn(Decision) -> bool| answers.iter().filter(of_deciders).any(|answer| wanted(answer.on(on)));
    says(|decision| decision == Decision::Yes) && says(Decision::lowers)
}

/// Whether the answer gives more than what stands there from the same decider. A form that is out of date may not.
pub fn raises(present: Option<&Answer>, given: Decision, on: Date) -> bool {
    match (given, present.map(|answer| answer.on(on))) {
        (Decision::Yes, present) => present != Some(Decision::Yes),
        (Decision::NotAsked, Some(present)) => present.lowers(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 21);

    fn answer(decision: Decision, authority: Authority) -> Answer {
        Answer { decider: Uuid::from_u128(1), decision, authority, until: None }
    }

    fn parent(decision: Decision) -> Answer {
        answer(decision, Authority::ParentalResponsibility)
    }

    fn check(answers: &[Answer], expect: Decision, because: Because) {
        assert_eq!(decide(Circumstances::default(), answers.iter(), TODAY), decided(expect, because), "{answers:?}");
    }

    #[test]
    fn the_most_restrictive_answer_wins_in_any_order() {
        let (yes, no, gone) = (parent(Decision::Yes), parent(Decision::No), parent(Decision::Withdrawn));
        check(std::slice::from_ref(&yes), Decision::Yes, Because::Agreed);
        for answers in [[yes.clone(), no.clone()], [no.clone(), yes.clone()]] {
            check(&answers, Decision::No, Because::SaidNo);
            assert!(disagree(&answers, TODAY));
        }
        for answers in [[yes.clone(), gone.clone()], [gone.clone(), yes.clone()]] {
            check(&answers, Decision::Withdrawn, Because::Withdrawn);
        }
        check(&[gone, no], Decision::No, Because::SaidNo);
        assert!(!disagree(&[yes.clone(), yes], TODAY));
    }

    #[test]
    fn not_asked_and_unknown_authority_are_never_yes() {
        check(&[], Decision::NotAsked, Because::NotAsked);
        check(&[parent(Decision::NotAsked)], Decision::NotAsked, Because::NotAsked);
        let unknown = answer(Decision::Yes, Authority::Unknown);
        check(std::slice::from_ref(&unknown), Decision::NotAsked, Because::AuthorityUnknown);
        check(&[unknown, parent(Decision::Yes)], Decision::Yes, Because::Agreed);
        check(&[answer(Decision::No, Authority::Unknown), parent(Decision::Yes)], Decision::No, Because::SaidNo);
    }

    #[test]
    fn a_yes_counts_to_its_last_day() {
        let until = |until| Answer { until: Some(until), ..parent(Decision::Yes) };
        check(&[until(TODAY)], Decision::Yes, Because::Agreed);
        check(&[until(date(2026, 11, 20))], Decision::Expired, Because::Expired);
        check(&[until(date(2026, 11, 20)), parent(Decision::Yes)], Decision::Yes, Because::Agreed);
    }

    #[test]
    fn a_child_s_own_wish_lowers_and_never_raises() {
        let child = |decision| answer(decision, Authority::Child);
        check(&[parent(Decision::Yes), child(Decision::No)], Decision::No, Because::SaidNo);
        check(&[child(Decision::Yes)], Decision::NotAsked, Because::AuthorityUnknown);
        check(&[parent(Decision::No), child(Decision::Yes)], Decision::No, Because::SaidNo);
    }

    #[test]
    fn what_the_school_withholds_is_the_same_no_as_a_family_s() {
        let withheld = Circumstances { is_withheld: true, has_left: false };
        let refused = decide(Circumstances::default(), [parent(Decision::No)].iter(), TODAY);
        for answers in [vec![], vec![parent(Decision::Yes)], vec![parent(Decision::Withdrawn)]] {
            assert_eq!(decide(withheld, answers.iter(), TODAY), refused);
        }
    }

    #[test]
    fn somebody_who_has_left_is_used_no_more() {
        let left = Circumstances { is_withheld: false, has_left: true };
        assert_eq!(decide(left, [parent(Decision::Yes)].iter(), TODAY).because, Because::Left);
        assert_eq!(decide(left, [parent(Decision::No)].iter(), TODAY).because, Because::SaidNo);
    }

    #[test]
    fn only_more_than_before_raises() {
        let present = parent(Decision::No);
        assert!(raises(Some(&present), Decision::Yes, TODAY));
        assert!(raises(None, Decision::Yes, TODAY));
        assert!(raises(Some(&present), Decision::NotAsked, TODAY), "a no is not wiped out by a question");
        assert!(!raises(Some(&parent(Decision::Yes)), Decision::Yes, TODAY));
        for lower in [Decision::No, Decision::Withdrawn] {
            assert!(!raises(Some(&parent(Decision::Yes)), lower, TODAY));
            assert!(!raises(None, lower, TODAY));
        }
        let over = Answer { until: Some(date(2026, 1, 1)), ..parent(Decision::Yes) };
        assert!(raises(Some(&over), Decision::Yes, TODAY), "an expired yes is asked for again");
    }

    #[test]
    fn a_yes_is_in_writing_where_one_who_may_decide_wrote_it() {
        let until = |day| Answer { until: Some(day), ..parent(Decision::Yes) };
        let check = |answers: &[(Answer, Route)], expect: Option<(Form, Option<Date>)>| {
            let (_, found) = decide_on_record(Circumstances::default(), answers, TODAY);
            assert_eq!(found.map(|one| (one.form, one.until)), expect, "{answers:?}");
        };
        let (soon, later) = (date(2026, 12, 1), date(2027, 12, 1));
        check(&[(parent(Decision::Yes), Route::Paper)], Some((Form::Written, None)));
        check(&[(parent(Decision::Yes), Route::Telephone)], Some((Form::Oral, None)));
        check(&[(until(later), Route::InPerson), (until(soon), Route::Link)], Some((Form::Written, Some(soon))));
        check(&[(until(soon), Route::Letter), (until(later), Route::Letter)], Some((Form::Written, Some(later))));
        check(
            &[(until(date(2026, 11, 20)), Route::Paper), (until(later), Route::Telephone)],
            Some((Form::Oral, Some(later))),
        );
        let unsure = answer(Decision::Yes, Authority::Unknown);
        check(&[(unsure.clone(), Route::Paper)], None);
        check(&[(unsure, Route::Paper), (until(later), Route::Telephone)], Some((Form::Oral, Some(later))));
        check(&[(parent(Decision::Yes), Route::Paper), (parent(Decision::Withdrawn), Route::Telephone)], None);
        check(&[], None);
    }

    #[test]
    fn of_two_that_are_needed_the_lesser_counts() {
        let one = |form, until| OnRecord { form, until };
        let soon = Some(date(2026, 12, 1));
        let both = one(Form::Written, None).and(one(Form::Oral, soon));
        assert_eq!(both, one(Form::Oral, soon));
        assert_eq!(one(Form::Written, soon).and(one(Form::Written, Some(date(2027, 1, 1)))), one(Form::Written, soon));
    }
}
