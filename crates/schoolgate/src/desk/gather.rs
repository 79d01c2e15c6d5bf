//! Gathers, in one snapshot, everything that the gate needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rulebook::{Policy, Ruling, Situation};
use screening::Kind;
use serde_json::{Map, Value, json};
use store::Query;
use uuid::Uuid;

use super::accounts::{self, Account};
use super::gate::{self, Found, Gathered, Matter, Place, Refusal, Standing, Step, Target, Use};
use super::picture::{InIt, Picture, Who};
use super::request::{Approval, News, Request, State};
use super::safety::Told;
use super::{pictures, queries, screened};
use crate::access::role::{Role, Roles};
use crate::advisor;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people;
use crate::permissions::{self, ChannelKind, Form, Light};
use crate::policies;
use crate::roster;

/// Everything about one request at one moment.
pub struct Everything {
    pub request: Request,
    pub pictures: Vec<Picture>,
    pub found: Vec<Found>,
    pub uses: Vec<Use>,
    pub accounts: Vec<Account>,
    pub targets: Vec<Target>,
    approvals: Vec<Approval>,
    is_urgent: bool,
    /// Whether the text names the school.
    names_school: bool,
}

impl Everything {
    /// What the gate says to it.
    ///
    /// # Errors
    /// Every refusal.
    pub fn gate(&self, app: &App, step: Step) -> std::result::Result<(), Vec<Refusal>> {
        gate::gate(&Gathered {
            step,
            now: app.clock.now(),
            content: &self.request.content,
            pictures: &self.pictures,
            found: &self.found,
            uses: &self.uses,
            targets: &self.targets,
            approvals: &self.approvals,
            is_urgent: self.is_urgent,
            writers: &self.request.writers,
        })
    }

    /// Everybody with a name here who would be seen or named, and how.
    pub fn people(&self) -> BTreeSet<(Uuid, Matter)> {
        self.uses.iter().map(|used| (used.person, used.matter)).collect()
    }
}

/// Reads everything about a request as it stands in this snapshot.
pub(super) async fn gather(app: &App, q: &mut impl Query, request: Request, step: Step) -> Result<Everything> {
    let today = screened::today(app);
    let roll = screened::roll(app, request.school).await?;
    let pictures = pictures::of_request(q, request.id).await?;
    let answers = queries::answers(q, request.id).await?;
    let policy = match policies::in_force(app, request.school).await {
        Ok(policy) => Some(policy),
        // No policy is an answer of its own, which the gate refuses; everything else is a fault.
        Err(Error::Refused(_) | Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let found = screened::found(&request.content.words, &pictures, &roll)?;
    let found = screened::judged(request.id, found, (policy.as_ref(), &answers), today);
    let accounts = accounts::chosen(app, request.school, &request.content.accounts).await?;
    let uses = uses(q, (&pictures, &found), &accounts, today).await?;
    let approvals = counting(app, q, &request).await?;
    let is_urgent =
        matches!(&request.state, State::Approved { urgent: Some(_), .. } | State::Releasing { urgent: Some(_), .. });
    let school = people::school(app, request.school).await?.name.to_lowercase();
    let names_school = request.content.words.to_lowercase().contains(&school);
    let mut all = Everything {
        request,
        pictures,
        found,
        uses,
        accounts,
        targets: Vec::new(),
        approvals,
        is_urgent,
        names_school,
    };
    all.targets = targets(app, q, &all, (policy, step)).await?;
    Ok(all)
}

/// The approvals of people who may still approve today.
async fn counting(app: &App, q: &mut impl Query, request: &Request) -> Result<Vec<Approval>> {
    let mut counting = Vec::new();
    for approval in request.approvals() {
        if let Some(approver) = super::approver(app, q, approval.by).await? {
            let is_headteachers = approval.is_headteachers && approver.is_headteacher;
            counting.push(Approval { is_headteachers, ..approval.clone() });
        }
    }
    Ok(counting)
}

/// Who would be seen or named, where, and with which permission on each kind of account.
async fn uses(
    q: &mut impl Query,
    (pictures, found): (&[Picture], &[Found]),
    accounts: &[Account],
    today: Date,
) -> Result<Vec<Use>> {
    let has_people = screened::shows_people(pictures);
    let mut wanted: Vec<(Uuid, Place, Matter, &'static str)> = Vec::new();
    for picture in pictures {
        let people = picture.in_it.people().iter().filter_map(|marked| marked.who.person());
        wanted.extend(people.map(|person| (person, Place::Picture(picture.place), Matter::Shown, "")));
    }
    for one in found.iter().filter(|one| is_name(one)) {
        let Some(person) = one.finding.person.as_deref().and_then(|id| Uuid::parse_str(id).ok()) else { continue };
        let matter = if has_people { Matter::NamedWithPicture } else { Matter::Named };
        wanted.push((person, one.place, matter, one.finding.how));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let ids: Vec<Uuid> = wanted.iter().map(|(person, ..)| *person).collect::<BTreeSet<_>>().into_iter().collect();
    let called = called(q, &ids).await?;
    let kinds: BTreeMap<&'static str, (ChannelKind, &'static str)> =
        accounts.iter().map(|account| (account.reach().purpose(), (account.reach(), account.reach_said()))).collect();
    let mut uses = Vec::new();
    for (purpose, (kind, said)) in kinds {
        let standings = permissions::standing(q, &ids, purpose, kind, today).await?;
        for (person, place, matter, how) in &wanted {
            let Some(standing) = standings.iter().find(|standing| standing.person == *person) else { continue };
            let (called, is_pupil) = called.get(person).cloned().unwrap_or_default();
            let (light, form) = stands(standing, *matter, how);
            // A colleague's name in a text stands there unless they have said no; a pupil's needs a yes.
            let is_plain = *matter == Matter::Named && !is_pupil;
            let standing = match light {
                Light::Yes => Standing::Yes,
                Light::NotYet if is_plain => Standing::Yes,
                Light::NotYet => Standing::Unknown,
                Light::No => Standing::No,
            };
            let for_what = said.to_owned();
            let (person, place, matter) = (*person, *place, *matter);
            uses.push(Use { person, called, place, matter, for_what, standing, form, is_pupil });
        }
    }
    Ok(uses)
}

/// A name that screening is sure of, or that nobody has said is somebody else's.
fn is_name(one: &Found) -> bool {
    let is_name = matches!(one.finding.kind, Kind::PupilName | Kind::StaffName);
    let is_meant = one.finding.strength != screening::Strength::Ask || !one.is_answered;
    let is_history = one.finding.kind == Kind::PupilName && one.finding.strength == screening::Strength::Note;
    is_name && is_meant && !is_history
}

/// Whether what was found is a first name alone.
fn is_first_name(how: &str) -> bool {
    matches!(how, "forename" | "known-as" | "forename-initial")
}

/// How somebody stands for what is done with them, and the form of the permission behind it, as a policy may ask for one in writing.
fn stands(standing: &permissions::Standing, matter: Matter, how: &str) -> (Light, Option<Form>) {
    let yeses = &standing.yeses;
    let (name, name_by) = match is_first_name(how) {
        true => (standing.first_name, yeses.first_name),
        false => (standing.full_name, yeses.full_name),
    };
    let (light, yes) = match matter {
        Matter::Shown => (standing.shown, yeses.shown),
        Matter::Named => (name, name_by),
        Matter::NamedWithPicture => {
            let both = name_by.and_then(|name| Some(name.and(yeses.named_with_it?)));
            (name.min(standing.named_with_it), both)
        }
    };
    (light, yes.map(|yes| yes.form))
}

/// What people are called, and whether they are pupils. Somebody who is on no list is nobody we could ask about.
async fn called(q: &mut impl Query, ids: &[Uuid]) -> Result<BTreeMap<Uuid, (String, bool)>> {
    let mut called = BTreeMap::new();
    for id in ids {
        let (name, is_pupil) = match roster::pupil(q, *id).await {
            Ok(pupil) => (pupil.names.called(), true),
            Err(Error::NotFound) => match people::find(q, *id).await {
                Ok(person) => (person.called().to_owned(), false),
                Err(Error::NotFound) => ("Somebody who is on no list".to_owned(), true),
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        called.insert(*id, (name, is_pupil));
    }
    Ok(called)
}

/// Each account with what hinders it and what the policy says of it.
async fn targets(
    app: &App,
    q: &mut impl Query,
    all: &Everything,
    (policy, step): (Option<Arc<Policy>>, Step),
) -> Result<Vec<Target>> {
    let today = screened::today(app);
    let author = people::find(q, all.request.author).await?.roles_on(today);
    let mut shown = Vec::new();
    for person in super::picture::shown(&all.pictures) {
        shown.push(relation(q, person, today).await?);
    }
    let mut targets = Vec::new();
    for account in &all.accounts {
        let ruling = match &policy {
            Some(policy) => Some(ruling(policy, &facts(all, account, (&author, &shown), step), today)?),
            None => None,
        };
        let hindrances = account.hindrances(&all.request.content.words, &all.pictures);
        targets.push(Target { called: account.called.clone(), hindrances, ruling });
    }
    Ok(targets)
}

fn ruling(policy: &Policy, facts: &Value, today: Date) -> Result<Ruling> {
    let read = Situation::read_json(policy.vocabulary(), "request", &facts.to_string(), today);
    let doing = "asking the policy about a request";
    let batch =
        read.map_err(|faults| Error::fault(doing, faults.first().map_or(String::new(), ToString::to_string)))?;
    let situation = batch.situations.first().ok_or_else(|| Error::fault(doing, "no situation was read"))?;
    Ok(policy.rule(situation))
}

/// What somebody is to the school, in the words of the policies.
async fn relation(q: &mut impl Query, person: Uuid, today: Date) -> Result<&'static str> {
    let found = match people::find(q, person).await {
        Ok(found) => found,
        Err(Error::NotFound) => return Ok("pupil"),
        Err(error) => return Err(error),
    };
    let roles = found.roles_on(today);
    let has = |role: Role| roles.contains(&role);
    Ok(match () {
        () if has(Role::Governor) || has(Role::ChairOfGovernors) => "governor",
        () if has(Role::Volunteer) || has(Role::AssociationMember) => "volunteer",
        () if has(Role::Parent) && roles.len() == 1 => "parent",
        () => "staff",
    })
}

/// The request as a situation that a policy can rule on. What nobody has said is unknown.
fn facts(all: &Everything, account: &Account, (author, shown): (&Roles, &[&'static str]), step: Step) -> Value {
    let content = &all.request.content;
    let roles: BTreeSet<&str> = author.iter().filter_map(|role| advisor::spoken_of(*role)).collect();
    let roles = if roles.is_empty() { json!("unknown") } else { json!(roles) };
    let by_head = step == Step::HandingIn || all.approvals.iter().any(|yes| yes.is_headteachers);
    let mut mentions = Vec::new();
    if all.names_school {
        mentions.push("school-name");
    }
    if content.event_at.is_some() {
        mentions.push("school-event");
    }
    let kind = |code: &str, kind: &'static str| (content.safety.told(code) == Told::Yes).then_some(kind);
    let news = (content.news != News::None).then_some("news");
    let kinds: Vec<&str> =
        [news, kind("opinion", "opinion"), kind("conversation", "conversation")].into_iter().flatten().collect();
    let mut facts = Map::new();
    let named = named(all);
    facts.insert("shows".into(), shows(all, shown));
    facts.insert("refers_to".into(), json!(named));
    facts.insert("name_with_photo".into(), json!(!named.is_empty() && screened::shows_people(&all.pictures)));
    facts.insert("mentions".into(), json!(mentions));
    facts.insert("kinds".into(), json!(kinds));
    facts.insert("released".into(), json!(content.news != News::NotYet || by_head));
    for one in all.found.iter().filter(|one| one.finding.strength == screening::Strength::Stop) {
        match one.finding.kind {
            Kind::PupilName | Kind::StaffName => {}
            Kind::Wording => drop(facts.insert("tone".into(), json!(["abusive"]))),
            _ => drop(facts.insert("sensitivity".into(), json!(["private-of-other"]))),
        }
    }
    json!({
        "actor": { "roles": roles, "account_editor": true },
        "act": "publish",
        "service": { "family": account.family(), "channel": "official-account" },
        "purpose": content.purpose.code(),
        "content": facts,
        "permissions": given(all, by_head),
    })
}

/// Whom the pictures show; unknown while nobody has said.
fn shows(all: &Everything, known: &[&'static str]) -> Value {
    let is_open = |picture: &Picture| {
        let people = picture.in_it.people();
        picture.in_it == InIt::Unsaid
            || people.iter().any(|marked| matches!(marked.who, Who::Stranger | Who::AdultUnasked))
    };
    if all.pictures.iter().any(is_open) {
        return json!("unknown");
    }
    let mut shows: BTreeSet<&str> = known.iter().copied().collect();
    let people = all.pictures.iter().flat_map(|picture| picture.in_it.people());
    if people.into_iter().any(|marked| marked.who == Who::AdultAgreed) {
        shows.insert("other-person");
    }
    json!(shows)
}

fn named(all: &Everything) -> BTreeSet<&'static str> {
    let names = all.found.iter().filter(|one| is_name(one));
    names.map(|one| if one.finding.kind == Kind::PupilName { "pupil" } else { "staff" }).collect()
}

/// The permissions on record: the families', the persons' own, and the headteacher's, which the approval is.
fn given(all: &Everything, by_head: bool) -> Vec<Value> {
    let mut given = Vec::new();
    for (matter, word) in [(Matter::Shown, "show"), (Matter::Named, "refer")] {
        for (is_pupil, from) in [(true, "parent"), (false, "person")] {
            let is_it =
                |used: &&Use| used.is_pupil == is_pupil && (used.matter == Matter::Shown) == (matter == Matter::Shown);
            let forms: Vec<Option<Form>> = all.uses.iter().filter(is_it).map(|used| used.form).collect();
            let covers = if forms.iter().all(Option::is_some) { "all" } else { "some" };
            // As many as there are: one that was only spoken makes all of them count as spoken.
            if let Some(form) = forms.into_iter().flatten().min() {
                given.push(json!({ "from": from, "form": form.code(), "for": word, "covers": covers }));
            }
        }
    }
    if by_head {
        for word in ["show", "refer", "name", "logo", "publication", "channel"] {
            given.push(json!({ "from": "headteacher", "form": "written", "for": word }));
        }
        given.push(json!({ "from": "senior-leaders", "form": "written", "for": "channel" }));
    }
    given
}
