//! What a permission is for: the school's list of purposes, and which of them each kind of channel rests on. Pure.

use uuid::Uuid;

/// Purposes that one school can have, retired ones included: three times the usual list.
pub const PURPOSES_MAX: i64 = 60;
/// The longest code, label and sentence of a purpose.
pub const CODE_MAX: usize = 40;
pub const LABEL_MAX: usize = 80;
pub const ABOUT_MAX: usize = 400;

/// Under which article a purpose stands, and so what the family is asked: to agree, or whether they object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    Consent,
    PublicTask,
    LegitimateInterests,
}

impl Basis {
    pub const ALL: [Basis; 3] = [Basis::Consent, Basis::PublicTask, Basis::LegitimateInterests];

    pub fn code(self) -> &'static str {
        match self {
            Basis::Consent => "consent",
            Basis::PublicTask => "public-task",
            Basis::LegitimateInterests => "legitimate-interests",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Basis::Consent => "Article 6(1)(a): the family agrees, and may withdraw",
            Basis::PublicTask => "Article 6(1)(e), a public task: the family is told, and may object",
            Basis::LegitimateInterests => "Article 6(1)(f), legitimate interests: the person is told, and may object",
        }
    }

    pub fn from_code(code: &str) -> Option<Basis> {
        Basis::ALL.into_iter().find(|basis| basis.code() == code)
    }

    /// An answer is then an objection, never to be called a consent.
    pub fn is_objected_to(self) -> bool {
        self != Basis::Consent
    }
}

/// Whether what went out for a purpose can be taken back. Paper and the press cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    Yes,
    No,
}

impl Recall {
    pub fn code(self) -> &'static str {
        match self {
            Recall::Yes => "yes",
            Recall::No => "no",
        }
    }

    pub fn from_code(code: &str) -> Option<Recall> {
        [Recall::Yes, Recall::No].into_iter().find(|recall| recall.code() == code)
    }
}

/// A purpose of the school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub id: Uuid,
    pub version: i64,
    pub code: String,
    pub basis: Basis,
    pub basis_note: String,
    /// How long a yes lasts; none: while on roll.
    pub months: Option<i64>,
    pub recall: Recall,
    /// The number of the wording in use, and its words.
    pub wording: i64,
    pub label: String,
    pub about: String,
    pub is_retired: bool,
}

/// How something goes out. Each kind rests on the purpose of the same reach, beside the purpose of the thing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// On a wall or a screen inside the school.
    InSchool,
    /// To families only: a newsletter.
    Families,
    /// A closed app of a class or year group.
    ClassApp,
    /// The school's own site.
    Website,
    /// A network that everybody can read.
    Social,
    /// Prospectus, leaflet, board.
    Print,
    Press,
    /// Trust, feeder school, council, sponsor.
    Partner,
}

impl ChannelKind {
    pub const ALL: [ChannelKind; 8] = [
        ChannelKind::InSchool,
        ChannelKind::Families,
        ChannelKind::ClassApp,
        ChannelKind::Website,
        ChannelKind::Social,
        ChannelKind::Print,
        ChannelKind::Press,
        ChannelKind::Partner,
    ];

    /// The code of the purpose that it rests on.
    pub fn purpose(self) -> &'static str {
        match self {
            ChannelKind::InSchool => "display",
            ChannelKind::Families => "newsletter",
            ChannelKind::ClassApp => "class-app",
            ChannelKind::Website => "website",
            ChannelKind::Social => "social-public",
            ChannelKind::Print => "print-promo",
            ChannelKind::Press => "press",
            ChannelKind::Partner => "partner",
        }
    }
}

/// The asks about names, beside those about pictures.
pub const NAME_WITH_IMAGE: &str = "name-with-image";
pub const FIRST_NAME: &str = "first-name";
pub const FULL_NAME: &str = "full-name";
pub const WORK_WITH_NAME: &str = "work-with-name";

/// A purpose as every school begins with it.
pub struct Usual {
    pub code: &'static str,
    pub basis: Basis,
    pub months: Option<i64>,
    pub recall: Recall,
    pub label: &'static str,
    pub about: &'static str,
}

const fn usual(code: &'static str, label: &'static str, about: &'static str) -> Usual {
    Usual { code, basis: Basis::Consent, months: Some(12), recall: Recall::Yes, label, about }
}

const fn on_paper(usual: Usual) -> Usual {
    Usual { recall: Recall::No, ..usual }
}

const fn told(usual: Usual) -> Usual {
    Usual { basis: Basis::PublicTask, months: None, ..usual }
}

/// The list of `domain.md` 4.1, in the order of the form. The identity photo of the school's own records is no permission.
pub const USUAL: &[Usual] = &[
    told(usual(
        "in-school-record",
        "Pictures in your child's school work and records",
        "Photographs and short recordings that show how your child is getting on. They stay in school.",
    )),
    usual(
        "display",
        "Pictures on display inside the school",
        "On walls and screens that visitors to the school can see.",
    ),
    on_paper(usual(
        "newsletter",
        "Pictures in the newsletter to families",
        "The newsletter goes to the families of the school. A copy that has been sent cannot be called back.",
    )),
    usual(
        "class-app",
        "Pictures in the class's closed app",
        "Only the families of the class or year group can see them.",
    ),
    usual("website", "Pictures on the school's website", "Anybody in the world can see the website and copy from it."),
    usual(
        "social-public",
        "Pictures on the school's social media",
        "Anybody in the world can see and copy them. Others may have shared them before we take them down.",
    ),
    usual(
        "video",
        "Video and sound recordings",
        "Films of lessons, plays and trips. Where they are shown is asked separately.",
    ),
    on_paper(usual(
        "print-promo",
        "Pictures in printed material",
        "The prospectus, leaflets and boards. What has been printed cannot be called back.",
    )),
    on_paper(usual(
        "press",
        "Pictures in newspapers and on television",
        "The press decides what it does with a picture, and the school cannot call it back.",
    )),
    usual(
        "photographer",
        "Class and individual photographs",
        "A photographer comes to school; families may buy the pictures.",
    ),
    on_paper(usual(
        "partner",
        "Pictures that partners of the school use",
        "The trust, a school nearby, the council. They may keep copies.",
    )),
    on_paper(usual("archive", "Pictures in the school's archive", "Kept as part of the school's history.")),
    usual(
        NAME_WITH_IMAGE,
        "The name beside a picture",
        "Otherwise we show a picture without the name, or the name without a picture.",
    ),
    usual(FIRST_NAME, "The first name without a picture", "For example with a prize or a part in a play."),
    usual(FULL_NAME, "The full name without a picture", "For example when a team wins a match."),
    usual(WORK_WITH_NAME, "Your child's work with the name", "A drawing, a poem or a story, shown outside the class."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_channel_rests_on_a_usual_purpose() {
        for kind in ChannelKind::ALL {
            assert!(USUAL.iter().any(|usual| usual.code == kind.purpose()), "{kind:?}");
        }
        for code in [NAME_WITH_IMAGE, FIRST_NAME, FULL_NAME, WORK_WITH_NAME] {
            assert!(USUAL.iter().any(|usual| usual.code == code), "{code}");
        }
    }

    #[test]
    fn codes_are_unique_and_words_fit() {
        for (at, usual) in USUAL.iter().enumerate() {
            assert!(USUAL[..at].iter().all(|other| other.code != usual.code), "{}", usual.code);
            assert!(usual.code.len() <= CODE_MAX && usual.label.len() <= LABEL_MAX && usual.about.len() <= ABOUT_MAX);
        }
    }

    #[test]
    fn what_is_on_paper_is_never_said_to_come_back() {
        for code in ["print-promo", "press", "newsletter"] {
            assert!(USUAL.iter().any(|usual| usual.code == code && usual.recall == Recall::No), "{code}");
        }
    }
}
