//! A school to test with, on either engine: Oakfield, its headteacher and a teacher, at noon on 21 November 2026.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use store::ledger::Signer;
use store::seal::Master;
use store::{Db, SchoolId, Sealer};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::Role;
use crate::access::{Access, Caller, PROVE_FIRST, Proof};
use crate::app::App;
use crate::app::decoder::AvifDecoder;
use crate::clock::{Clock, Fixed};
use crate::config::{Config, Sources};
use crate::error::{Error, Refused, Result};
use crate::people::accounts::{self, Address, Attempt, Carried, Outcome};
use crate::people::person::{Employed, Particulars};
use crate::people::{Spell, operator};

pub(in crate::people) const PASSWORD: &str = "three blue kettles";
pub(in crate::people) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A school with a headteacher, a teacher and nobody else; the clock stands at noon on 21 November 2026.
pub(in crate::people) struct Oakfield {
    pub(in crate::people) app: App,
    pub(in crate::people) clock: Arc<Fixed>,
    pub(in crate::people) school: SchoolId,
    pub(in crate::people) head: Uuid,
    pub(in crate::people) teacher: Uuid,
    /// Where the keys are, for another program on the same database.
    pub(in crate::people) keys: TempDir,
}

pub(crate) fn app_on(db: Db, clock: Arc<Fixed>, keys: &Path) -> App {
    let flags = vec![("data".to_owned(), "/nowhere".to_owned())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let access = Access::load().expect("access rules");
    let (master, ledger) = (keys.join("master.key"), keys.join("ledger.key"));
    let (master, signer) = match master.exists() {
        true => (Master::open_file(&master), Signer::open(&ledger)),
        false => (Master::create_file(&master), Signer::create(&ledger)),
    };
    let sealer = Sealer::new(master.expect("a master key"), Vec::new());
    let outside = crate::app::outside(&config, clock.clone());
    let signer = Arc::new(signer.expect("a ledger key"));
    let avif = AvifDecoder::Here;
    App { config: Arc::new(config), clock, db, access, sealer, outside, avif, mail: None, signer }
}

pub(in crate::people) fn particulars(name: &str) -> Particulars {
    Particulars { name: name.to_owned(), known_as: None, employed: Employed::Unknown }
}

pub(in crate::people) fn since_september(role: Role) -> Spell {
    Spell { role, starts_on: date(2026, 9, 1), ends_on: None }
}

pub(in crate::people) fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

pub(in crate::people) async fn somebody(app: &App, school: SchoolId, name: &str, role: Role) -> Uuid {
    let id = operator::add_person(app, school, &particulars(name), since_september(role)).await.expect("a person");
    let local = name.split(' ').next().unwrap_or(name).to_lowercase();
    let entry = (&address(&format!("{local}@oakfield.test")), PASSWORD);
    operator::make_account(app, school, id, entry).await.expect("an account");
    id
}

pub(in crate::people) async fn oakfield(db: Db) -> Oakfield {
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let keys = tempfile::tempdir().expect("a folder");
    let app = app_on(db, Arc::clone(&clock), keys.path());
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    let head = somebody(&app, school, "Grace Osei", Role::Headteacher).await;
    let teacher = somebody(&app, school, "Ada Bell", Role::Teacher).await;
    Oakfield { app, clock, school, head, teacher, keys }
}

impl Oakfield {
    pub(in crate::people) async fn try_in(&self, address: &str, password: &str) -> Outcome {
        self.try_from(address, password, 1).await
    }

    pub(in crate::people) async fn try_from(&self, address: &str, password: &str, place: u8) -> Outcome {
        let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, place));
        let attempt = Attempt { address, password, from, device: "Firefox/140 Windows" };
        accounts::sign_in(&self.app, attempt).await.expect("an outcome")
    }

    pub(in crate::people) async fn come_in(&self, address: &str) -> Carried {
        match self.try_in(address, PASSWORD).await {
            Outcome::In(carried) => carried,
            other => panic!("{other:?}"),
        }
    }

    pub(in crate::people) async fn caller(&self, carried: &Carried) -> Caller {
        self.admitted(carried).await.expect("a caller")
    }

    pub(in crate::people) async fn admitted(&self, carried: &Carried) -> Option<Caller> {
        accounts::admit(&self.app, carried).await.expect("an answer")
    }

    /// The headteacher as if a passkey had been used a moment ago.
    pub(in crate::people) async fn proved_head(&self) -> Caller {
        Caller { proof: Proof::Fresh, ..self.caller(&self.come_in("grace@oakfield.test").await).await }
    }

    /// Adds an authenticator app for whoever `carried` is, and gives its secret, the codes, and the new cookie.
    pub(in crate::people) async fn with_app(
        &self,
        carried: &Carried,
    ) -> (accounts::totp::Authenticator, Vec<String>, Carried) {
        let caller = self.caller(carried).await;
        accounts::offer_app(&self.app, &caller).await.expect("an offer");
        let offer = accounts::offered_app(&self.app, &caller).await.expect("an offer").expect("an offer");
        let secret = totp_rs::Secret::try_from_base32(offer.spelled.replace(' ', "")).expect("base32");
        let app = accounts::totp::Authenticator::from_secret(secret.as_bytes(), "x").expect("a secret");
        let code = app.code_at(self.clock.now().as_millisecond());
        let earned = accounts::confirm_app(&self.app, &caller, &code).await.expect("an answer").expect("a right code");
        (app, earned.codes, earned.carried)
    }
}

pub(in crate::people) fn is_not_found<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound))
}

pub(in crate::people) fn is_refused<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Refused(_)))
}

pub(in crate::people) fn wants_proof<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Refused(Refused { because })) if because == PROVE_FIRST)
}
