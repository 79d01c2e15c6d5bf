//! Signing in and staying signed in: accounts, passwords, codes, passkeys, sessions, set-up links.
//!
//! For: everybody with an account, and the pages that must know who is asking ([`admit`], or [`Caller`] as an argument of
//! a handler).
//!
//! Promises: an address that has no account is answered as one that has, in words, status and time; tries are counted
//! before they are heard, also across a restart; one code is accepted once; the session's token is new after every step;
//! a leaver's session ends; every change is in the ledger, without an address or a name.
//!
//! Does not: know what a role may do, or let anybody in without a second factor once they have one.

pub mod account;
mod door;
mod factors;
mod links;
pub mod pages;
pub mod passkey;
pub mod password;
mod queries;
mod secrets;
pub mod session;
mod sign_in;
pub mod throttle;
pub mod token;
pub mod totp;

pub use account::Address;
pub use door::{admit, end_session, sessions_after_leaving, sign_out, sign_out_everywhere, sweep};
pub use factors::{
    AppOffer, Changed, Earned, Overview, PasskeyOffer, add_passkey, begin_passkey, change_password, confirm_app,
    name_passkey, offer_app, offered_app, overview, ready_to_secure, remove_app, remove_passkey, renew_recovery_codes,
};
pub use links::{
    Invited, Taken, Used, address_of, link, mail_link, make_account, make_link, open_link, send_link, set_password,
    use_link,
};
pub use session::Carried;
pub use sign_in::{
    Attempt, Behind, Outcome, Sought, begin_passkey_sign_in, finish_passkey_sign_in, give_code, halfway,
    prove_with_code, prove_with_passkey, sign_in,
};

use crate::app::App;

/// The moment as the database keeps it.
fn now_millis(app: &App) -> i64 {
    app.clock.now().as_millisecond()
}

#[cfg(test)]
mod passkey_tests;
#[cfg(test)]
mod tests;
