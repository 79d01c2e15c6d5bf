//! Holds a request against the description in `api.json`.

use channels::fake::Request;
use serde_json::Value;

pub(crate) struct Described(Value);

impl Described {
    pub(crate) fn read() -> Described {
        Described(serde_json::from_str(include_str!("api.json")).expect("the description is JSON"))
    }

    /// What is wrong with a request; empty: it is as described.
    pub(crate) fn wrong(&self, request: &Request) -> Vec<String> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let calls = self.0["calls"].as_array().expect("a list of calls");
        let fits = |call: &&Value| call["method"] == request.method.as_str() && is_path(call["path"].as_str(), path);
        let Some(call) = calls.iter().find(fits) else {
            return vec![format!("{} {path}: no such call", request.method)];
        };
        let mut wrong = Vec::new();
        let is_bearer = request.header("authorization").is_some_and(|given| given.starts_with("Bearer "));
        if call["auth"] == true && !is_bearer {
            wrong.push(format!("{path}: no token"));
        }
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            check(&call["query"], &name, &Value::String(value.into_owned()), &mut wrong);
        }
        if request.header("idempotency-key").is_some() && call.get("headers").is_none() {
            wrong.push(format!("{path}: an idempotency key means nothing here"));
        }
        let given = body(request, call, &mut wrong);
        for name in call["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !given.contains(&name.to_owned()) {
                wrong.push(format!("{path}: `{name}` is missing"));
            }
        }
        wrong
    }
}

/// The names of the fields of the body.
fn body(request: &Request, call: &Value, wrong: &mut Vec<String>) -> Vec<String> {
    let kind = request.header("content-type").unwrap_or_default();
    if call.get("json").is_some() {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if !kind.starts_with("application/json") || !sent.is_object() {
            wrong.push(format!("{}: no JSON object", request.path));
        }
        for (name, value) in sent.as_object().into_iter().flatten() {
            check(&call["json"], name, value, wrong);
        }
        return sent.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    }
    if call.get("multipart").is_some() {
        let fields = multipart(request);
        for (name, is_file, _) in &fields {
            let expect = if *is_file { "file" } else { "text" };
            if call["multipart"][name.as_str()] != expect {
                wrong.push(format!("{}: `{name}` is not described as {expect}", request.path));
            }
        }
        return fields.into_iter().map(|(name, ..)| name).collect();
    }
    if !request.body.is_empty() {
        wrong.push(format!("{}: a body that nobody asked for", request.path));
    }
    Vec::new()
}

/// Name, whether it is a file, and content of each part.
pub(crate) fn multipart(request: &Request) -> Vec<(String, bool, Vec<u8>)> {
    let kind = request.header("content-type").unwrap_or_default();
    let Some((_, boundary)) = kind.split_once("boundary=") else { return Vec::new() };
    let mark = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let mut rest = request.body.as_slice();
    while let Some(at) = find(rest, &mark) {
        rest = &rest[at + mark.len()..];
        let end = find(rest, &mark).unwrap_or(rest.len());
        let Some(head_end) = find(&rest[..end], b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let named = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
        let content = rest[head_end + 4..end].strip_suffix(b"\r\n").unwrap_or_default();
        parts.extend(named.map(|name| (name.to_owned(), head.contains("filename="), content.to_vec())));
    }
    parts
}

fn find(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|window| window == sought)
}

fn is_path(pattern: Option<&str>, path: &str) -> bool {
    let Some(pattern) = pattern else { return false };
    let (parts, given): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    parts.len() == given.len()
        && parts.iter().zip(&given).all(|(part, given)| if *part == "{id}" { is_id(given) } else { part == given })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check(fields: &Value, name: &str, value: &Value, wrong: &mut Vec<String>) {
    let text = value.as_str();
    let good = match fields[name].as_str() {
        Some("text") => text.is_some(),
        Some("id") => text.is_some_and(is_id),
        Some("ids") => value.as_array().is_some_and(|ids| ids.iter().all(|id| id.as_str().is_some_and(is_id))),
        Some("bool") => value.is_boolean() || matches!(text, Some("true" | "false")),
        Some("language") => text.is_some_and(|code| code.len() == 2),
        Some("object") => value.is_object(),
        Some("1..40") => text.and_then(|text| text.parse::<u8>().ok()).is_some_and(|limit| (1..=40).contains(&limit)),
        Some(words) => text.is_some_and(|text| words.split('|').any(|word| word == text)),
        None => false,
    };
    if !good {
        wrong.push(format!("`{name}` is not described, or not as {value}"));
    }
}
