//! A passkey in software: what a phone would answer, and what a thief would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const ORIGIN: &str = "http://localhost:8080";
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// One device with one passkey. A test changes what it says.
pub(in crate::people) struct Device {
    key: SigningKey,
    pub(in crate::people) id: [u8; 16],
    pub(in crate::people) counter: u32,
    pub(in crate::people) user: Vec<u8>,
    pub(in crate::people) origin: &'static str,
    /// Whether the device checked finger, face or PIN.
    pub(in crate::people) verifies: bool,
}

impl Device {
    pub(in crate::people) fn new(number: u8) -> Device {
        let key = SigningKey::from_slice(&[number; 32]).expect("a small number is a key");
        Device { key, id: [number; 16], counter: 1, user: Vec::new(), origin: ORIGIN, verifies: true }
    }

    /// Makes the passkey that a challenge asks for.
    pub(in crate::people) fn make(&mut self, challenge: &str) -> String {
        let options: Value = serde_json::from_str(challenge).expect("a challenge");
        let options = &options["publicKey"];
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().expect("an id")).expect("base64url");
        let mut data = self.data(HAS_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public());
        let length = u8::try_from(data.len()).expect("short");
        // CBOR by hand: {"fmt": "none", "attStmt": {}, "authData": data}.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(length);
        object.extend(data);
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client("webauthn.create", options)),
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
        });
        self.answer(&response)
    }

    /// Answers a sign-in challenge.
    pub(in crate::people) fn sign(&mut self, challenge: &str) -> String {
        self.counter += 1;
        let options: Value = serde_json::from_str(challenge).expect("a challenge");
        let client = self.client("webauthn.get", &options["publicKey"]);
        let data = self.data(0);
        let signature: DerSignature = self.key.sign(&[&data[..], &Sha256::digest(&client)[..]].concat());
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_bytes()),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.user),
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest("localhost").to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as COSE: ES256 on P-256.
    fn public(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_bytes();
        assert_eq!(point.len(), 65, "uncompressed");
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(&point[1..33]);
        key.extend(b"\x22\x58\x20");
        key.extend(&point[33..]);
        key
    }
}
