//! Every no and every withdrawal, as lines of a file outside the database. Pure; `kept.rs` writes and replays them.
//!
//! Promises: lines hold ids and codes, no names; a line that cannot be read is named and the others still count; no line
//! can raise anything.

use std::io::BufRead;

use serde::{Deserialize, Serialize};
use store::SchoolId;
use uuid::Uuid;

use super::decision::{Authority, Decision};
use super::purpose::{CODE_MAX, PURPOSES_MAX};

/// A line is about 400 bytes; one of the school's own no about 5,000.
const LINE_BYTES_MAX: u64 = 16 * 1024;
/// More than a hundred years of a large trust; what is beyond would not fit into memory at the start.
const LINES_MAX: usize = 2_000_000;

/// One lowering: all that one person took away in one go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lowered {
    pub id: Uuid,
    pub person: Uuid,
    pub decider: Uuid,
    pub authority: Authority,
    pub decision: Decision,
    /// Codes.
    pub purposes: Vec<String>,
    /// UTC milliseconds.
    pub at: i64,
}

/// The school's own no, with its reason as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolNo {
    pub id: Uuid,
    pub person: Uuid,
    #[serde(with = "hex::serde")]
    pub reason: Vec<u8>,
    pub at: i64,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub school: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowered: Option<Lowered>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school_no: Option<SchoolNo>,
}

/// A line that could not be read, and its number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub said: String,
}

impl Line {
    pub fn lowered(school: SchoolId, lowered: Lowered) -> Line {
        Line { school: school.get(), lowered: Some(lowered), school_no: None }
    }

    pub fn school_no(school: SchoolId, school_no: SchoolNo) -> Line {
        Line { school: school.get(), lowered: None, school_no: Some(school_no) }
    }

    /// Of the lowering or the no that it speaks of.
    pub fn id(&self) -> Option<Uuid> {
        self.lowered.as_ref().map(|lowered| lowered.id).or(self.school_no.as_ref().map(|no| no.id))
    }

    pub fn person(&self) -> Option<Uuid> {
        self.lowered.as_ref().map(|lowered| lowered.person).or(self.school_no.as_ref().map(|no| no.person))
    }

    fn check(self) -> Result<Line, &'static str> {
        match (&self.lowered, &self.school_no) {
            (Some(lowered), None) if !lowered.decision.lowers() => Err("only a no or a withdrawal may stand here"),
            (Some(lowered), None) => {
                let codes = &lowered.purposes;
                let is_long = i64::try_from(codes.len()).is_ok_and(|count| count > PURPOSES_MAX)
                    || codes.iter().any(|code| code.is_empty() || code.len() > CODE_MAX || code.contains(' '));
                if is_long { Err("the purposes are none of ours") } else { Ok(self) }
            }
            (None, Some(_)) => Ok(self),
            _ => Err("a line speaks of one lowering or of one no of the school"),
        }
    }
}

/// Reads the file's lines; a last line without its end was cut off by a crash before its change was committed.
pub fn read(mut input: impl BufRead) -> (Vec<Line>, Vec<Fault>) {
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for number in 1.. {
        let mut bytes = Vec::new();
        let got = std::io::Read::take(&mut input, LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
        match got {
            Ok(0) => break,
            Ok(_) if lines.len() + faults.len() >= LINES_MAX => {
                faults.push(Fault { line: number, said: format!("more than {LINES_MAX} lines") });
                break;
            }
            Ok(_) => {}
            Err(error) => {
                faults.push(Fault { line: number, said: error.to_string() });
                break;
            }
        }
        if !bytes.ends_with(b"\n") {
            faults.push(Fault { line: number, said: "the line has no end".to_owned() });
            continue;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let line = serde_json::from_slice::<Line>(&bytes).map_err(|error| error.to_string());
        match line.and_then(|line| line.check().map_err(str::to_owned)) {
            Ok(line) => lines.push(line),
            Err(said) => faults.push(Fault { line: number, said }),
        }
    }
    (lines, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(decision: Decision) -> Line {
        let id = Uuid::from_u128;
        let purposes = vec!["website".to_owned()];
        let authority = Authority::ParentalResponsibility;
        Line::lowered(
            SchoolId::new(id(1)),
            Lowered { id: id(2), person: id(3), decider: id(4), authority, decision, purposes, at: 5 },
        )
    }

    fn text(line: &Line) -> String {
        serde_json::to_string(line).expect("a line of ours")
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let line = lowered(Decision::Withdrawn);
        let no = SchoolNo { id: Uuid::from_u128(7), person: Uuid::from_u128(8), reason: vec![1, 2], at: 9 };
        let no = Line::school_no(SchoolId::new(Uuid::from_u128(1)), no);
        let file = format!("\n{}\n\n{}\n", text(&line), text(&no));
        assert_eq!(read(file.as_bytes()), (vec![line, no], vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        let good = lowered(Decision::No);
        let raising = text(&lowered(Decision::Yes));
        let file = format!("{{}}\nnonsense\n{}\n{raising}\n{}", text(&good), text(&good));
        let (lines, faults) = read(file.as_bytes());
        assert_eq!(lines, [good]);
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [1, 2, 4, 5]);
        let endless = "x".repeat(200_000);
        assert!(read(endless.as_bytes()).0.is_empty());
    }
}
