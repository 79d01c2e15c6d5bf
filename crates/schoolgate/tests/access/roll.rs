//! The office imports the roll on the pages, from the file to the class list.
//!
//! For: whoever changes the import. Promises: the way through is the one that a browser without script takes; what is refused says why and
//! keeps nothing; a formula in a name does not become one in a download. Does not: look at every reader of files; their own tests do.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use schoolgate::roster::import::limits::UPLOAD_BYTES_MAX;
use schoolgate::routes;
use tower::ServiceExt;

use crate::school::{self, Oakfield};

struct Browser {
    router: Router,
    cookie: String,
}

struct Answer {
    status: StatusCode,
    place: String,
    text: String,
}

impl Browser {
    async fn of(oakfield: &Oakfield, role: &str) -> Browser {
        let visitor = oakfield.visitors.iter().find(|visitor| visitor.name == role).expect("a visitor of this role");
        let (cookie, _) = oakfield.ready(visitor).await;
        Browser { router: routes::all(oakfield.app.clone()), cookie: cookie.expect("signed in") }
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_LENGTH, body.len())
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, format!("session={}", self.cookie))
            .body(Body::from(body))
            .expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let place = answer.headers().get(header::LOCATION).map(|place| place.to_str().expect("text").to_owned());
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole answer");
        Answer { status, place: place.unwrap_or_default(), text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn see(&self, path: &str) -> Answer {
        self.send("GET", path, "text/plain", Vec::new()).await
    }

    async fn fill(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, "application/x-www-form-urlencoded", form.as_bytes().to_vec()).await
    }

    async fn upload(&self, name: &str, bytes: &[u8]) -> Answer {
        let head = format!(
            "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--line--\r\n"].concat();
        self.send("POST", "/roll/import", "multipart/form-data; boundary=line", body).await
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    rest.split('"').next().expect("it ends").to_owned()
}

const ROLL: &str =
    "id,forename,known_as,surname,class\np1,Rose,,Hill,Elm\np2,Zoë,,O'Brien,Elm\np3,=cmd|' /C calc'!A0,,Young,Elm\n";

#[tokio::test]
async fn a_file_becomes_a_class_list_and_only_its_sender_sees_it_before() {
    let oakfield = school::oakfield().await;
    let office = Browser::of(&oakfield, "office").await;
    assert_eq!(office.see("/roll/import").await.status, StatusCode::OK);

    let empty = office.upload("roll.csv", b"").await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.text.contains("Choose a file"));
    let wrong = office.upload("roll.csv", b"id,forename,surname\n,Rose,Hill\np2,,\n").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["there are 2 faults in it", "roll.csv:2:1: has neither `id` nor `upn`", "roll.csv:3:1: has neither"] {
        assert!(wrong.text.contains(said), "{said}: {}", wrong.text);
    }

    let kept = office.upload("..\\<b>roll.csv", ROLL.as_bytes()).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    let preview = office.see(&kept.place).await;
    assert!(preview.status == StatusCode::OK && preview.text.contains("3 new, 0 changed, 0 come back, 1 left, 0 as"));
    assert!(preview.text.contains("(line 3)"));
    for other in ["school-business-manager", "headteacher", "teacher", "parent"] {
        let other = Browser::of(&oakfield, other).await;
        assert_eq!(other.see(&kept.place).await.status, StatusCode::NOT_FOUND);
    }

    let stale = office.fill(&kept.place, "seen=0000").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let seen = hidden(&preview.text, "seen");
    let done = office.fill(&kept.place, &format!("seen={seen}")).await;
    assert_eq!((done.status, done.place.as_str()), (StatusCode::SEE_OTHER, "/roll/imports"));
    assert_eq!(office.fill(&kept.place, &format!("seen={seen}")).await.status, StatusCode::NOT_FOUND);
    assert!(office.see("/roll/imports").await.text.contains("office"));

    let teacher = Browser::of(&oakfield, "teacher").await;
    let found = teacher.see("/roll?part=zoe%20bri").await;
    assert!(found.text.contains("Zoë O&#39;Brien"), "{}", found.text);
    let (_, class) = found.text.split_once("/roll/classes/").expect("a class");
    let class = class.split('"').next().expect("its number");
    let table = teacher.see(&format!("/roll/classes/{class}/table")).await;
    assert!(table.text.contains("\r\nYoung,'=cmd|' /C calc'!A0,,\r\n"), "{}", table.text);
    assert!(table.text.starts_with("\u{feff}surname,forename,known_as,year_group\r\n"));
}

#[tokio::test]
async fn a_file_that_is_too_long_is_refused_with_the_limit() {
    let oakfield = school::oakfield().await;
    let office = Browser::of(&oakfield, "office").await;
    let long = office.upload("roll.csv", &vec![b'a'; UPLOAD_BYTES_MAX + 128 * 1024]).await;
    assert!(long.status.is_client_error(), "{}", long.status);
    let kept = office.upload("roll.csv", ROLL.as_bytes()).await;
    let thrown = office.fill(&format!("{}/removal", kept.place), "").await;
    assert_eq!((thrown.status, thrown.place.as_str()), (StatusCode::SEE_OTHER, "/roll"));
    assert_eq!(office.see(&kept.place).await.status, StatusCode::NOT_FOUND);
}
