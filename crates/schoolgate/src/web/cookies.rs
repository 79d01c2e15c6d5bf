//! Cookies: one, for the session, and nothing else.
//!
//! For: `people`, which decides what is in it.
//! Promises: behind TLS the name begins with `__Host-`, so that no neighbouring site can set it; script never reads it; it
//! does not travel with requests that other sites start, except plain links.
//! Does not: sign or encrypt. The value must be a random name for a row in the database.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Server;

/// The session cookie's value, if the browser sent exactly one.
pub fn session<'h>(server: &Server, headers: &'h HeaderMap) -> Option<&'h str> {
    let name = session_name(server);
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// `Set-Cookie` for a new session. Without an expiry: the browser drops it when it closes, the server by its own limits.
/// `None` when the token holds anything but letters, digits, `-` and `_`.
pub fn set_session(server: &Server, token: &str) -> Option<HeaderValue> {
    let is_plain = !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_plain {
        return None;
    }
    HeaderValue::from_str(&format!("{}={token}; {}", session_name(server), attributes(server))).ok()
}

/// `Set-Cookie` that removes the session.
pub fn clear_session(server: &Server) -> HeaderValue {
    let removed = format!("{}=; Max-Age=0; {}", session_name(server), attributes(server));
    HeaderValue::from_str(&removed).unwrap_or(HeaderValue::from_static(""))
}

fn session_name(server: &Server) -> &'static str {
    if server.is_secure() { "__Host-session" } else { "session" }
}

fn attributes(server: &Server) -> &'static str {
    if server.is_secure() { "Path=/; HttpOnly; SameSite=Lax; Secure" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Front;

    fn server(public_url: &str) -> Server {
        Server {
            address: ([127, 0, 0, 1], 0).into(),
            public_url: public_url.parse().expect("a url"),
            front: Front::Plain,
        }
    }

    fn check(public_url: &str, cookie: &str, expect: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).expect("a header"));
        assert_eq!(session(&server(public_url), &headers), expect, "{cookie}");
    }

    #[test]
    fn the_name_is_bound_to_the_host_behind_tls() {
        let set = set_session(&server("https://gate.oakfield.test"), "aB3_-").expect("a header");
        assert_eq!(set, "__Host-session=aB3_-; Path=/; HttpOnly; SameSite=Lax; Secure");
        let set = set_session(&server("http://localhost:8080"), "aB3").expect("a header");
        assert_eq!(set, "session=aB3; Path=/; HttpOnly; SameSite=Lax");
        let gone = clear_session(&server("https://gate.oakfield.test"));
        assert_eq!(gone, "__Host-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn a_token_cannot_smuggle_attributes() {
        for bad in ["", "a;b", "a b", "a\r\nb", "é"] {
            assert_eq!(set_session(&server("http://localhost"), bad), None, "{bad:?}");
        }
    }

    #[test]
    fn two_sessions_at_once_are_none() {
        check("http://localhost", "session=a", Some("a"));
        check("http://localhost", "x=1; session=a; y=2", Some("a"));
        check("http://localhost", "session=a; session=b", None);
        check("http://localhost", "__Host-session=a", None);
        check("https://gate.test", "session=a", None);
        check("https://gate.test", "session=a; __Host-session=b", Some("b"));
    }
}
