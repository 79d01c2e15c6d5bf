pub mod passkey;
pub mod password;
pub mod session;
pub mod throttle;
pub mod token;
pub mod totp;
