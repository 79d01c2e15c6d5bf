//! Which children a question is about, and what the register of permissions says of them. Pure.
//!
//! Children stand in a journey by ids alone, which live in the form as long as the question does; what is shown and kept are
//! counts. Promises: what nobody has asked the register is unknown, never a yes; several children count as the one with the
//! least; what withholds a child reads as any other no.

use serde_json::{Value, json};
use uuid::Uuid;

use super::journey::{Journey, Known, NONE, UNKNOWN};
use crate::permissions::on_record::Record;
use crate::permissions::purpose::{FIRST_NAME, FULL_NAME, NAME_WITH_IMAGE};
use crate::permissions::{Form, OnRecord};

/// Stands where a fact's path would: which children the question is about.
pub const CHILDREN: &str = "children";
/// How [`CHILDREN`] is asked, once classes are chosen, and how the classes are.
pub const CHILDREN_ASKED: &str = "Which children is it about?";
pub const CLASSES_ASKED: &str = "In which classes are the children it is about?";
/// The field of the classes; never part of a journey.
pub const CLASSES: &str = "classes";
/// Children that one question can be about: two classes.
pub const CHILDREN_MAX: usize = 64;
/// Where the permissions come from.
const REGISTER: &str = "the register of permissions, today";

/// The kind of service, and what that decides.
pub const FAMILY: &str = "service.family";
const SHOWN: &str = "content.shows";
const NAMED: &str = "content.refers_to";
const NAME_WITH_PHOTO: &str = "content.name_with_photo";
const PUPIL: &str = "pupil";

/// The one act in which the school itself speaks. A family agrees to what the school does with a picture or a name, so their
/// yes says nothing of what somebody posts, sends or keeps on an account of their own: there nothing is on record.
const PUBLISH: &str = "publish";

/// Which purposes of the register (`domain.md` 4.1) a permission to show (`for: show`, `rulings.md` 2.5) rests on, by the kind of
/// service. All of a line are needed: what could be either of two is permitted only by both. Purposes that name no way out of
/// the school (records, displays, archive, photographer) and those for others than its own accounts (press, partners) are in
/// no line, nor is a purpose that the school has added: nobody has said what it covers.
const TO_SHOW: [(&str, &[&str]); 15] = [
    ("network", &["social-public"]),
    ("micro-blog", &["social-public"]),
    ("video", &["social-public", "video"]),
    ("image", &["social-public"]),
    ("messaging", &["social-public"]),
    ("forum", &["social-public"]),
    ("game", &["social-public"]),
    ("professional-network", &["social-public"]),
    ("blog", &["social-public", "website"]),
    ("podcast", &["social-public", "website", "video"]),
    ("wiki", &["social-public", "website"]),
    ("website", &["website"]),
    ("learning-platform", &["class-app"]),
    ("email", &["newsletter"]),
    ("print", &["print-promo"]),
];

/// A permission to speak of a child (`for: refer`). The question does not tell a first name from a full one, so it takes both;
/// a child's own work with the name is an ask of its own and permits no name elsewhere.
const TO_REFER: [&str; 2] = [FIRST_NAME, FULL_NAME];

/// Every purpose that one of the tables names.
pub fn purposes() -> Vec<&'static str> {
    let shown = TO_SHOW.iter().flat_map(|(_, purposes)| purposes.iter().copied());
    let mut all: Vec<&str> = shown.chain(TO_REFER).chain([NAME_WITH_IMAGE]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the register speaks of such an act at all.
pub fn is_of_school(act: &str) -> bool {
    act == PUBLISH
}

/// What would be done to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Show,
    Refer,
}

impl Matter {
    /// As a situation names it.
    fn code(self) -> &'static str {
        match self {
            Matter::Show => "show",
            Matter::Refer => "refer",
        }
    }

    /// The fact that says whether it is to be done to a pupil.
    fn path(self) -> &'static str {
        match self {
            Matter::Show => SHOWN,
            Matter::Refer => NAMED,
        }
    }

    fn asked(self) -> &'static str {
        match self {
            Matter::Show => "Does a parent or carer of each child permit to show them there?",
            Matter::Refer => "Does a parent or carer of each child permit to name them there?",
        }
    }

    /// The purposes that must all have a yes.
    fn purposes(self, journey: &Journey) -> Vec<&'static str> {
        let mut purposes = match self {
            Matter::Show => to_show(&journey.said_of(FAMILY)),
            Matter::Refer => TO_REFER.to_vec(),
        };
        // A name that can be matched to a face is an ask of its own, and perhaps is perhaps.
        if matches!(journey.said_of(NAME_WITH_PHOTO)[..], ["true"] | [UNKNOWN]) {
            purposes.push(NAME_WITH_IMAGE);
        }
        purposes
    }
}

/// Where nobody knows the kind of service, it could be any.
fn to_show(family: &[&str]) -> Vec<&'static str> {
    let lines = TO_SHOW.iter().filter(|(known, _)| family == [*known] || !is_known(family));
    let mut purposes: Vec<&str> = lines.flat_map(|(_, purposes)| purposes.iter().copied()).collect();
    purposes.sort_unstable();
    purposes.dedup();
    purposes
}

fn is_known(family: &[&str]) -> bool {
    TO_SHOW.iter().any(|(known, _)| family == [*known])
}

/// What of this journey the register could speak of: nothing where the person may not pick children, or no pupil is meant.
fn matters(journey: &Journey) -> Vec<Matter> {
    if journey.classes.is_empty() || !is_of_school(&journey.act) {
        return Vec::new();
    }
    let is_meant = |matter: &Matter| journey.said_of(matter.path()).contains(&PUPIL);
    [Matter::Show, Matter::Refer].into_iter().filter(is_meant).collect()
}

/// Whether the register could still be asked.
pub fn are_open(journey: &Journey) -> bool {
    !matters(journey).is_empty() && journey.said_of(CHILDREN).is_empty()
}

/// What was said of the children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// Not asked yet, or the person would rather not say.
    Unsaid,
    /// Nobody whom the register could know.
    Nobody,
    These(Vec<Uuid>),
}

pub fn picked(journey: &Journey) -> Picked {
    match &journey.said_of(CHILDREN)[..] {
        [] | [UNKNOWN] => Picked::Unsaid,
        [NONE] => Picked::Nobody,
        ids => Picked::These(ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect()),
    }
}

/// Whether these are values of [`CHILDREN`] that our form could send.
pub fn could_be_ours(journey: &Journey, values: &[String]) -> bool {
    if journey.classes.is_empty() {
        return false;
    }
    match values {
        [one] if one == NONE || one == UNKNOWN => true,
        ids => (1..=CHILDREN_MAX).contains(&ids.len()) && ids.iter().all(|id| Uuid::parse_str(id).is_ok()),
    }
}

/// How many of the children have a yes to all that a matter needs, and what these yeses come to together.
fn counted(journey: &Journey, matter: Matter) -> (usize, Option<OnRecord>) {
    let purposes = matter.purposes(journey);
    let yes = |record: &Record| -> Option<OnRecord> {
        let needed: Option<Vec<OnRecord>> = purposes.iter().map(|code| record.get(*code).copied()).collect();
        needed?.into_iter().reduce(OnRecord::and)
    };
    let yeses: Vec<OnRecord> = journey.register.iter().filter_map(yes).collect();
    (yeses.len(), yeses.into_iter().reduce(OnRecord::and))
}

/// The permissions of parents as a situation lists them. One that covers some of the children only counts for none.
pub fn permissions(journey: &Journey) -> Vec<Value> {
    let children = match picked(journey) {
        Picked::Unsaid => return matters(journey).into_iter().map(unknown).collect(),
        Picked::Nobody => return Vec::new(),
        Picked::These(children) => children,
    };
    let listed = |matter: Matter| {
        let (many, together) = counted(journey, matter);
        let together = together?;
        let mut item = json!({
            "from": "parent", "form": together.form.code(), "for": matter.code(), "of": PUPIL, "before": true,
            "covers": if many == children.len() { "all" } else { "some" },
        });
        if let Some(until) = together.until {
            item["until"] = json!(until.to_string());
        }
        Some(item)
    };
    matters(journey).into_iter().filter_map(listed).collect()
}

fn unknown(matter: Matter) -> Value {
    json!({ "from": "parent", "form": UNKNOWN, "for": matter.code(), "of": PUPIL, "covers": UNKNOWN })
}

/// What is known of the children: how many they are, and what the register says of all of them together.
pub fn known(journey: &Journey) -> Vec<Known> {
    if journey.said_of(CHILDREN).is_empty() {
        return Vec::new();
    }
    let row = |ask: &str, said: String, source, is_own| Known {
        path: CHILDREN.to_owned(),
        ask: ask.to_owned(),
        said,
        source,
        is_own,
    };
    let said = match picked(journey) {
        Picked::Unsaid => "I would rather not say".to_owned(),
        Picked::Nobody => "No particular child".to_owned(),
        Picked::These(children) => counted_in_words(children.len()),
    };
    let mut rows = vec![row(CHILDREN_ASKED, said, "your answer", true)];
    if let Picked::These(children) = picked(journey) {
        let of_register = |matter: Matter| {
            let said = on_record_in_words(counted(journey, matter), children.len());
            row(matter.asked(), said, REGISTER, false)
        };
        rows.extend(matters(journey).into_iter().map(of_register));
    }
    rows
}

fn counted_in_words(children: usize) -> String {
    if children == 1 { "1 child".to_owned() } else { format!("{children} children") }
}

fn on_record_in_words((many, together): (usize, Option<OnRecord>), children: usize) -> String {
    let form = match together.map(|together| together.form) {
        None => return "No permission is on record".to_owned(),
        Some(Form::Written) => "in writing",
        Some(Form::Oral) => "but not in writing",
    };
    match (many, children) {
        (1, 1) => format!("Yes, {form}"),
        _ if many == children => format!("Yes, {form}, for all {children}"),
        _ => format!("Only for {many} of {children}, {form}"),
    }
}
