//! A picture of a request: what is known of it, and who can be recognised in it.

use std::collections::BTreeSet;

use uuid::Uuid;

/// Pictures of one request; more than any channel takes is for the bundle and the school's own page.
pub const PICTURES_MAX: usize = 10;
/// People who can be marked in one picture; beyond that nobody looks at each of them.
pub const PEOPLE_MAX: usize = 60;
/// Letters of a description; what Mastodon takes, and long enough to describe anything.
pub const ALT_CHARS_MAX: usize = 1_500;
/// Places in a picture are told in thousandths of its width and height.
pub const WHOLE: i64 = 1_000;

/// Somebody in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A pupil of the roll.
    Pupil(Uuid),
    /// Somebody on the school's list of people.
    Staff(Uuid),
    /// An adult from outside who was asked and agreed.
    AdultAgreed,
    /// An adult from outside whom nobody has asked.
    AdultUnasked,
    /// Somebody whom the writer does not find on a list.
    Stranger,
}

impl Who {
    pub fn code(self) -> &'static str {
        match self {
            Who::Pupil(_) => "pupil",
            Who::Staff(_) => "staff",
            Who::AdultAgreed => "adult-agreed",
            Who::AdultUnasked => "adult-unasked",
            Who::Stranger => "stranger",
        }
    }

    pub fn person(self) -> Option<Uuid> {
        match self {
            Who::Pupil(id) | Who::Staff(id) => Some(id),
            Who::AdultAgreed | Who::AdultUnasked | Who::Stranger => None,
        }
    }

    pub fn read(code: &str, person: Option<Uuid>) -> Option<Who> {
        match (code, person) {
            ("pupil", Some(id)) => Some(Who::Pupil(id)),
            ("staff", Some(id)) => Some(Who::Staff(id)),
            ("adult-agreed", None) => Some(Who::AdultAgreed),
            ("adult-unasked", None) => Some(Who::AdultUnasked),
            ("stranger", None) => Some(Who::Stranger),
            _ => None,
        }
    }
}

/// A place in a picture, in thousandths from the left and from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub across: i64,
    pub down: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    pub who: Who,
    pub spot: Option<Spot>,
}

/// What the writer has said about who is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InIt {
    /// Nothing so far: unknown, and never nobody.
    #[default]
    Unsaid,
    /// Nobody can be recognised.
    Nobody,
    /// These, and nobody else. Never empty.
    People(Vec<Marked>),
}

impl InIt {
    pub fn people(&self) -> &[Marked] {
        match self {
            InIt::People(people) => people,
            InIt::Unsaid | InIt::Nobody => &[],
        }
    }

    /// The word of the column `nobody`.
    pub fn code(&self) -> &'static str {
        match self {
            InIt::Unsaid => "unknown",
            InIt::Nobody => "yes",
            InIt::People(_) => "no",
        }
    }

    /// Marked people win over any word: somebody who is marked is in it.
    pub fn of(nobody: &str, people: Vec<Marked>) -> InIt {
        match (people.is_empty(), nobody) {
            (false, _) => InIt::People(people),
            (true, "yes") => InIt::Nobody,
            (true, _) => InIt::Unsaid,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
}

impl Format {
    pub fn code(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            Format::Png => "png",
        }
    }

    pub fn from_code(code: &str) -> Option<Format> {
        [Format::Jpeg, Format::Png].into_iter().find(|format| format.code() == code)
    }

    pub fn media_type(self) -> &'static str {
        self.screened().media_type()
    }

    pub fn extension(self) -> &'static str {
        self.screened().extension()
    }

    pub fn sent(self) -> channels::Format {
        match self {
            Format::Jpeg => channels::Format::Jpeg,
            Format::Png => channels::Format::Png,
        }
    }

    pub fn screened(self) -> screening::Format {
        match self {
            Format::Jpeg => screening::Format::Jpeg,
            Format::Png => screening::Format::Png,
        }
    }

    pub fn of(format: screening::Format) -> Format {
        match format {
            screening::Format::Jpeg => Format::Jpeg,
            screening::Format::Png => Format::Png,
        }
    }
}

/// A picture without its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub id: Uuid,
    pub version: i64,
    pub request: Uuid,
    /// Its number among the pictures of the request, from 1.
    pub place: i64,
    pub alt: String,
    pub media: Format,
    pub width: u32,
    pub height: u32,
    /// Bytes of the clean copy; 0 once it is destroyed.
    pub size_bytes: usize,
    /// SHA-256 of the clean copy.
    pub hash: Vec<u8>,
    pub in_it: InIt,
    /// Whether the pixels are still kept.
    pub is_kept: bool,
}

/// Everybody with a name here who is shown in some picture.
pub fn shown(pictures: &[Picture]) -> BTreeSet<Uuid> {
    let marked = pictures.iter().flat_map(|picture| picture.in_it.people());
    marked.filter_map(|marked| marked.who.person()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_something_that_somebody_said() {
        assert_eq!(InIt::of("unknown", vec![]), InIt::Unsaid);
        assert_eq!(InIt::of("no", vec![]), InIt::Unsaid, "marks that were taken away leave a question");
        assert_eq!(InIt::of("yes", vec![]), InIt::Nobody);
        let marked = Marked { who: Who::Stranger, spot: None };
        assert_eq!(InIt::of("yes", vec![marked]), InIt::People(vec![marked]));
        for who in
            [Who::Pupil(Uuid::nil()), Who::Staff(Uuid::nil()), Who::AdultAgreed, Who::AdultUnasked, Who::Stranger]
        {
            assert_eq!(Who::read(who.code(), who.person()), Some(who));
        }
        assert_eq!(Who::read("pupil", None), None);
        assert_eq!(Who::read("stranger", Some(Uuid::nil())), None);
    }
}
