//! The school of the story: one teacher, one headteacher, one child, and a post about towers of blocks.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use schoolgate::access::role::{Role, Roles};
use schoolgate::access::{Caller, Proof};
use schoolgate::app::App;
use schoolgate::clock::{Clock, Fixed};
use schoolgate::config::{Config, Sources};
use schoolgate::desk::picture::{InIt, Marked, Who};
use schoolgate::desk::request::{Content, Purpose, State};
use schoolgate::desk::safety::Safety;
use schoolgate::desk::{self, Said, Seen, pictures};
use schoolgate::error::{Error, Result};
use schoolgate::people::person::{Employed, Particulars};
use schoolgate::people::{Spell, operator};
use schoolgate::permissions::{self, Authority, Decision, Given, Route, Withdrawing};
use schoolgate::queue::{Step, Worker};
use schoolgate::registers::accounts::account::{self, Details, Kind, Known};
use schoolgate::registers::{accounts, website};
use schoolgate::roster::entry::{Entry, PupilGiven};
use schoolgate::roster::pupil::Names;
use schoolgate::{jobs, policies};
use store::ledger;
use store::testing::Way;
use store::{Deed, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::network::Network;

const PARENT: Uuid = Uuid::from_u128(77);
const WORDS: &str = "Our towers of wooden blocks stand at last.";
/// A person who meets a fault looks again and presses again, so often at most.
const TRIES: usize = 4;
/// Looks into the queue until everything must be through.
const LOOKS: usize = 60;

/// A school that is ready for the story, as a folder that can be copied.
pub(crate) struct Template {
    folder: TempDir,
    cast: Cast,
}

#[derive(Clone)]
struct Cast {
    school: SchoolId,
    head: Caller,
    teacher: Caller,
    pupil: Uuid,
    network: Uuid,
}

pub(crate) struct School {
    app: App,
    clock: Arc<Fixed>,
    cast: Cast,
    _folder: TempDir,
}

async fn open(folder: &Path) -> (App, Arc<Fixed>) {
    let flags = [("data", folder.display().to_string()), ("network.private", "true".to_owned())];
    let flags = flags.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    (App::open(config, Arc::clone(&clock) as Arc<dyn Clock>).await.expect("an app"), clock)
}

async fn caller(app: &App, school: SchoolId, name: &str, role: Role) -> Caller {
    let given = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role, starts_on: date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(app, school, &given, spell).await.expect("a person");
    Caller {
        school,
        person,
        called: name.to_owned(),
        school_name: "Oakfield Primary School".to_owned(),
        roles: Roles::from([role]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    }
}

async fn pupil(app: &App, school: SchoolId) -> Uuid {
    let mut tx = app.db.write(school).await.expect("a write");
    let entry = Entry::begin(app, &mut tx).await.expect("an entry");
    let names = Names { forename: "Maya".into(), surname: "Flint".into(), known_as: None };
    let id = entry.pupil(&mut tx, &PupilGiven { names, ..PupilGiven::default() }).await.expect("a pupil");
    tx.commit(Deed::by_program().did("test.pupil").to(id)).await.expect("kept");
    let yes = |code: &str| (code.to_owned(), Decision::Yes);
    let given = Given {
        person: id,
        seen: 0,
        decider: PARENT,
        authority: Authority::ParentalResponsibility,
        route: Route::Paper,
        answers: vec![yes("website"), yes("social-public")],
        evidence: None,
        decided_on: date(2026, 9, 2),
        entered_by: None,
    };
    let deed = Deed::by_program().did("test.said");
    permissions::record(app, school, &given, deed).await.expect("an answer");
    id
}

impl School {
    /// Everything before the story begins.
    pub(crate) async fn prepare(network: &Network) -> Template {
        let folder = tempfile::tempdir().expect("a folder");
        let (app, _) = open(&folder.path().join("data")).await;
        let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
        permissions::purposes::begin(&app, school).await.expect("purposes");
        policies::put_shipped_in_force(&app, school, "rattlesden").await.expect("a policy");
        let head = caller(&app, school, "Grace Osei", Role::Headteacher).await;
        let teacher = caller(&app, school, "Ada Bell", Role::Teacher).await;
        let pupil = pupil(&app, school).await;
        let details = Details {
            kind: Kind::Mastodon,
            name: "Oakfield on the network".to_owned(),
            address: "https://social.test/@oakfield".to_owned(),
            service: network.address(),
            handle: "oakfield".to_owned(),
            purpose: "News".to_owned(),
            responsible: head.person,
            recovery: String::new(),
            second_factor: Known::Unknown,
        };
        let token = account::Given::parse("token").expect("a token");
        let network = accounts::add(&app, &head, &details, Some(&token)).await.expect("an account");
        app.db.close().await;
        Template { folder, cast: Cast { school, head, teacher, pupil, network } }
    }

    pub(crate) fn fail_at(&self, number: u64, way: Way) {
        self.app.db.faults().strike_at(number, way);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.app.db.faults().calls()
    }
}

impl Template {
    /// The same school in a folder of its own.
    pub(crate) async fn again(&self) -> School {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        copy(&self.folder.path().join("data"), &data);
        let (app, clock) = open(&data).await;
        app.db.faults().strike_at(u64::MAX, Way::Refused);
        School { app, clock, cast: self.cast.clone(), _folder: folder }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copied file");
    }
}

/// A picture as a camera makes one.
fn jpeg() -> Vec<u8> {
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
    let image = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 3) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture can be written");
    bytes.into_inner()
}

fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Unavailable(..) | Error::Conflict)
}

impl School {
    /// Draft, picture, approval, release, withdrawal, take-down; whoever meets a fault looks and tries again.
    pub(crate) async fn play(&self) {
        let id = self.written().await;
        self.pictured(id).await;
        for _ in 0..TRIES {
            match self.handed_in(id).await {
                Ok(()) => break,
                Err(error) => assert!(is_passing(&error), "handing in: {error:?}"),
            }
        }
        for _ in 0..TRIES {
            match self.approved(id).await {
                Ok(()) => break,
                Err(error) => assert!(is_passing(&error), "approving: {error:?}"),
            }
        }
        self.work().await;
        let withdrawn = self.withdrawn().await;
        assert!(withdrawn, "a withdrawal has to be taken in the end");
        self.work().await;
    }

    async fn written(&self) -> Uuid {
        let content = Content {
            accounts: vec![self.cast.school.get(), self.cast.network],
            safety: Safety::harmless(),
            ..Content::of(WORDS, Purpose::Showcase)
        };
        for _ in 0..TRIES {
            match desk::begin(&self.app, &self.cast.teacher, content.clone()).await {
                Ok(id) => return id,
                Err(error) => assert!(is_passing(&error), "beginning: {error:?}"),
            }
        }
        panic!("the draft was never kept")
    }

    async fn pictured(&self, id: Uuid) {
        let fresh = pictures::clean(self.app.avif.clone(), jpeg()).await.expect("work").expect("a picture");
        for _ in 0..TRIES {
            match desk::add_pictures(&self.app, &self.cast.teacher, id, std::slice::from_ref(&fresh.cleaned)).await {
                Ok(_) => break,
                Err(error) => assert!(is_passing(&error), "adding a picture: {error:?}"),
            }
        }
        for _ in 0..TRIES {
            match self.described(id).await {
                Ok(()) => return,
                Err(error) => assert!(is_passing(&error), "describing: {error:?}"),
            }
        }
    }

    async fn described(&self, id: Uuid) -> Result<()> {
        let (request, there) = desk::show(&self.app, &self.cast.teacher, id).await?;
        let in_it = InIt::People(vec![Marked { who: Who::Pupil(self.cast.pupil), spot: None }]);
        let said = Said { alt: "Two towers, and a child from behind".into(), in_it };
        let seen = Seen { request: id, version: request.version };
        desk::describe(&self.app, &self.cast.teacher, there[0].id, seen, said).await
    }

    async fn handed_in(&self, id: Uuid) -> Result<()> {
        let (request, _) = desk::show(&self.app, &self.cast.teacher, id).await?;
        if !matches!(request.state, State::Draft) {
            return Ok(());
        }
        let seen = Seen { request: id, version: request.version };
        desk::submit(&self.app, &self.cast.teacher, seen).await.map(|gated| gated.expect("nothing stands in the way"))
    }

    async fn approved(&self, id: Uuid) -> Result<()> {
        let (request, _) = desk::show(&self.app, &self.cast.head, id).await?;
        if !matches!(request.state, State::Submitted { .. }) {
            return Ok(());
        }
        let seen = Seen { request: id, version: request.version };
        desk::approve(&self.app, &self.cast.head, seen).await.map(|gated| gated.expect("nothing stands in the way"))
    }

    async fn withdrawn(&self) -> bool {
        let given = Withdrawing {
            person: self.cast.pupil,
            decider: PARENT,
            authority: Authority::ParentalResponsibility,
            route: Route::Link,
            purposes: None,
            evidence: None,
            entered_by: None,
        };
        for _ in 0..TRIES {
            let deed = Deed::by_program().did("test.withdrawn");
            match permissions::withdraw(&self.app, self.cast.school, &given, deed).await {
                Ok(_) => return true,
                Err(error) => assert!(is_passing(&error), "withdrawing: {error:?}"),
            }
        }
        false
    }

    /// Works through the queue; what has to wait is waited for.
    async fn work(&self) {
        let worker = Worker { db: self.app.db.clone(), clock: self.app.clock.clone() };
        let app = self.app.clone();
        let run = move |school, job| jobs::run(app.clone(), school, job);
        let mut idle = 0;
        for _ in 0..LOOKS {
            match worker.step(self.cast.school, &run).await {
                Ok(Step::Done(_)) => idle = 0,
                Ok(Step::GaveUp) => panic!("a job was given up"),
                Ok(Step::Idle | Step::Later(_)) | Err(_) => {
                    idle += 1;
                    // Beyond the end of a claim that was lost, and short of the hour of what is looked at again.
                    self.clock.advance_millis(6 * 60 * 1000);
                }
            }
            if idle > 8 {
                return;
            }
        }
        panic!("the queue never ends");
    }

    /// What must hold in the end, whatever failed.
    pub(crate) async fn check(&self, network: &Network, when: &str) {
        self.app.db.faults().strike_at(u64::MAX, Way::Refused);
        assert_eq!(network.public(), Vec::<String>::new(), "{when}: still on the network");
        assert!(network.most_at_once() <= 1, "{when}: the network had it twice");
        let news = website::list(&self.app, self.cast.school, None).await.expect("the news page").items;
        assert!(news.is_empty(), "{when}: still on the school's own page");
        let mut read = self.app.db.read(self.cast.school).await.expect("a read");
        let public = permissions::appearances::of(&mut read, self.cast.pupil).await.expect("appearances");
        assert!(public.is_empty(), "{when}: {public:?}");
        let known = ledger::Known::default();
        ledger::verify_school(&mut read, &known).await.unwrap_or_else(|error| panic!("{when}: {error}"));
        drop(read);
        self.app.db.close().await;
    }
}
