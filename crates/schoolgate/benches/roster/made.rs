//! Made-up schools and rolls of any size.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::date;
use schoolgate::access::Access;
use schoolgate::access::role::Role;
use schoolgate::app::App;
use schoolgate::app::decoder::AvifDecoder;
use schoolgate::clock::Fixed;
use schoolgate::config::{Config, Sources};
use schoolgate::people::accounts::{self, Address, Attempt, Outcome};
use schoolgate::people::person::{Employed, Particulars};
use schoolgate::people::{Spell, operator};
use schoolgate::roster::import::{self, Approval, File};
use store::ledger::Signer;
use store::seal::Master;
use store::{Db, SchoolId, Sealer};
use tempfile::TempDir;

const PASSWORD: &str = "three blue kettles";
const FORENAMES: [&str; 12] =
    ["Rose", "Will", "Summer", "Zoë", "Muhammad", "Oskar", "Nia", "Grace", "Kit", "Ayaan", "Lily", "Tomos"];
const SURNAMES: [&str; 11] =
    ["Adeyemi", "Young", "O'Brien", "Rahman", "Nowak", "Powell", "Okafor", "Sharp", "Iqbal", "Hartley", "Bevan"];
/// Pupils of one class.
const CLASS: usize = 30;

#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) app: App,
    _keys: Arc<TempDir>,
}

pub(crate) fn place(db: Db) -> Made {
    let keys = tempfile::tempdir().expect("a folder");
    let flags = vec![("data".to_owned(), "/nowhere".to_owned())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let outside = schoolgate::app::outside(&config, clock.clone());
    let access = Access::load().expect("access rules");
    let master = Master::create_file(&keys.path().join("master.key")).expect("a master key");
    let signer = Signer::create(&keys.path().join("ledger.key")).expect("a ledger key");
    let sealer = Sealer::new(master, Vec::new());
    let (config, signer) = (Arc::new(config), Arc::new(signer));
    Made {
        app: App { config, clock, db, access, sealer, outside, avif: AvifDecoder::Here, mail: None, signer },
        _keys: Arc::new(keys),
    }
}

impl Made {
    pub(crate) async fn school(&self, name: &str) -> SchoolId {
        operator::open_school(&self.app, name).await.expect("a school")
    }

    /// Reads and imports a table, and says how long both took.
    pub(crate) async fn import(&self, school: SchoolId, text: String) -> Duration {
        let begun = Instant::now();
        let file = File { name: "roll.csv".to_owned(), bytes: text.into_bytes() };
        let read = import::read(vec![file], &import::rules(&self.app)).expect("a whole file");
        let done = import::apply_as_operator(&self.app, school, &read, &Approval::default()).await;
        let done = done.expect("an outcome");
        assert!(matches!(done, import::Outcome::Done(_)), "{done:?}");
        begun.elapsed()
    }

    /// Somebody of the office, signed in: their cookie.
    pub(crate) async fn office(&self, school: SchoolId) -> String {
        let given = Particulars { name: "Tom Lister".into(), known_as: None, employed: Employed::Yes };
        let spell = Spell { role: Role::Office, starts_on: date(2026, 9, 1), ends_on: None };
        let person = operator::add_person(&self.app, school, &given, spell).await.expect("a person");
        let address = Address::parse("tom@oakfield.test").expect("an address");
        operator::make_account(&self.app, school, person, (&address, PASSWORD)).await.expect("an account");
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let attempt = Attempt { address: address.as_str(), password: PASSWORD, from, device: "" };
        match accounts::sign_in(&self.app, attempt).await.expect("an outcome") {
            Outcome::In(carried) => carried.shown(),
            other => panic!("{other:?}"),
        }
    }
}

/// A table of so many pupils with so many adults each.
pub(crate) fn table(pupils: usize, adults: usize) -> String {
    let mut text = String::from("id,forename,surname,date_of_birth,year_group,class");
    if adults > 0 {
        text.push_str(
            ",adult_id,adult_forename,adult_surname,relation,parental_responsibility,email,mobile,address,postcode",
        );
    }
    text.push('\n');
    for at in 0..pupils {
        let pupil = pupil(at);
        if adults == 0 {
            let _ = writeln!(text, "{pupil},Class {}", at / CLASS);
        }
        for adult in 0..adults {
            let _ = write!(text, "{pupil},Class {},", at / CLASS);
            adult_of(&mut text, at, adult);
            let _ = writeln!(text, ",\"{adult} Elm Road, Oakfield\",ZZ99 3VZ");
        }
    }
    text
}

fn pupil(at: usize) -> String {
    let (forename, surname) = (FORENAMES[at % FORENAMES.len()], SURNAMES[at / 7 % SURNAMES.len()]);
    let (month, day) = (at % 12 + 1, at % 28 + 1);
    format!("p{at},{forename},{surname},2017-{month:02}-{day:02},{}", at % 7)
}

fn adult_of(text: &mut String, at: usize, adult: usize) {
    let surname = SURNAMES[at / 7 % SURNAMES.len()];
    let _ = write!(text, "a{at}x{adult},Anna,{surname},parent,yes,a{at}x{adult}@oakfield.test,m{at}x{adult}");
}

/// A row for each pupil, adult and class together: three adults and eight groups a pupil.
pub(crate) fn long_table(rows: usize) -> String {
    let mut text = String::from(
        "id,forename,surname,date_of_birth,year_group,class,adult_id,adult_forename,adult_surname,relation,parental_responsibility,email,mobile\n",
    );
    for row in 0..rows {
        let (at, adult, group) = (row / 24, row % 3, row % 24 / 3);
        let _ = write!(text, "{},Group {group} {},", pupil(at), at / 240);
        adult_of(&mut text, at, adult);
        text.push('\n');
    }
    text
}
