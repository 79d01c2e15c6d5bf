//! The quiet list for the office: how much is outstanding, at most once a week, without a name.

use jiff::ToSpan as _;
use store::{Deed, Query, SchoolId};
use uuid::Uuid;

use super::{lists, queries};
use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::people;
use crate::people::post::{self, Ask, Came, Kind, Mail};
use crate::permissions::parents;

const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// What is outstanding, a line each; nothing where nothing is.
async fn lines(app: &App, q: &mut impl Query) -> Result<Vec<String>> {
    let today = clock::today(app.clock.as_ref());
    let soon = today.checked_add(lists::WARN_DAYS.days()).unwrap_or(today).to_string();
    let counts = [
        (queries::tasks(q).await?.len(), "to be settled with a family"),
        (queries::running_out(q, &soon).await?.len(), "with a yes that runs out within six weeks"),
        (parents::outstanding(app, q).await?.len(), "asked and without an answer"),
        (post::failed(q).await?.len(), "whose letter could not be delivered"),
    ];
    let said = counts.into_iter().filter(|(count, _)| *count > 0);
    Ok(said.map(|(count, what)| format!("- {count} {what}")).collect())
}

/// Wants a list for the office if the last is a week old and something is outstanding.
pub async fn ask_due(app: &App, school: SchoolId) -> Result<bool> {
    let now = app.clock.now().as_millisecond();
    let mut read = app.db.read(school).await?;
    let is_wanted = post::settings(&mut read).await?.office.is_some();
    let lately = post::since(&mut read, now - WEEK_MS + 1).await?;
    if !is_wanted || lately.iter().any(|mail| mail.kind == Kind::Digest) || lines(app, &mut read).await?.is_empty() {
        return Ok(false);
    }
    drop(read);
    let mut tx = app.db.write(school).await?;
    let ask = Ask { kind: Kind::Digest, recipient: Uuid::nil(), about: Uuid::nil(), asked_by: None };
    let id = post::ask(app, &mut tx, ask).await?;
    tx.commit(Deed::by_program().did("permissions.digest-asked").to(id)).await?;
    Ok(true)
}

/// Writes and sends it, when its turn has come.
pub async fn send(app: &App, school: SchoolId, mail: &Mail) -> Result<Came> {
    let mut read = app.db.read(school).await?;
    let Some(office) = post::settings(&mut read).await?.office else {
        return Ok(Came::Dropped("the school wants no list any more"));
    };
    let lines = lines(app, &mut read).await?;
    drop(read);
    if lines.is_empty() {
        return Ok(Came::Dropped("nothing is outstanding any more"));
    }
    let name = people::school(app, school).await?.name;
    let text = format!(
        "Permissions at {name}: what is outstanding this week.\n\n{}\n\nWho it is, stands here after signing \
         in:\n\n{}permissions/outstanding\n",
        lines.join("\n"),
        app.config.server.public_url
    );
    post::deliver(app, school, mail, (&office, "Permissions: what is outstanding", &text)).await
}
