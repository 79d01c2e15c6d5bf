//! A passkey that lives in Chromium: WebDriver's virtual authenticator.

use serde_json::{Value, json};

use crate::driver::Extension;
use crate::page::Browser;

pub(crate) struct Passkey {
    id: String,
}

impl Passkey {
    /// Plugs one in that is built into the machine and knows its owner without asking.
    pub(crate) async fn plug_in(browser: &Browser) -> Self {
        let about = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "isUserConsenting": true,
        });
        let id = browser
            .client
            .issue_cmd(Extension::post("webauthn/authenticator", about))
            .await
            .expect("a virtual authenticator");
        Self { id: id.as_str().expect("it has an id").to_owned() }
    }

    /// The credentials that sites have put on it.
    pub(crate) async fn credentials(&self, browser: &Browser) -> Vec<Value> {
        let path = format!("webauthn/authenticator/{}/credentials", self.id);
        let held = browser.client.issue_cmd(Extension::get(path)).await.expect("the authenticator's credentials");
        held.as_array().cloned().unwrap_or_default()
    }
}
