//! Commands that look at what is to be published: texts and pictures.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::policy::Format;
use super::{WRONG_INPUT, failed};
use crate::app::decoder::{self, AvifDecoder};
use crate::desk::command::{self, Stopped};
use crate::error::Error;

/// The command that only this program gives itself.
pub(super) const DECODE_AVIF: &str = "decode-avif";

#[derive(Args)]
pub(super) struct Screen {
    /// The school's people: a table (id, forename, known_as, surname, kind), whatever `import` takes, or a folder with roll.csv
    #[arg(long, value_name = "FOLDER|FILE")]
    roll: PathBuf,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Texts as JSON, in a list or one after another: id, text, field, has_photo (true where it is missing); `-` reads standard input
    #[arg(value_name = "FILE")]
    texts: String,
}

#[derive(Args)]
pub(super) struct CleanPicture {
    /// The picture: JPEG, PNG, WebP, GIF, AVIF or HEIC
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
    let avif = match avif_decoder() {
        Ok(avif) => avif,
        Err(error) => return failed(&error),
    };
    ended(command::clean((&given.from, &given.to), &avif, &mut std::io::stdout().lock()))
}

/// This program again, as [`decode_avif`].
pub(super) fn avif_decoder() -> Result<AvifDecoder, Error> {
    AvifDecoder::own_program(DECODE_AVIF).map_err(|error| Error::unavailable("this program", error))
}

/// Reads one picture and writes its pixels. What may be in it can end this process and no other.
pub(super) fn decode_avif() -> ExitCode {
    match decoder::answer(std::io::stdin().lock(), &mut BufWriter::new(std::io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&Error::unavailable("standard input or output", error)),
    }
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
