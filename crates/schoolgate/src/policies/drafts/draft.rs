//! A draft of the next policy, and what may be done with it when.

use jiff::civil::Date;
use rulebook::File;
use store::SchoolId;
use uuid::Uuid;

use crate::access::Thing;
use crate::error::Refused;

/// Letters in what people call a draft, and in a label of a version.
pub const NAME_MAX: usize = 80;
/// Letters in the reason for a version.
pub const REASON_MAX: usize = 2_000;
/// A chapter that is edited on a page; longer ones are edited in a folder. The longest shipped one has 25 kB.
pub const CHAPTER_BYTES_MAX: usize = 200 * 1024;

/// How far a draft has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being worked on.
    Open,
    /// It lies before the governing body, exactly as it was then.
    Proposed { hash: String, by: Uuid },
    /// It is a version of the policy now.
    Adopted,
    /// Nobody works on it any more.
    Dropped,
}

impl State {
    pub fn code(&self) -> &'static str {
        match self {
            State::Open => "open",
            State::Proposed { .. } => "proposed",
            State::Adopted => "adopted",
            State::Dropped => "dropped",
        }
    }

    pub fn label(&self) -> &'static str {
        match self {
            State::Open => "Being worked on",
            State::Proposed { .. } => "Lies before the governing body",
            State::Adopted => "Adopted",
            State::Dropped => "Put aside",
        }
    }
}

/// A draft as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub school: SchoolId,
    pub id: Uuid,
    pub version: i64,
    pub name: String,
    /// Hash of what it was copied from.
    pub origin: String,
    pub state: State,
    pub files: Vec<File>,
    /// Whoever had a hand in it.
    pub hands: Vec<Uuid>,
    pub changed_at: i64,
}

/// What the governing body decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub label: String,
    pub body: String,
    pub met_on: Date,
    pub minute: String,
    /// First day on which it holds.
    pub starts_on: Date,
    pub review_on: Date,
    pub is_material: bool,
    pub reason: String,
}

impl Draft {
    pub fn thing(&self) -> Thing {
        Thing::policy_draft(self.school, self.id, self.hands.clone())
    }

    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The same with another text for one of its files.
    pub fn write(mut self, name: &str, text: String) -> Result<Self, Refused> {
        self.open()?;
        let file = self.files.iter_mut().find(|file| file.name == name);
        let file = file.ok_or_else(|| Refused::because("this draft has no such chapter"))?;
        file.text = text;
        Ok(self)
    }

    /// Lays it before the governing body; from now on nobody changes it.
    pub fn propose(self, by: Uuid, hash: String) -> Result<Self, Refused> {
        self.open()?;
        Ok(Self { state: State::Proposed { hash, by }, ..self })
    }

    /// Takes it back to work on it.
    pub fn take_back(self) -> Result<Self, Refused> {
        match self.state {
            State::Proposed { .. } => Ok(Self { state: State::Open, ..self }),
            _ => Err(Refused::because("only a draft that lies before the governing body can be taken back")),
        }
    }

    pub fn put_aside(self) -> Result<Self, Refused> {
        self.open()?;
        Ok(Self { state: State::Dropped, ..self })
    }

    /// Who proposed it, if what was proposed is what lies here.
    pub fn adopt(self, hash: &str) -> Result<(Self, Uuid), Refused> {
        match &self.state {
            State::Proposed { hash: proposed, by } if proposed == hash => {
                let by = *by;
                Ok((Self { state: State::Adopted, ..self }, by))
            }
            State::Proposed { .. } => {
                Err(Refused::because("the draft is not what was proposed; take it back and propose it again"))
            }
            _ => Err(Refused::because("only a draft that lies before the governing body can be adopted")),
        }
    }

    fn open(&self) -> Result<(), Refused> {
        match self.state {
            State::Open => Ok(()),
            State::Proposed { .. } => {
                Err(Refused::because("the draft lies before the governing body; take it back first"))
            }
            State::Adopted | State::Dropped => Err(Refused::because("nobody works on this draft any more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            school: SchoolId::new(Uuid::nil()),
            id: Uuid::nil(),
            version: 1,
            name: "Next year".to_owned(),
            origin: "0123".to_owned(),
            state: State::Open,
            files: vec![File::new("01-aims.md", "# Aims")],
            hands: vec![],
            changed_at: 0,
        }
    }

    #[test]
    fn what_lies_before_the_governing_body_is_not_changed() {
        let proposed = draft().propose(Uuid::from_u128(1), "4567".to_owned()).expect("open");
        assert!(proposed.clone().write("01-aims.md", String::new()).is_err());
        assert!(proposed.clone().put_aside().is_err());
        assert!(proposed.clone().propose(Uuid::from_u128(1), "4567".to_owned()).is_err());
        let again =
            proposed.take_back().expect("proposed").write("01-aims.md", "# Aim".to_owned()).expect("open again");
        assert_eq!(again.file("01-aims.md").map(|file| file.text.as_str()), Some("# Aim"));
    }

    #[test]
    fn only_what_was_proposed_is_adopted() {
        let proposed = draft().propose(Uuid::from_u128(1), "4567".to_owned()).expect("open");
        assert!(proposed.clone().adopt("89ab").is_err());
        let (adopted, by) = proposed.adopt("4567").expect("the same");
        assert_eq!((adopted.state.clone(), by), (State::Adopted, Uuid::from_u128(1)));
        assert!(adopted.clone().adopt("4567").is_err() && adopted.take_back().is_err());
        assert!(draft().adopt("4567").is_err());
        assert!(draft().take_back().is_err());
        assert!(draft().put_aside().expect("open").write("01-aims.md", String::new()).is_err());
    }

    #[test]
    fn a_chapter_that_is_not_there_is_not_written() {
        assert!(draft().write("../secrets", String::new()).is_err());
    }
}
