//! A network like Mastodon that lives as long as a test, and fails when it is told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use channels::fake::{Answer, Fake, Request};
use serde_json::{Value, json};

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was done, and the answer lost.
    Lost,
    /// Nothing was done; come again.
    Busy,
    /// Nothing was done, and the answer is nonsense.
    Garbage,
}

pub(crate) const FAULTS: &[Fault] = &[Fault::Lost, Fault::Busy, Fault::Garbage];

#[derive(Default)]
struct World {
    asked: usize,
    next: Option<(usize, Fault)>,
    made: usize,
    statuses: Vec<Status>,
    media: Vec<(String, String)>,
    most_at_once: usize,
}

struct Status {
    id: String,
    key: String,
    text: String,
    alts: Vec<String>,
}

pub(crate) struct Network {
    fake: Fake,
    world: Arc<Mutex<World>>,
}

fn held(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Network {
    pub(crate) async fn start() -> Network {
        let world: Arc<Mutex<World>> = Arc::default();
        let own = Arc::clone(&world);
        let fake = Fake::start(move |request| play(&mut held(&own), request)).await;
        Network { fake, world }
    }

    pub(crate) fn address(&self) -> String {
        self.fake.url().to_string()
    }

    /// Empties it for another replay.
    pub(crate) fn forget(&self) {
        *held(&self.world) = World::default();
    }

    pub(crate) fn fail_at(&self, number: usize, fault: Fault) {
        held(&self.world).next = Some((number, fault));
    }

    pub(crate) fn asked(&self) -> usize {
        held(&self.world).asked
    }

    /// The texts that everybody can see now.
    pub(crate) fn public(&self) -> Vec<String> {
        held(&self.world).statuses.iter().map(|status| status.text.clone()).collect()
    }

    /// The most that could be seen at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        held(&self.world).most_at_once
    }
}

fn play(world: &mut World, request: &Request) -> Answer {
    world.asked += 1;
    let fault = world.next.filter(|(number, _)| *number == world.asked).map(|(_, fault)| fault);
    match fault {
        Some(Fault::Busy) => Answer::json(503, "{}").with("retry-after", "1"),
        Some(Fault::Garbage) => Answer::Garbage,
        Some(Fault::Lost) => {
            answer(world, request);
            Answer::Lost
        }
        None => answer(world, request),
    }
}

fn answer(world: &mut World, request: &Request) -> Answer {
    let path = request.path.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "/api/v1/accounts/verify_credentials") => {
            Answer::json(200, json!({ "id": "1", "acct": "oakfield", "username": "oakfield" }).to_string())
        }
        ("GET", "/api/v1/accounts/1/statuses") => {
            let all: Vec<Value> = world.statuses.iter().rev().map(shown).collect();
            Answer::json(200, Value::from(all).to_string())
        }
        ("POST", "/api/v2/media") => {
            world.made += 1;
            let id = format!("m{}", world.made);
            world.media.push((id.clone(), description(&request.body)));
            Answer::json(200, json!({ "id": id, "type": "image", "url": "https://social.test/m" }).to_string())
        }
        ("POST", "/api/v1/statuses") => post(world, request),
        _ => one(world, request.method.as_str(), path),
    }
}

fn post(world: &mut World, request: &Request) -> Answer {
    let given: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let key = request.header("idempotency-key").unwrap_or_default().to_owned();
    if let Some(there) = world.statuses.iter().find(|status| status.key == key) {
        return Answer::json(200, shown(there).to_string());
    }
    world.made += 1;
    let text = given["status"].as_str().unwrap_or_default().to_owned();
    let ids: Vec<&str> = given["media_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let alt = |id: &&str| world.media.iter().find(|(known, _)| known == id).map(|(_, alt)| alt.clone());
    let alts = ids.iter().filter_map(alt).collect();
    let status = Status { id: world.made.to_string(), key, text, alts };
    let said = shown(&status).to_string();
    world.statuses.push(status);
    world.most_at_once = world.most_at_once.max(world.statuses.len());
    Answer::json(200, said)
}

fn one(world: &mut World, method: &str, path: &str) -> Answer {
    let Some(id) = path.strip_prefix("/api/v1/statuses/") else { return Answer::json(404, "{}") };
    let Some(at) = world.statuses.iter().position(|status| status.id == id) else { return Answer::json(404, "{}") };
    match method {
        "DELETE" => {
            let gone = world.statuses.remove(at);
            Answer::json(200, shown(&gone).to_string())
        }
        _ => Answer::json(200, shown(&world.statuses[at]).to_string()),
    }
}

fn shown(status: &Status) -> Value {
    let media: Vec<Value> = status
        .alts
        .iter()
        .map(|alt| json!({ "id": "m", "type": "image", "url": "https://social.test/m", "description": alt }))
        .collect();
    json!({
        "id": status.id,
        "uri": format!("https://social.test/statuses/{}", status.id),
        "url": format!("https://social.test/@oakfield/{}", status.id),
        "created_at": "2026-11-21T12:00:30.000Z",
        "content": format!("<p>{}</p>", status.text),
        "media_attachments": media,
    })
}

/// The field `description` of a form in parts.
fn description(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let after = text.split_once("name=\"description\"").map_or("", |(_, after)| after);
    let value = after.split_once("\r\n\r\n").map_or("", |(_, value)| value);
    value.split_once("\r\n--").map_or("", |(value, _)| value).to_owned()
}
