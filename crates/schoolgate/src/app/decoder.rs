//! Where the pixels of AVIF pictures come from.
//!
//! For: the desk and `schoolgate clean-picture`. The decoder of AVIF can end the program that runs it, so the program that serves
//! starts itself again for each such picture, with a hidden command that does nothing else.
//!
//! Promises: whatever that process does or says, the caller gets pixels that fit what the file announced, or a sentence; it gets
//! no more than the file and no settings, is given a time, and is gone afterwards. What is logged is how it ended.
//!
//! Does not: limit what the process takes; that is bounded by the size of the picture, and the desk lets few work at once.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use screening::{Avif, Decoded, Limits, Refused, TOO_BRIGHT};

/// Longer than the largest picture takes on a slow machine.
const TIME_MAX: Duration = Duration::from_secs(30);
/// A reason why a picture is not taken fits in less.
const SAID_BYTES_MAX: u16 = 300;
/// What a profile may have beyond the bytes of the file: some are made here from a few numbers in it.
const PROFILE_BYTES_MORE: usize = 64 << 10;
/// This very program, also where its file has been replaced by a newer one.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Who decodes AVIF pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvifDecoder {
    /// The same process: for tests, and for the process that does nothing else.
    Here,
    Apart(Apart),
}

/// A program that reads a file on its standard input and writes an answer on its standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// Then it is ended.
    pub time_max: Duration,
}

impl AvifDecoder {
    /// This program again, with a command of its own.
    ///
    /// # Errors
    /// Where the program is cannot be found out.
    pub fn own_program(command: &str) -> io::Result<AvifDecoder> {
        let own = Path::new(OWN_PROGRAM);
        let program = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
        Ok(AvifDecoder::Apart(Apart { program, arguments: vec![command.to_owned()], time_max: TIME_MAX }))
    }

    /// # Errors
    /// As [`Avif::decoded`]; `NoDecoder` where the program cannot be started.
    pub fn decoded(&self, avif: &Avif<'_>) -> Result<Decoded, Refused> {
        match self {
            AvifDecoder::Here => avif.decoded(),
            AvifDecoder::Apart(apart) => apart.decoded(avif),
        }
    }
}

impl Apart {
    fn decoded(&self, avif: &Avif<'_>) -> Result<Decoded, Refused> {
        let (child, to, from) = self.started().map_err(|error| {
            tracing::error!(%error, "what decodes AVIF pictures cannot be started");
            Refused::NoDecoder
        })?;
        let child = Mutex::new(child);
        let (done, waited) = channel::<()>();
        let (answer, is_late) = thread::scope(|scope| {
            scope.spawn(move || feed(to, avif.bytes()));
            let child = &child;
            let watch = scope.spawn(move || {
                let is_late = waited.recv_timeout(self.time_max) == Err(RecvTimeoutError::Timeout);
                if is_late {
                    end(child);
                }
                is_late
            });
            let profile_max = avif.bytes().len() + PROFILE_BYTES_MORE;
            let answer = read_answer(&mut BufReader::new(from), avif.size_max(), profile_max);
            drop(done);
            // It has said all that it was asked, or never will.
            end(child);
            (answer, watch.join().unwrap_or(false))
        });
        let status = child.into_inner().unwrap_or_else(PoisonError::into_inner).wait();
        match answer {
            Ok(answer) => answer,
            Err(error) => {
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                tracing::warn!(%error, status, is_late, "what decodes AVIF pictures gave no answer");
                let said = if is_late { "it takes too long to read" } else { "what reads it stopped in the middle" };
                Err(Refused::Damaged(said.to_owned()))
            }
        }
    }

    fn started(&self) -> io::Result<(Child, ChildStdin, impl Read + use<>)> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir("/");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => Ok((child, to, from)),
            _ => Err(io::Error::other("it has no input or no output")),
        }
    }
}

/// A process that does not want all of it says why, or its end does.
fn feed(mut to: ChildStdin, bytes: &[u8]) {
    if let Err(error) = to.write_all(bytes) {
        tracing::debug!(%error, "what decodes AVIF pictures did not read all of one");
    }
}

/// Ends the process, if it has not ended by itself.
fn end(child: &Mutex<Child>) {
    if let Err(error) = child.lock().unwrap_or_else(PoisonError::into_inner).kill() {
        tracing::warn!(%error, "what decodes AVIF pictures cannot be ended");
    }
}

/// The work of the process that is started: one file in, one answer out.
///
/// # Errors
/// Input or output that fails. A picture that is not taken is an answer.
pub fn answer(from: impl Read, to: &mut impl Write) -> io::Result<()> {
    let limits = Limits::default();
    let mut bytes = Vec::new();
    from.take(limits.bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    let decoded = Avif::surveyed(&bytes, &limits).and_then(|avif| avif.decoded());
    write_answer(&decoded, to)?;
    to.flush()
}

// An answer begins with a letter: pixels, with width, height, channels and the profile's length before them and the profile after
// them; cut off; too bright; damaged, with a length and a reason. Numbers have their highest byte first.
const PIXELS: u8 = b'P';
const CUT_OFF: u8 = b'C';
const BRIGHT: u8 = b'B';
const DAMAGED: u8 = b'D';

fn write_answer(answer: &Result<Decoded, Refused>, to: &mut impl Write) -> io::Result<()> {
    match answer {
        Ok(decoded) => {
            let profile = decoded.profile.as_deref().unwrap_or_default();
            let profile_bytes = u32::try_from(profile.len()).map_err(io::Error::other)?;
            to.write_all(&[PIXELS])?;
            to.write_all(&decoded.width.to_be_bytes())?;
            to.write_all(&decoded.height.to_be_bytes())?;
            to.write_all(&[if decoded.has_alpha { 4 } else { 3 }])?;
            to.write_all(&profile_bytes.to_be_bytes())?;
            to.write_all(&decoded.data)?;
            to.write_all(profile)
        }
        Err(Refused::CutOff) => to.write_all(&[CUT_OFF]),
        Err(Refused::NotAPicture(said)) if *said == TOO_BRIGHT => to.write_all(&[BRIGHT]),
        Err(refused) => {
            let said = match refused {
                Refused::Damaged(said) => said.clone(),
                other => other.to_string(),
            };
            let said = &said.as_bytes()[..said.len().min(usize::from(SAID_BYTES_MAX))];
            to.write_all(&[DAMAGED])?;
            to.write_all(&u16::try_from(said.len()).unwrap_or(SAID_BYTES_MAX).to_be_bytes())?;
            to.write_all(said)
        }
    }
}

/// Reads an answer about a picture of at most `size_max`; memory is taken only once the numbers before the pixels fit it.
///
/// # Errors
/// An answer that ends too early, goes on too long, or cannot be one.
pub fn read_answer(
    from: &mut impl Read,
    size_max: (u32, u32),
    profile_max: usize,
) -> io::Result<Result<Decoded, Refused>> {
    let answer = match array::<1>(from)? {
        [PIXELS] => Ok(pixels(from, size_max, profile_max)?),
        [CUT_OFF] => Err(Refused::CutOff),
        [BRIGHT] => Err(Refused::NotAPicture(TOO_BRIGHT)),
        [DAMAGED] => {
            let length = u16::from_be_bytes(array(from)?);
            if length > SAID_BYTES_MAX {
                return Err(io::Error::other("the reason is too long"));
            }
            let said = read(from, usize::from(length))?;
            let said = String::from_utf8_lossy(&said).chars().filter(|letter| !letter.is_control()).collect();
            Err(Refused::Damaged(said))
        }
        _ => return Err(io::Error::other("this is no answer")),
    };
    match from.take(1).read_to_end(&mut Vec::new())? {
        0 => Ok(answer),
        _ => Err(io::Error::other("the answer goes on after its end")),
    }
}

fn pixels(from: &mut impl Read, size_max: (u32, u32), profile_max: usize) -> io::Result<Decoded> {
    let (width, height) = (u32::from_be_bytes(array(from)?), u32::from_be_bytes(array(from)?));
    let [channels] = array(from)?;
    let profile = u32::from_be_bytes(array(from)?) as usize;
    let is_of_size = (1..=size_max.0).contains(&width) && (1..=size_max.1).contains(&height);
    if !is_of_size || !matches!(channels, 3 | 4) || profile > profile_max {
        return Err(io::Error::other("the numbers before the pixels do not fit the picture"));
    }
    let data = read(from, width as usize * height as usize * usize::from(channels))?;
    let profile = Some(read(from, profile)?).filter(|profile| !profile.is_empty());
    Ok(Decoded { width, height, has_alpha: channels == 4, data, profile })
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Grows as bytes come, so that a length that is only claimed costs nothing.
fn read(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
