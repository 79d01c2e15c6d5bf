//! What can be asked about: every act and every kind of record, one line each, in the order of the features.

use super::Role;

/// Writes the list of acts once: its name here, its action in the schema, and the act that stands for "knows that this exists".
macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident $(($of:ident))? = $action:literal, seen by $sight:ident;)*) => {
        /// Everything that is asked about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act {
            $($(#[$doc])* $act $(($of))?,)*
        }

        impl Act {
            /// The action of `policies/access/access.cedarschema`.
            pub(super) fn action(self) -> &'static str {
                match self {
                    $(acts!(@any $act $($of)?) => $action,)*
                }
            }

            /// The act that stands for "knows that this exists".
            pub(super) fn sight(self) -> Act {
                match self {
                    $(acts!(@any $act $($of)?) => Act::$sight,)*
                }
            }

            /// One of each, for the test that holds this list against the schema.
            #[cfg(test)]
            pub(super) fn all() -> impl Iterator<Item = Act> {
                [$(acts!(@one $act $($of)?),)*].into_iter()
            }
        }
    };
    (@any $act:ident $of:ident) => { Act::$act(_) };
    (@any $act:ident) => { Act::$act };
    (@one $act:ident $of:ident) => { Act::$act($of::Teacher) };
    (@one $act:ident) => { Act::$act };
}

acts! {
    SeePeople = "people.see", seen by SeePeople;
    AddPerson = "people.add", seen by SeePeople;
    SeePerson = "person.see", seen by SeePerson;
    EditPerson = "person.edit", seen by SeePerson;
    LinkPerson = "person.link", seen by SeePerson;
    GiveRole(Role) = "role.give", seen by SeePerson;
    EndRole(Role) = "role.end", seen by SeePerson;
    UseAccount = "account.use", seen by UseAccount;
    SecureAccount = "account.secure", seen by UseAccount;

    AskQuestion = "question.ask", seen by AskQuestion;

    SeeRoll = "roll.see", seen by SeeRoll;
    ImportRoll = "roll.import", seen by SeeImports;
    SeeImports = "roll.imports", seen by SeeImports;
    SeePupil = "pupil.see", seen by SeePupil;
    SeeAdults = "pupil.adults", seen by SeePupil;
    EditAdults = "pupil.adults-edit", seen by SeeAdults;
    SeeMarkers = "pupil.markers", seen by SeePupil;
    EditMarkers = "pupil.markers-edit", seen by SeeMarkers;
    SeeDesk = "desk.see", seen by SeeDesk;
    WriteRequest = "desk.write", seen by SeeDesk;
    SeeQueue = "desk.queue", seen by SeeDesk;
    NameDeputy = "desk.deputies", seen by SeeDesk;
    SeeRequest = "request.see", seen by SeeRequest;
    EditRequest = "request.edit", seen by SeeRequest;
    RemarkRequest = "request.remark", seen by SeeRequest;
    ApproveRequest = "request.approve", seen by SeeRequest;
    OverrideRequest = "request.override", seen by SeeRequest;
    TakeDownRequest = "request.take-down", seen by SeeRequest;

    LookAtPermissions = "permissions.look", seen by LookAtPermissions;
    SeePermissions = "permissions.see", seen by SeePermissions;
    KeepPermissions = "permissions.keep", seen by SeePermissions;
    NoteWish = "permissions.wish", seen by NoteWish;
    WithholdPerson = "permissions.withhold", seen by WithholdPerson;
    SeeWithheld = "permissions.withheld", seen by SeeWithheld;
    ReleasePerson = "permissions.release", seen by ReleasePerson;
    KeepPurposes = "purposes.keep", seen by SeePermissions;
    ExportPermissions = "permissions.export", seen by SeePermissions;
    AskHeadteacher = "head-permission.ask", seen by AskHeadteacher;
    AnswerForSchool = "head-permission.answer", seen by AskHeadteacher;
    ReadPolicy = "policy.read", seen by ReadPolicy;
    SeePolicyDrafts = "policy.see-drafts", seen by SeePolicyDrafts;
    PreparePolicy = "policy.prepare", seen by SeePolicyDrafts;
    ApprovePolicy = "policy.approve", seen by SeePolicyDrafts;
    SeeTokens = "token.see", seen by SeeTokens;
    KeepTokens = "token.keep", seen by SeeTokens;
    SeeHours = "hours.see", seen by SeeHours;
    KeepHours = "hours.keep", seen by SeeHours;
    SeePost = "post.see", seen by SeePost;
    KeepPost = "post.keep", seen by SeePost;
    SeeScans = "permissions.scans", seen by SeePermissions;
    SeeOfficialAccounts = "official-accounts.see", seen by SeeOfficialAccounts;
    KeepOfficialAccounts = "official-accounts.keep", seen by SeeOfficialAccounts;
    AuditAccounts = "official-accounts.audit", seen by SeeOfficialAccounts;
    KeepPhrases = "phrases.keep", seen by KeepPhrases;
    DeclareLink = "links.declare", seen by DeclareLink;
    SeeLinks = "links.see", seen by DeclareLink;
}

impl Act {
    pub(super) fn role(self) -> Option<Role> {
        match self {
            Act::GiveRole(role) | Act::EndRole(role) => Some(role),
            _ => None,
        }
    }
}

/// The kinds of record, named as in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Premises,
    Person,
    Pupil,
    Request,
    PolicyDraft,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Premises => "Premises",
            Kind::Person => "Person",
            Kind::Pupil => "Pupil",
            Kind::Request => "Request",
            Kind::PolicyDraft => "PolicyDraft",
        }
    }
}
