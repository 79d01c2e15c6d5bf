//! Everything that can be done later, one line each. What it does is in `jobs.rs`.

use uuid::Uuid;

pub(super) const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
const HOUR_MILLIS: i64 = 60 * 60 * 1000;

/// Writes the list once: the name here, the name in the database, what it is about, and how long after it was done (or given
/// up) it comes again.
macro_rules! jobs {
    ($($(#[$doc:meta])* $job:ident $(($of:ident))? = $written:literal $(, again after $pause:expr)?;)*) => {
        /// Everything that can be done later.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Job {
            $($(#[$doc])* $job $(($of))?,)*
        }

        impl Job {
            /// How it is written in the database; never change one, old rows keep it.
            pub(super) fn written(self) -> (&'static str, Uuid) {
                match self {
                    $(jobs!(@with subject $job $($of)?) => ($written, jobs!(@subject subject $($of)?)),)*
                }
            }

            /// `None`: written by a version that knows more kinds than this one.
            pub(super) fn read(kind: &str, subject: Uuid) -> Option<Self> {
                // As long as no job is about anything, nobody looks at it.
                let _ = subject;
                match kind {
                    $($written => Some(jobs!(@with subject $job $($of)?)),)*
                    _ => None,
                }
            }

            /// How long after it was done (or given up) it comes again; `None`: never.
            pub(super) fn comes_again_after_millis(self) -> Option<i64> {
                match self {
                    $(jobs!(@any $job $($of)?) => jobs!(@pause $($pause)?),)*
                }
            }

            /// One of each, for the test that everything written is read back.
            #[cfg(test)]
            pub(super) fn all(subject: Uuid) -> Vec<Job> {
                let _ = subject;
                vec![$(jobs!(@with subject $job $($of)?),)*]
            }
        }
    };
    (@with $subject:ident $job:ident $of:ident) => { Job::$job($subject) };
    (@with $subject:ident $job:ident) => { Job::$job };
    (@any $job:ident $of:ident) => { Job::$job(_) };
    (@any $job:ident) => { Job::$job };
    (@subject $subject:ident $of:ident) => { $subject };
    (@subject $subject:ident) => { Uuid::nil() };
    (@pause $pause:expr) => { Some($pause) };
    (@pause) => { None };
}

jobs! {
    /// Sign the head of every school's ledger. One job for the whole installation.
    SignHeads = "sign-heads", again after DAY_MILLIS;
    /// Forget sessions, links and ceremonies that are over. One job for the whole installation.
    SweepSessions = "sweep-sessions", again after DAY_MILLIS;

    /// Remove a file of the roll that nobody imported within the hour.
    ForgetRollFile(Uuid) = "forget-roll-file";

    /// Take down what is public of a person who may not be shown or named any more.
    TakeDownFor(Uuid) = "take-down-for";
    /// Try the credentials of every official account. One job for the whole installation.
    CheckAccounts = "check-accounts", again after DAY_MILLIS;
    /// Look through what the school's accounts show.
    SweepAccounts = "sweep-accounts";
    /// Remove a post that the audit of the accounts found, and look until it is seen gone.
    RemoveAudited(Uuid) = "remove-audited";

    /// Publish a request that was approved, or go on with it.
    Release(Uuid) = "release";
    /// Remove what is to come down of a request, and look until it is seen gone.
    TakeDown(Uuid) = "take-down";
    /// The day has come on which a request was to be taken down.
    RemovePlanned(Uuid) = "remove-planned";
    /// Raise what is overdue at the desk, and ask again about what waits for its time.
    LookOverDesk = "look-over-desk", again after HOUR_MILLIS;

    /// Write and send a letter by electronic mail.
    SendMail(Uuid) = "send-mail";
    /// Remind those who have not answered, and tell offices what is outstanding. One job for the whole installation.
    LookOverPost = "look-over-post", again after DAY_MILLIS;
}

impl Job {
    /// What comes round for the whole installation, in the queue from the first start.
    pub const ROUTINE: &[Job] =
        &[Job::SignHeads, Job::SweepSessions, Job::CheckAccounts, Job::LookOverDesk, Job::LookOverPost];
}
