//! Commands about the ledgers: verify, export, sign, prove.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use store::ledger::{self, Head, Known, PROOF_BYTES_MAX, Proof, Signer, Verified};
use store::{Db, SchoolId};
use uuid::Uuid;

use super::upkeep::{database, say, told};
use super::{Settings, failed, with_settings};
use crate::config::Config;
use crate::error::{Error, Result};

/// Longest file of kept heads: one line is under 400 bytes, so ten years of daily heads of a dozen schools.
const HEADS_BYTES_MAX: u64 = 20 * 1024 * 1024;

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// Show that nothing in the ledgers was changed, removed or rewritten; a tail that was cut off with its heads shows only against --head
    Verify(Verify),
    /// Write the ledgers into a file that can be verified without the database
    Export {
        #[command(flatten)]
        settings: Settings,
        /// The file; it must not exist yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Sign the ledgers as they are now and print the heads, to be kept elsewhere
    Head(Settings),
    /// Prove one deed, or that a ledger goes on from an earlier head, and print the heads against which the proof holds
    Prove(Prove),
}

#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    settings: Settings,
    /// Verify this export instead of the database
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Verify this proof against --head, without any database
    #[arg(long, value_name = "FILE", conflicts_with = "export", requires = "heads")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    known: Kept,
}

#[derive(Args)]
pub(super) struct Prove {
    #[command(flatten)]
    settings: Settings,
    /// The number of the school whose ledger it is; without it, the installation's ledger
    #[arg(long, value_name = "SCHOOL")]
    school: Option<Uuid>,
    /// Prove this deed, counted from 0 as in an export; without it, prove that the ledger goes on from the oldest head in --head
    #[arg(long, value_name = "NUMBER", required_unless_present = "head")]
    deed: Option<u64>,
    /// File with heads that were kept; the newest is the one that the proof ends at. Without it, one is signed now
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// The file for the proof; it must not exist yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// What somebody kept from earlier, so that a ledger that was rewritten as a whole is found out too.
#[derive(Args)]
pub(super) struct Kept {
    /// File with heads that `ledger head` printed earlier, one a line; may be given several times
    #[arg(long = "head", value_name = "FILE")]
    heads: Vec<PathBuf>,
}

impl Kept {
    fn heads(&self) -> Result<Known> {
        let mut known = Known::default();
        for file in &self.heads {
            known.heads.extend(heads_of(file)?);
        }
        Ok(known)
    }

    /// The heads, and the public key that signs here where `ledger.key` is.
    pub(super) fn read(&self, config: &Config) -> Result<Known> {
        let mut known = self.heads()?;
        if config.keys.ledger.exists() {
            known.signers.push(Signer::open(&config.keys.ledger).map_err(told)?.public());
        }
        Ok(known)
    }
}

pub(super) fn ledger(command: &LedgerCommand) -> ExitCode {
    match command {
        LedgerCommand::Verify(given) => match given.alone() {
            // On a machine that has nothing of the place there are no settings either.
            Some(alone) if given.settings.are_absent() => {
                let done = given.known.heads().and_then(|known| alone.verify(&known));
                done.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
            }
            Some(alone) => with_settings(&given.settings, async |config| alone.verify(&given.known.read(&config)?)),
            None => with_settings(&given.settings, async |config| {
                let known = given.known.read(&config)?;
                let verified = ledger::verify(&database(&config)?, &known).await.map_err(told)?;
                show(&verified);
                show_witnesses(&known);
                refuse_unsigned(&verified)
            }),
        },
        LedgerCommand::Export { settings, to } => with_settings(settings, async |config| {
            let db = database(&config)?;
            let heads = match config.keys.ledger.exists() {
                true => sign_all(&db, &config).await?,
                false => Vec::new(),
            };
            // After the heads: whatever school they know of is among these.
            let schools = ledger::schools(&db).await.map_err(told)?;
            show(&ledger::export_file(&db, &schools, &heads, to).await.map_err(told)?);
            Ok(())
        }),
        LedgerCommand::Prove(given) => with_settings(&given.settings, async |config| prove(given, &config).await),
        LedgerCommand::Head(settings) => with_settings(settings, async |config| {
            for head in sign_all(&database(&config)?, &config).await? {
                say(&head.text());
            }
            Ok(())
        }),
    }
}

/// What is verified without the database.
#[derive(Clone, Copy)]
enum Alone<'a> {
    Export(&'a Path),
    Proof(&'a Path),
}

impl Verify {
    fn alone(&self) -> Option<Alone<'_>> {
        let export = self.export.as_deref().map(Alone::Export);
        export.or(self.proof.as_deref().map(Alone::Proof))
    }
}

impl Alone<'_> {
    fn verify(self, known: &Known) -> Result<()> {
        match self {
            Alone::Export(file) => verify_export(file, known),
            Alone::Proof(file) => verify_proof(file, known),
        }
    }
}

fn verify_export(file: &Path, known: &Known) -> Result<()> {
    let verified = ledger::verify_export(BufReader::new(open(file)?), known).map_err(|error| of_file(file, error))?;
    show(&verified);
    show_witnesses(known);
    refuse_unsigned(&verified)?;
    // A living ledger always has a few deeds after its last head. An export that this program signed ends at its head.
    match verified.iter().find(|found| found.signed < found.deeds) {
        Some(found) => Err(unsigned(found, found.deeds - found.signed)),
        None => Ok(()),
    }
}

fn verify_proof(file: &Path, known: &Known) -> Result<()> {
    let proof = Proof::parse(&read_limited(file, PROOF_BYTES_MAX as u64)?).map_err(|error| of_file(file, error))?;
    proof.check(known).map_err(told)?;
    say(&said(&proof));
    Ok(())
}

/// What a proof shows. What was done and when is in the proof itself; only ids and verbs stand there.
fn said(proof: &Proof) -> String {
    match proof {
        Proof::Inclusion { deed, head, .. } => {
            let at = Timestamp::from_millisecond(deed.at).map(|at| at.to_string()).unwrap_or_default();
            let (seq, verb, size) = (deed.seq, &deed.verb, head.size);
            format!(
                "Proved: deed {seq} of {}, `{verb}` at {at}, is among the {size} deeds of the head.",
                place(deed.school)
            )
        }
        Proof::Consistency { earlier, later, .. } => format!(
            "Proved: the {} deeds of the earlier head of {} are the first of the {} deeds of the later one.",
            earlier.size,
            place(earlier.school),
            later.size
        ),
    }
}

async fn prove(given: &Prove, config: &Config) -> Result<()> {
    let school = SchoolId::new(given.school.unwrap_or_default());
    let mut heads = given.head.as_deref().map(heads_of).transpose()?.unwrap_or_default();
    heads.retain(|head| head.school == school.get());
    heads.sort_by_key(|head| head.size);
    if let (Some(file), true) = (&given.head, heads.is_empty()) {
        let said = format!("{}: holds no head of {}", file.display(), place(school.get()));
        return Err(Error::Invalid(said.into()));
    }
    let db = database(config)?;
    let oldest = heads.first().cloned();
    let newest = match heads.pop() {
        // One head alone goes on to what there is now.
        Some(newest) if given.deed.is_some() || !heads.is_empty() => newest,
        _ => {
            let signer = Signer::open(&config.keys.ledger).map_err(told)?;
            ledger::sign(&db, school, &signer).await.map_err(told)?
        }
    };
    let mut read = db.read(school).await.map_err(told)?;
    let proof = match (given.deed, oldest) {
        (None, Some(oldest)) => Proof::of_growth(&mut read, oldest, newest).await,
        (deed, _) => Proof::of_deed(&mut read, deed.unwrap_or_default(), newest).await,
    };
    let proof = proof.map_err(told)?;
    proof.write(&given.to).map_err(told)?;
    for head in proof.heads() {
        say(&head.text());
    }
    tell_aside(&said(&proof));
    tell_aside(
        "The lines above are the heads that it is held against: schoolgate ledger verify --proof FILE --head FILE.",
    );
    Ok(())
}

/// Standard output holds the heads alone, so that they can be kept as they are.
fn tell_aside(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

async fn sign_all(db: &Db, config: &Config) -> Result<Vec<Head>> {
    let signer = Signer::open(&config.keys.ledger).map_err(told)?;
    let mut heads = Vec::new();
    for school in db.schools().await? {
        heads.push(ledger::sign(db, school, &signer).await.map_err(told)?);
    }
    Ok(heads)
}

pub(super) fn show(verified: &[Verified]) {
    for found in verified {
        let (place, Verified { deeds, signed, heads, .. }) = (place(found.school), found);
        say(&match (deeds, signed) {
            (0, _) => format!("{place} has done nothing yet: its ledger is empty."),
            (_, 0) => {
                format!("The ledger of {place} agrees with itself: {deeds} deeds, none of them under a signed head.")
            }
            _ => format!("The ledger of {place} is sound: {deeds} deeds, {signed} of them under {heads} signed heads."),
        });
    }
}

/// What the ledgers were held against, and what only more could show.
pub(super) fn show_witnesses(known: &Known) {
    if known.signers.is_empty() && known.heads.is_empty() {
        say("Who signed was not compared: there is no ledger.key here, and no head was given.");
    }
    if known.heads.is_empty() {
        say(
            "Held against what lies here only. A tail that was cut off with its heads, or a whole that was put in its place \
             with the key, shows only against a head kept elsewhere: --head FILE.",
        );
    }
}

/// Nobody has promised anything about deeds without a head, so anybody can have taken some away.
pub(super) fn refuse_unsigned(verified: &[Verified]) -> Result<()> {
    match verified.iter().find(|found| found.deeds > 0 && found.signed == 0) {
        Some(found) => Err(unsigned(found, found.deeds)),
        None => Ok(()),
    }
}

fn unsigned(found: &Verified, count: u64) -> Error {
    let said = format!(
        "no signed head covers the last {count} of the {} deeds of {}. In a new place, sign them with `schoolgate ledger \
         head`; in one that has run for a day, heads were taken away",
        found.deeds,
        place(found.school)
    );
    Error::fault("verifying the ledgers", said)
}

fn place(school: Uuid) -> String {
    if school.is_nil() { "the installation".to_owned() } else { format!("school {school}") }
}

/// The heads in a file, each with a signature that is right.
fn heads_of(file: &Path) -> Result<Vec<Head>> {
    let text = read_limited(file, HEADS_BYTES_MAX)?;
    let mut heads = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let head = Head::parse(line).and_then(|head| head.verify().map(|()| head));
        heads.push(head.map_err(|error| Error::Invalid(format!("{}:{}: {error}", file.display(), at + 1).into()))?);
    }
    match heads.is_empty() {
        true => Err(Error::Invalid(format!("{}: holds no head", file.display()).into())),
        false => Ok(heads),
    }
}

/// What is wrong in a file is told with its name.
fn of_file(file: &Path, error: store::Error) -> Error {
    match error {
        store::Error::Invalid(said) => Error::Invalid(format!("{}: {said}", file.display()).into()),
        other => told(other),
    }
}

fn open(file: &Path) -> Result<File> {
    store::plain_file(file).map_err(|said| Error::Invalid(format!("{}: {said}", file.display()).into()))
}

fn read_limited(file: &Path, bytes_max: u64) -> Result<String> {
    let wrong = |said: String| Error::Invalid(format!("{}: {said}", file.display()).into());
    let mut text = String::new();
    let read = open(file)?.take(bytes_max + 1).read_to_string(&mut text);
    read.map_err(|error| wrong(error.to_string()))?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= bytes_max => Ok(text),
        _ => Err(wrong(format!("is longer than {bytes_max} bytes"))),
    }
}
