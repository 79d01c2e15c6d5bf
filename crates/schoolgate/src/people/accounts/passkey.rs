//! Passkeys (WebAuthn): making one, and signing in with one.
//!
//! Promises: the key stays on the person's device and the device checks the person (finger, face or PIN), so a passkey
//! is both factors at once; sign-in asks for no address first, so there is nothing to learn from it about who has an
//! account; a ceremony is used once and lasts five minutes; its state stays with us.
//!
//! Does not do: attestation. A school does not choose the make of its teachers' phones.

use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

/// A ceremony is answered within five minutes, as the specification recommends, or begun again.
pub const CEREMONY_MS: i64 = 5 * 60_000;
/// More than anybody's devices.
pub const PASSKEYS_MAX: usize = 10;
/// A browser's answer is under 4 KB; this leaves room and stops floods.
pub const ANSWER_BYTES_MAX: usize = 16 * 1_024;
/// The name a person gives a passkey.
pub const NAME_MAX: usize = 60;

/// Our side of the ceremonies for one address of this installation.
pub struct Passkeys {
    webauthn: Webauthn,
}

/// What goes to the browser, and what stays with us until it answers.
pub struct Begun<State> {
    /// JSON for `navigator.credentials`.
    pub challenge: String,
    pub state: State,
}

#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The answer is not one, is for another ceremony, or its signature is wrong.
    #[error("the passkey was not accepted: {0}")]
    NotAccepted(#[from] WebauthnError),
    #[error("the browser's answer could not be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Passkeys {
    /// None where passkeys cannot work: browsers bind them to a name, so an address given as numbers has none.
    pub fn at(address: &Url) -> Option<Passkeys> {
        let name = address.domain()?;
        let webauthn = WebauthnBuilder::new(name, address).ok()?.rp_name("Schoolgate").build().ok()?;
        Some(Passkeys { webauthn })
    }

    /// Begins making a passkey for an account. `have` are the account's passkeys: a device is not asked twice.
    pub fn begin_making(
        &self,
        account: Uuid,
        address: &str,
        name: &str,
        have: &[Passkey],
    ) -> Result<Begun<PasskeyRegistration>, Failed> {
        let known = have.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let (challenge, state) = self.webauthn.start_passkey_registration(account, address, name, Some(known))?;
        Ok(Begun { challenge: findable(&challenge)?, state })
    }

    pub fn finish_making(&self, answer: &str, state: &PasskeyRegistration) -> Result<Passkey, Failed> {
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer)?;
        Ok(self.webauthn.finish_passkey_registration(&answer, state)?)
    }

    pub fn begin_sign_in(&self) -> Result<Begun<DiscoverableAuthentication>, Failed> {
        let (mut challenge, state) = self.webauthn.start_discoverable_authentication()?;
        // The library assumes that the browser offers passkeys while an address is typed; ours are asked for by a button.
        challenge.mediation = None;
        Ok(Begun { challenge: serde_json::to_string(&challenge)?, state })
    }

    /// Which account and which passkey the answer claims to come from. Nothing is checked yet.
    pub fn claimed(&self, answer: &str) -> Result<Claim, Failed> {
        let answer: PublicKeyCredential = serde_json::from_str(answer)?;
        let (account, passkey) = self.webauthn.identify_discoverable_authentication(&answer)?;
        let passkey = passkey.to_vec();
        Ok(Claim { account, passkey, answer })
    }

    /// Checks the claim against the passkey we hold, and gives the passkey as it is to be kept from now on. A use counter
    /// that went back, the sign of a copied key, is refused.
    pub fn finish_sign_in(
        &self,
        claim: &Claim,
        state: DiscoverableAuthentication,
        mut passkey: Passkey,
    ) -> Result<Passkey, Failed> {
        let result = self.webauthn.finish_discoverable_authentication_v2(&claim.answer, state, &passkey)?;
        if !result.user_verified() || passkey.update_credential(&result).is_none() {
            return Err(Failed::NotAccepted(WebauthnError::UserNotVerified));
        }
        Ok(passkey)
    }
}

/// An answer to a sign-in ceremony, not yet checked.
pub struct Claim {
    pub account: Uuid,
    pub passkey: Vec<u8>,
    answer: PublicKeyCredential,
}

/// Asks the device to keep the passkey where it can be found without an address. The library leaves that to chance.
fn findable(challenge: &CreationChallengeResponse) -> Result<String, serde_json::Error> {
    let mut challenge = serde_json::to_value(challenge)?;
    challenge["publicKey"]["authenticatorSelection"]["residentKey"] = "required".into();
    challenge["publicKey"]["authenticatorSelection"]["requireResidentKey"] = true.into();
    serde_json::to_string(&challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Option<Passkeys> {
        Passkeys::at(&Url::parse(address).unwrap())
    }

    #[test]
    fn passkeys_need_a_name_and_not_a_number() {
        assert!(at("https://gate.oakfield.test").is_some());
        assert!(at("http://localhost:8080").is_some());
        assert!(at("http://127.0.0.1:8080").is_none());
        assert!(at("http://[::1]:8080").is_none());
    }

    #[test]
    fn a_new_passkey_must_be_findable_and_must_check_the_person() {
        let passkeys = at("http://localhost:8080").unwrap();
        let begun = passkeys.begin_making(Uuid::now_v7(), "ada@oakfield.test", "Ada Bell", &[]).unwrap();
        let challenge: serde_json::Value = serde_json::from_str(&begun.challenge).unwrap();
        let wanted = &challenge["publicKey"]["authenticatorSelection"];
        assert_eq!(wanted["residentKey"], "required");
        assert_eq!(wanted["userVerification"], "required");
        let kept = serde_json::to_string(&begun.state).unwrap();
        assert!(serde_json::from_str::<PasskeyRegistration>(&kept).is_ok());
    }

    #[test]
    fn a_sign_in_names_no_account_and_waits_for_a_button() {
        let begun = at("http://localhost:8080").unwrap().begin_sign_in().unwrap();
        let challenge: serde_json::Value = serde_json::from_str(&begun.challenge).unwrap();
        assert_eq!(challenge["publicKey"]["allowCredentials"], serde_json::json!([]));
        assert!(challenge.get("mediation").is_none());
    }

    #[test]
    fn what_is_not_an_answer_is_refused_and_nothing_panics() {
        let passkeys = at("http://localhost:8080").unwrap();
        let begun = passkeys.begin_making(Uuid::now_v7(), "ada@oakfield.test", "Ada Bell", &[]).unwrap();
        for wrong in ["", "{}", "[]", "null", "{\"id\":1}", "\u{0}", &"[".repeat(5_000)] {
            assert!(passkeys.finish_making(wrong, &begun.state).is_err(), "{wrong:.20}");
            assert!(passkeys.claimed(wrong).is_err(), "{wrong:.20}");
        }
    }
}
