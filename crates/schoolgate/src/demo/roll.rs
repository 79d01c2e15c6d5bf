//! The demo's roll: sixty children nobody has, in three classes, with their families.

use store::SchoolId;

use crate::app::App;
use crate::error::{Error, Result};
use crate::roster::import::cells::Rules;
use crate::roster::import::{self, Approval, File, Outcome};

/// Made up: UPNs of authority 999, telephone numbers for drama, postcodes in ZZ99, addresses in `.test`.
const ROLL: &str = include_str!("roll.csv");

/// Imports it as an office would, so that the demo has been through the same door.
pub(super) async fn fill(app: &App, school: SchoolId) -> Result<()> {
    // The folder gets its mark later, so the place does not know yet that it is a demo.
    let rules = Rules { is_demo: true, ..import::rules(app) };
    let file = File { name: "roll.csv".to_owned(), bytes: ROLL.as_bytes().to_vec() };
    let faults = |faults: Vec<rulebook::Fault>| {
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Error::fault("reading the demo's roll", said.join("; "))
    };
    let incoming = import::read(vec![file], &rules).map_err(faults)?;
    match import::apply_as_operator(app, school, &incoming, &Approval::default()).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Faults(found) => Err(faults(found)),
    }
}
