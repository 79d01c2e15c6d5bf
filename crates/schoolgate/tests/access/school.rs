//! The school that is walked through: one visitor of each role, a colleague, and another school.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use schoolgate::access::role::{Role, Roles};
use schoolgate::access::{Caller, Proof};
use schoolgate::advisor::{self, tokens};
use schoolgate::app::App;
use schoolgate::clock::Fixed;
use schoolgate::config::{Config, Sources};
use schoolgate::desk;
use schoolgate::desk::request::{Content, Purpose};
use schoolgate::people::accounts::totp::Authenticator;
use schoolgate::people::accounts::{self, Address, Attempt, Carried, Outcome};
use schoolgate::people::person::{Employed, Particulars};
use schoolgate::people::{self, Spell, operator};
use schoolgate::permissions::{self, head::Matter};
use schoolgate::policies::{self, drafts};
use schoolgate::registers::accounts as official;
use schoolgate::registers::accounts::account::{Details, Kind, Known};
use schoolgate::roster::adult::Standing;
use schoolgate::roster::entry::{AdultGiven, ClassGiven, Entry, PupilGiven};
use schoolgate::roster::pupil::Names;
use store::{Deed, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

const PASSWORD: &str = "three blue kettles";

/// Whose thing an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The address names nothing of anybody's.
    Nothing,
    /// A colleague's, in the visitor's own school.
    OwnSchool,
    OtherSchool,
    /// The visitor's own.
    AboutMe,
}

impl Target {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Target::Nothing => "-",
            Target::OwnSchool => "a colleague's",
            Target::OtherSchool => "another school's",
            Target::AboutMe => "one's own",
        }
    }
}

/// Somebody who tries every address.
pub(crate) struct Visitor {
    pub(crate) name: String,
    address: String,
    things: Things,
    /// What the browser holds; a route may end it.
    cookie: Mutex<Option<Carried>>,
    /// Recovery codes: ways in again after that.
    codes: Mutex<Vec<String>>,
}

impl Visitor {
    pub(crate) const NOBODY: &'static str = "nobody";
}

/// What addresses can name of one person.
#[derive(Clone, Copy, Default)]
struct Things {
    person: Uuid,
    role: Uuid,
    session: Uuid,
    /// An official account of their school.
    account: Uuid,
    /// A draft of the policy in that person's school.
    draft: Uuid,
    /// An answer that this person has kept.
    answer: Uuid,
    /// A key for a program of that person's school.
    token: Uuid,
    pupil: Uuid,
    class: Uuid,
    purpose: Uuid,
    asked: Uuid,
    /// A post that they are writing; nobody's for those who may not write.
    request: Uuid,
    adult: Uuid,
}

pub(crate) struct Oakfield {
    pub(crate) app: App,
    pub(crate) visitors: Vec<Visitor>,
    school: SchoolId,
    colleague: Things,
    stranger: Things,
    _folder: TempDir,
}

pub(crate) async fn oakfield() -> Oakfield {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = vec![("data".to_owned(), folder.path().join("data").display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let app = App::open(config, clock).await.expect("an app");
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    policies::put_shipped_in_force(&app, school, "rattlesden").await.expect("a policy in force");
    let elsewhere = operator::open_school(&app, "Westacre Junior School").await.expect("a school");
    let (mut colleague, _) = somebody(&app, school, "colleague", Role::Teacher).await;
    let (mut stranger, _) = somebody(&app, elsewhere, "stranger", Role::Teacher).await;
    colleague.account = official_account(&app, school, colleague.person).await;
    stranger.account = official_account(&app, elsewhere, stranger.person).await;
    let colleague = with_register(&app, school, colleague).await;
    let stranger = with_register(&app, elsewhere, stranger).await;
    let mut visitors = vec![];
    for role in Role::ALL.into_iter().filter(|role| role.may_sign_in()) {
        visitors.push(visitor(&app, school, role).await);
    }
    visitors.push(with_password_only(&app, school).await);
    visitors.push(nobody());
    Oakfield { app, visitors, school, colleague, stranger, _folder: folder }
}

async fn somebody(app: &App, school: SchoolId, name: &str, role: Role) -> (Things, String) {
    let given = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Unknown };
    let spell = Spell { role, starts_on: date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(app, school, &given, spell).await.expect("a person");
    let address = format!("{name}@oakfield.test");
    let entry = (&Address::parse(&address).expect("an address"), PASSWORD);
    operator::make_account(app, school, person, entry).await.expect("an account");
    let carried = come_in(app, &address).await;
    let caller = accounts::admit(app, &carried).await.expect("an answer").expect("a caller");
    let held = people::show(app, &caller, person).await.expect("oneself").held[0].id;
    let draft = draft_of(app, &caller).await;
    let things = Things {
        person,
        role: held,
        session: caller.session,
        draft,
        answer: answer_of(app, &caller).await,
        request: desk::begin(app, &caller, post()).await.unwrap_or_default(),
        token: token_of(app, &caller).await,
        ..Things::default()
    };
    (things, address)
}

/// A post that somebody has only begun.
fn post() -> Content {
    Content::of("Our towers stand.", Purpose::Showcase)
}

/// An account that nobody has to call.
async fn official_account(app: &App, school: SchoolId, responsible: Uuid) -> Uuid {
    let head = Caller {
        school,
        person: responsible,
        called: String::new(),
        school_name: String::new(),
        roles: Roles::from([Role::Headteacher]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    };
    let details = Details {
        kind: Kind::ByHand,
        name: "Pictures".to_owned(),
        address: "https://pictures.oakfield.test/".to_owned(),
        service: String::new(),
        handle: String::new(),
        purpose: "News".to_owned(),
        responsible,
        recovery: String::new(),
        second_factor: Known::Unknown,
    };
    official::add(app, &head, &details, None).await.expect("an account")
}

/// An answer that this person has kept, where the school has a policy.
async fn answer_of(app: &App, caller: &Caller) -> Uuid {
    if policies::in_force(app, caller.school).await.is_err() {
        return Uuid::nil();
    }
    let (journey, policy) = advisor::start(app, caller, "connect-accept").await.expect("a journey");
    advisor::answers::keep(app, caller, &journey, &policy).await.expect("an answer")
}

/// A key that the school's headteacher has made.
async fn token_of(app: &App, caller: &Caller) -> Uuid {
    let head = Caller { roles: Roles::from([Role::Headteacher]), proof: Proof::Fresh, ..caller.clone() };
    if let Some(token) = tokens::list(app, &head).await.expect("keys").first() {
        return token.id;
    }
    tokens::make(app, &head, "the intranet").await.expect("a key");
    tokens::list(app, &head).await.expect("keys")[0].id
}

/// A draft that this person had a hand in, as it lies before the governing body.
async fn draft_of(app: &App, caller: &Caller) -> Uuid {
    let preparer = Caller { roles: Roles::from([Role::Headteacher]), proof: Proof::Fresh, ..caller.clone() };
    let origin = drafts::Origin::Pack("rattlesden".to_owned());
    let draft = drafts::begin(app, &preparer, "Review", &origin).await.expect("a draft");
    drafts::propose(app, &preparer, drafts::Seen { draft, version: 1 }).await.expect("a proposal");
    draft
}

/// A class with one pupil, the usual purposes, and a request to the headteacher.
async fn with_register(app: &App, school: SchoolId, things: Things) -> Things {
    let since = date(2026, 9, 1);
    let mut tx = app.db.write(school).await.expect("a write");
    let entry = Entry::begin(app, &mut tx).await.expect("keys");
    let class =
        entry.class(&mut tx, &ClassGiven { name: "Elm".into(), ..ClassGiven::default() }).await.expect("a class");
    let names = Names { forename: "Rose".into(), surname: "Adeyemi".into(), known_as: None };
    let pupil = entry.pupil(&mut tx, &PupilGiven { names, ..PupilGiven::default() }).await.expect("a pupil");
    entry.member(&mut tx, (class, pupil), since).await.expect("a membership");
    let adult = entry.adult(&mut tx, &AdultGiven::default()).await.expect("an adult");
    let tie = entry.responsibility(&mut tx, (pupil, adult), &Standing::default(), since).await;
    tie.expect("a responsibility");
    tx.commit(Deed::by_program().did("roster.entered")).await.expect("kept");
    permissions::purposes::begin(app, school).await.expect("purposes");
    let mut read = app.db.read(school).await.expect("a read");
    let purpose = permissions::purposes::all(&mut read).await.expect("purposes")[0].id;
    drop(read);
    let caller = Caller {
        school,
        person: things.person,
        called: String::new(),
        school_name: String::new(),
        roles: [Role::Teacher].into(),
        session: things.session,
        proof: Proof::Fresh,
    };
    let asked = permissions::head::ask(app, &caller, Matter::Logo, "a poster").await.expect("asked");
    Things { pupil, class, adult, purpose, asked, ..things }
}

/// Signs in with a password, as far as that goes.
async fn come_in(app: &App, address: &str) -> Carried {
    let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let attempt = Attempt { address, password: PASSWORD, from, device: "" };
    match accounts::sign_in(app, attempt).await.expect("an outcome") {
        Outcome::In(carried) | Outcome::CodeWanted(carried) => carried,
        other => panic!("{address}: {other:?}"),
    }
}

/// Signed in with a second factor that is always fresh: the clock stands still.
async fn visitor(app: &App, school: SchoolId, role: Role) -> Visitor {
    let (things, address) = somebody(app, school, role.code(), role).await;
    let carried = come_in(app, &address).await;
    let caller = accounts::admit(app, &carried).await.expect("an answer").expect("a caller");
    accounts::offer_app(app, &caller).await.expect("an offer");
    let offer = accounts::offered_app(app, &caller).await.expect("an answer").expect("an offer");
    let secret = totp_rs::Secret::try_from_base32(offer.spelled.replace(' ', "")).expect("base32");
    let shown = Authenticator::from_secret(secret.as_bytes(), "x").expect("a secret");
    let code = shown.code_at(app.clock.now().as_millisecond());
    let earned = accounts::confirm_app(app, &caller, &code).await.expect("an answer").expect("a right code");
    let name = role.code().to_owned();
    Visitor { name, address, things, cookie: Some(earned.carried).into(), codes: earned.codes.into() }
}

/// The mightiest, without a second factor.
async fn with_password_only(app: &App, school: SchoolId) -> Visitor {
    let (things, address) = somebody(app, school, "bare", Role::Headteacher).await;
    let cookie = Mutex::new(Some(come_in(app, &address).await));
    Visitor { name: "headteacher with a password only".to_owned(), cookie, address, things, codes: Vec::new().into() }
}

fn nobody() -> Visitor {
    let name = Visitor::NOBODY.to_owned();
    Visitor { name, address: String::new(), things: Things::default(), cookie: None.into(), codes: Vec::new().into() }
}

impl Oakfield {
    /// The kinds of thing that a pattern's parts can name.
    pub(crate) fn targets(&self, pattern: &str) -> Vec<Target> {
        if pattern.contains("{account}") {
            return vec![Target::OwnSchool, Target::OtherSchool];
        }
        if pattern.contains("{token}") {
            return vec![Target::OwnSchool, Target::OtherSchool];
        }
        let owned = ["{person}", "{role}", "{session}", "{draft}", "{answer}", "{request}"];
        let of_school = ["{pupil}", "{adult}", "{class}", "{purpose}", "{asked}"];
        let names_any = |parts: &[&str]| parts.iter().any(|part| pattern.contains(part));
        match (names_any(&owned), names_any(&of_school)) {
            (true, _) => vec![Target::OwnSchool, Target::OtherSchool, Target::AboutMe],
            (false, true) => vec![Target::OwnSchool, Target::OtherSchool],
            (false, false) => vec![Target::Nothing],
        }
    }

    /// The address with its parts filled in. A part that is not known here must be taught to this walk.
    pub(crate) fn filled(&self, pattern: &str, target: Target, visitor: &Visitor, session: Uuid) -> String {
        let things = match target {
            Target::Nothing => Things::default(),
            Target::OwnSchool => self.colleague,
            Target::OtherSchool => self.stranger,
            Target::AboutMe => Things { session, ..visitor.things },
        };
        let fill = |part: &str| match part {
            "{person}" => things.person.to_string(),
            "{role}" => things.role.to_string(),
            "{session}" => things.session.to_string(),
            "{adult}" => things.adult.to_string(),
            // A file waits for the one who sent it; nobody in this walk has sent one.
            "{preview}" => Uuid::nil().to_string(),
            "{account}" => things.account.to_string(),
            "{request}" => things.request.to_string(),
            // Posts of this walk have no pictures, and nobody has been named a deputy.
            "{shot}" | "{deputy}" | "{copy}" => Uuid::nil().to_string(),
            // Everybody may read the news of a school; nothing has been published in this one.
            "{school}" => self.school.get().to_string(),
            "{item}" | "{picture}" => Uuid::nil().to_string(),
            // Nothing has been found on an account, and nobody has declared anything.
            "{found}" | "{tie}" | "{holder}" | "{phrase}" => Uuid::nil().to_string(),
            "{pupil}" => things.pupil.to_string(),
            "{class}" => things.class.to_string(),
            "{purpose}" => things.purpose.to_string(),
            "{asked}" => things.asked.to_string(),
            // Nothing is outstanding in this walk.
            "{task}" | "{mail}" | "{scan}" => Uuid::nil().to_string(),
            // No file has said no to anything.
            "{refusal}" => Uuid::nil().to_string(),
            // Nobody in this walk has one; a browser's part in making one is shown by `tests/browser.rs`.
            "{passkey}" => Uuid::nil().to_string(),
            "{act}" => "connect-accept".to_owned(),
            "{draft}" => things.draft.to_string(),
            "{chapter}" => "01-aims.md".to_owned(),
            "{answer}" => things.answer.to_string(),
            "{token}" => things.token.to_string(),
            "{case}" => "b1".to_owned(),
            "{pack}" => "westacre".to_owned(),
            // What is in force at Oakfield, which everybody there may read.
            "{hash}" => policies::shipped("rattlesden").expect("the pack reads").version.clone(),
            "{link}" | "{receipt}" | "{version}" | "{name}" => "none".to_owned(),
            unknown if unknown.starts_with('{') => panic!("{pattern}: tell this walk what {unknown} is"),
            plain => plain.to_owned(),
        };
        pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
    }

    /// A cookie of the visitor's that is alive, and its session. Whoever was signed out signs in again.
    pub(crate) async fn ready(&self, visitor: &Visitor) -> (Option<String>, Uuid) {
        let held = visitor.cookie.lock().expect("no other thread").clone();
        let Some(held) = held else { return (None, Uuid::nil()) };
        if let Some(caller) = accounts::admit(&self.app, &held).await.expect("an answer") {
            return (Some(held.shown()), caller.session);
        }
        let mut carried = come_in(&self.app, &visitor.address).await;
        let code = visitor.codes.lock().expect("no other thread").pop();
        if let Some(code) = code {
            match accounts::give_code(&self.app, &carried, &code).await.expect("an outcome") {
                Outcome::In(whole) => carried = whole,
                other => panic!("{}: {other:?}", visitor.name),
            }
        }
        let caller = accounts::admit(&self.app, &carried).await.expect("an answer").expect("a caller");
        *visitor.cookie.lock().expect("no other thread") = Some(carried.clone());
        (Some(carried.shown()), caller.session)
    }
}
