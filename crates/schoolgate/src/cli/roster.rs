//! The command that imports the roll.

use std::process::ExitCode;

use super::{With, complain, tell, with_app};
use crate::error::Error;
pub(super) use crate::roster::command::Import;
use crate::roster::command::{self, Told};

pub(super) fn import(With { given, settings }: With<Import>) -> ExitCode {
    with_app(&settings, |app| async move {
        match command::import(&app, given).await? {
            Told::Lines(lines) => tell(lines),
            Told::Faults(faults) => {
                faults.iter().for_each(|fault| complain(&fault.to_string()));
                Err(Error::Invalid("nothing was imported".into()))
            }
        }
    })
}
