//! Commands that look at what is to be published: texts and pictures.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::policy::Format;
use super::{WRONG_INPUT, failed};
use crate::desk::command::{self, Stopped};

#[derive(Args)]
pub(super) struct Screen {
    /// The school's people: a table (id, forename, known_as, surname, kind), whatever `import` takes, or a folder with roll.csv
    #[arg(long, value_name = "FOLDER|FILE")]
    roll: PathBuf,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Texts as JSON, in a list or one after another: id, text, field, has_photo; `-` reads standard input
    #[arg(value_name = "FILE")]
    texts: String,
}

#[derive(Args)]
pub(super) struct CleanPicture {
    /// The picture: JPEG, PNG, WebP, GIF or HEIC
    #[arg(value_name = "IN")]
    from: PathBuf,
    /// Where the copy goes
    #[arg(value_name = "OUT")]
    to: PathBuf,
}

pub(super) fn screen(given: Screen) -> ExitCode {
    let format = match given.format {
        Format::Json => command::Format::Json,
        Format::Human | Format::Plain => command::Format::Text,
    };
    let asked = command::Screen { roll: given.roll, texts: given.texts, format };
    ended(command::screen(&asked, &mut std::io::stdout().lock()))
}

pub(super) fn clean_picture(given: &CleanPicture) -> ExitCode {
    ended(command::clean(&given.from, &given.to, &mut std::io::stdout().lock()))
}

fn ended(done: Result<(), Stopped>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stopped::Faults(faults)) => {
            for fault in faults {
                let _ = writeln!(std::io::stderr(), "{fault}");
            }
            ExitCode::from(WRONG_INPUT)
        }
        Err(Stopped::Failed(error)) => failed(&error),
    }
}
