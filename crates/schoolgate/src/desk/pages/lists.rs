//! One's own posts, what waits for approval, and the calendar.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::super::copies::by_hand;
use super::super::copies::copy::Copy;
use super::super::{self as desk, Line, tasks};
use super::{beginning, sample_frame};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{date_in_words, from_millis, in_london, moment_in_words, today};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::registers::holders::hand_over::{Due, Hold};
use crate::registers::holders::{self, HandOver};
use crate::registers::phrases;
use crate::web::layout::Frame;
use crate::web::{Sample, page};

const LIST: &str = "Posts";
const QUEUE: &str = "Posts that wait";
const CALENDAR: &str = "Calendar of posts";

#[derive(Template)]
#[template(path = "desk/pages/list.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    may_write: bool,
    may_queue: bool,
    may_name: bool,
    may_keep_phrases: bool,
}

#[derive(Template)]
#[template(path = "desk/pages/queue.html")]
struct QueuePage {
    frame: Frame,
    rows: Vec<Row>,
    to_post: Vec<ToPost>,
    hand_overs: Vec<HandOver>,
    tasks: Vec<TaskRow>,
}

#[derive(Template)]
#[template(path = "desk/pages/calendar.html")]
struct CalendarPage {
    frame: Frame,
    month: String,
    before: String,
    after: String,
    days: Vec<Day>,
}

struct Row {
    id: Uuid,
    words: String,
    by: String,
    state: &'static str,
    since: String,
}

struct TaskRow {
    id: Uuid,
    version: i64,
    request: Uuid,
    what: &'static str,
    due: String,
    is_raised: bool,
}

struct ToPost {
    request: Uuid,
    copy: Uuid,
    called: String,
    since: String,
}

fn to_post(copy: Copy) -> ToPost {
    ToPost { request: copy.request, copy: copy.id, called: copy.called, since: moment_in_words(copy.made_at) }
}

struct Day {
    day: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: Uuid,
    what: &'static str,
    words: String,
}

fn row(line: &Line, by: String) -> Row {
    Row {
        id: line.id,
        words: beginning(&line.words),
        by,
        state: line.state.label(),
        since: moment_in_words(from_millis(line.state_at)),
    }
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    let lines = desk::own(&app, &caller).await?;
    let rows = lines.iter().map(|line| row(line, String::new())).collect();
    let [may_write, may_queue, may_name] = desk::offers(&app, &caller);
    let may_keep_phrases = phrases::is_keeper(&app, &caller);
    let frame = frame(&app, &caller, LIST).back_to("/");
    page(&ListPage { frame, rows, may_write, may_queue, may_name, may_keep_phrases })
}

pub async fn queue(State(app): State<App>, caller: Caller) -> Result<Response> {
    let rows = desk::waiting(&app, &caller).await?.iter().map(|(line, by)| row(line, by.clone())).collect();
    let tasks = tasks::open(&app, &caller).await?.into_iter().map(|task| TaskRow {
        id: task.id,
        version: task.version,
        request: task.request,
        what: task.kind.label(),
        due: moment_in_words(from_millis(task.due_at)),
        is_raised: task.raised_at.is_some(),
    });
    let tasks = tasks.collect();
    let to_post = by_hand::waiting(&app, &caller).await?.into_iter().map(to_post).collect();
    let hand_overs = match holders::to_hand_over(&app, &caller).await {
        // Whoever may approve posts need not see the accounts.
        Err(Error::NotFound) => Vec::new(),
        known => known?,
    };
    page(&QueuePage { frame: frame(&app, &caller, QUEUE).back_to("/requests"), rows, to_post, hand_overs, tasks })
}

#[derive(Deserialize)]
pub struct Month {
    month: Option<String>,
}

pub async fn calendar(State(app): State<App>, caller: Caller, Query(query): Query<Month>) -> Result<Response> {
    let asked = query.month.and_then(|month| format!("{month}-01").parse::<Date>().ok());
    let first = asked.unwrap_or_else(|| today(app.clock.as_ref())).first_of_month();
    let step = |months: i64| first.checked_add(months.months()).unwrap_or(first);
    let (before, after) = (step(-1), step(1));
    let lines = desk::month(&app, &caller, first, after).await?;
    let written = |date: Date| date.strftime("%Y-%m").to_string();
    page(&CalendarPage {
        frame: frame(&app, &caller, CALENDAR).back_to("/requests"),
        month: first.strftime("%B %Y").to_string(),
        before: written(before),
        after: written(after),
        days: days(&lines, first, after),
    })
}

/// Each day of the month that has something, with what it has.
fn days(lines: &[Line], first: Date, after: Date) -> Vec<Day> {
    let mut dated: Vec<(Date, &'static str, &Line)> = Vec::new();
    let day_of = |millis: i64| in_london(from_millis(millis)).date();
    for line in lines {
        let released = (line.state.code() == "released").then_some(line.state_at);
        let moments = [(line.event_at, "Event"), (line.release_at, "To be published"), (released, "Published")];
        dated.extend(moments.into_iter().filter_map(|(at, what)| Some((day_of(at?), what, line))));
        let remove_on = line.remove_on.as_ref().and_then(|day| day.parse().ok());
        dated.extend(remove_on.map(|day| (day, "To be taken down", line)));
    }
    dated.retain(|(day, ..)| (first..after).contains(day));
    dated.sort_by_key(|(day, what, line)| (*day, *what, line.id));
    let mut days: Vec<Day> = Vec::new();
    for (day, what, line) in dated {
        let day = date_in_words(day);
        let entry = Entry { id: line.id, what, words: beginning(&line.words) };
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.entries.push(entry),
            None => days.push(Day { day, entries: vec![entry] }),
        }
    }
    days
}

pub(super) fn samples() -> Vec<Sample> {
    let row = || Row {
        id: Uuid::nil(),
        words: "Our towers of wooden blocks stand at last.".into(),
        by: "Ada Bell".into(),
        state: "Waiting for approval",
        since: "21 November 2026 at midday".into(),
    };
    let task = TaskRow {
        id: Uuid::nil(),
        version: 1,
        request: Uuid::nil(),
        what: tasks::Kind::Review.label(),
        due: "22 November 2026 at 5pm".into(),
        is_raised: true,
    };
    let posting = ToPost {
        request: Uuid::nil(),
        copy: Uuid::nil(),
        called: "Photo network".into(),
        since: "21 November 2026 at midday".into(),
    };
    let entry = Entry { id: Uuid::nil(), what: "Event", words: "Sing with us.".into() };
    let list = ListPage {
        frame: sample_frame(LIST),
        rows: vec![row()],
        may_write: true,
        may_queue: true,
        may_name: true,
        may_keep_phrases: true,
    };
    let none = ListPage {
        frame: sample_frame(LIST),
        rows: vec![],
        may_write: true,
        may_queue: false,
        may_name: false,
        may_keep_phrases: false,
    };
    let calendar = CalendarPage {
        frame: sample_frame(CALENDAR).back_to("/requests"),
        month: "November 2026".into(),
        before: "2026-10".into(),
        after: "2026-12".into(),
        days: vec![Day { day: "21 November 2026".into(), entries: vec![entry] }],
    };
    let queue = QueuePage {
        frame: sample_frame(QUEUE).back_to("/requests"),
        rows: vec![row()],
        to_post: vec![posting],
        hand_overs: vec![
            HandOver::sample(Due::AtOnce, Hold::SignsIn),
            HandOver::sample(Due::By(jiff::civil::date(2026, 12, 18)), Hold::Answers),
        ],
        tasks: vec![task],
    };
    vec![
        Sample::of("desk/pages/list.html", &list),
        Sample::of("desk/pages/list.html nothing", &none),
        Sample::of("desk/pages/queue.html", &queue),
        Sample::of("desk/pages/calendar.html", &calendar),
    ]
}
