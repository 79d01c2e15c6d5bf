//! Every address that Schoolgate answers, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;

use crate::advisor::answers::pages as answers;
use crate::advisor::api;
use crate::advisor::beside::pages as beside;
use crate::advisor::pages as advisor;
use crate::advisor::tokens::pages as tokens;
use crate::app::App;
use crate::desk::genuine::pages as genuine;
use crate::desk::pages as desk;
use crate::desk::pictures::FORM_BYTES_MAX;
use crate::home;
use crate::people::accounts::pages as accounts;
use crate::people::hours::pages as hours;
use crate::people::pages as people;
use crate::people::post::pages as mail;
use crate::permissions::head::pages as head;
use crate::permissions::office::pages as register;
use crate::permissions::parents::pages as families;
use crate::permissions::scans::pages as scans;
use crate::policies::drafts::pages as drafts;
use crate::policies::pages as policies;
use crate::registers::accounts::pages as official;
use crate::registers::holders::pages as holders;
use crate::registers::links::pages as links;
use crate::registers::phrases::pages as phrases;
use crate::registers::sweep::pages as audit;
use crate::registers::website::pages as news;
use crate::roster::import::pages as imports;
use crate::roster::pages as roster;
use crate::web::{Sample, assets, faults, guard, health};

/// All pages, with the guard around them.
pub fn all(app: App) -> Router {
    let pages = Router::new()
        .merge(open())
        .merge(sign_in())
        .merge(own_account())
        .merge(the_people())
        .merge(the_roll())
        .merge(questions())
        .merge(the_policy())
        .merge(policy_drafts())
        .merge(for_programs())
        .merge(school_settings())
        .merge(the_news())
        .merge(official_accounts())
        .merge(declared_links())
        .merge(family_answers())
        .merge(the_register())
        .merge(the_desk())
        .merge(deciding());
    guard::around(pages.layer(from_fn_with_state(app.clone(), accounts::lead_to_proof)), app)
}

/// Whoever comes.
fn open() -> Router<App> {
    Router::new()
        .route("/", get(home::pages::start))
        .route("/accessibility", get(home::pages::accessibility))
        .route("/privacy", get(home::pages::privacy))
        .route("/accounts", get(genuine::schools))
        .route("/accounts/{school}", get(genuine::list))
        .route("/accounts/{school}/statement", get(genuine::signed))
        .route("/health", get(health::ready))
        .route("/health/live", get(health::live))
        // Pages are not compressed: beside a secret, what a visitor typed would show in the length.
        .route("/assets/{version}/{name}", get(assets::file).layer(CompressionLayer::new()))
}

/// What families answer; nobody signs in for it.
fn family_answers() -> Router<App> {
    Router::new()
        .route("/answer", get(families::letter).post(families::open_letter))
        .route("/answer/{link}", get(families::begin).post(families::check))
        .route("/answer/{link}/decisions", post(families::decide))
        .route("/receipts/{receipt}", get(families::receipt).post(families::open_receipt))
        .route("/receipts/{receipt}/withdrawal", post(families::withdraw))
}

/// For what people may be shown and named.
fn the_register() -> Router<App> {
    Router::new()
        .route("/permissions", get(register::begin))
        .route("/permissions/outstanding", get(register::outstanding))
        .route("/permissions/tasks/{task}/end", post(register::end_task))
        .route("/permissions/counts", get(register::counts))
        .route("/permissions/own", get(register::own).post(register::answer_own))
        .route("/permissions/purposes", get(register::purposes).post(register::add_purpose))
        .route("/permissions/purposes/new", get(register::new_purpose))
        .route("/permissions/purposes/{purpose}", get(register::purpose).post(register::change_purpose))
        .route("/permissions/classes/{class}", get(register::class))
        .route("/permissions/classes/{class}/sheet", get(register::sheet))
        .route("/permissions/classes/{class}/form", get(register::paper))
        .route("/permissions/classes/{class}/returns", get(register::returns))
        .route("/permissions/classes/{class}/returns/{pupil}", post(register::note_return))
        .route("/permissions/classes/{class}/returns/{pupil}/removal", post(register::take_return_back))
        .route("/permissions/adults", get(register::adults))
        .route("/permissions/adults/{adult}", get(register::adult))
        .route("/permissions/adults/{adult}/answers", get(register::adult_form).post(register::enter_adult))
        .route("/permissions/refusals", get(register::refusals))
        .route("/permissions/refusals/{refusal}", get(register::refusal).post(register::settle))
        .route("/permissions/classes/{class}/post", get(register::class_post).post(register::send_post))
        .route("/permissions/people/{pupil}", get(register::person))
        .route("/permissions/people/{pupil}/answers", get(register::answers_form).post(register::enter))
        .route(
            "/permissions/people/{pupil}/scans",
            get(scans::list).post(scans::add).layer(DefaultBodyLimit::max(scans::BODY_BYTES_MAX)),
        )
        .route("/permissions/people/{pupil}/scans/{scan}", get(scans::file))
        .route("/permissions/people/{pupil}/wish", post(register::note_wish))
        .route("/permissions/people/{pupil}/invitations", post(register::invite))
        .route("/permissions/people/{pupil}/withholding", get(register::withholding).post(register::withhold))
        .route("/permissions/people/{pupil}/export", get(register::export))
        .route("/permissions/people/{pupil}/export.pdf", get(register::export_paper))
        .route("/written-permissions", get(head::list).post(head::ask))
        .route("/written-permissions/{asked}", get(head::answer_form).post(head::answer))
}

/// Coming in and going out.
fn sign_in() -> Router<App> {
    Router::new()
        .route("/sign-in", get(accounts::sign_in).post(accounts::enter))
        .route("/sign-in/code", get(accounts::code).post(accounts::give_code))
        .route("/sign-in/passkey", post(accounts::enter_by_passkey))
        .route("/sign-in/passkey/challenge", post(accounts::begin_passkey_sign_in))
        .route("/set-up/{link}", get(accounts::set_up).post(accounts::use_link))
        .route("/session/end", post(accounts::sign_out))
        .route("/proof", get(accounts::proof).post(accounts::give_proof))
        .route("/proof/passkey", post(accounts::prove_with_passkey))
}

/// One's own account.
fn own_account() -> Router<App> {
    Router::new()
        .route("/account", get(accounts::account))
        .route("/account/password", get(accounts::password).post(accounts::change_password))
        .route("/account/sessions/end", post(accounts::end_all_sessions))
        .route("/account/sessions/{session}/end", post(accounts::end_session))
        .route("/account/app", get(accounts::app).post(accounts::confirm_app))
        .route("/account/app/offer", post(accounts::offer_app))
        .route("/account/app/removal", post(accounts::remove_app))
        .route("/account/passkeys", post(accounts::add_passkey))
        .route("/account/passkeys/challenge", post(accounts::begin_passkey))
        .route("/account/passkeys/{passkey}", get(accounts::passkey).post(accounts::name_passkey))
        .route("/account/passkeys/{passkey}/removal", post(accounts::remove_passkey))
        .route("/account/recovery-codes", get(accounts::recovery_codes).post(accounts::renew_recovery_codes))
}

/// May I ...?
fn questions() -> Router<App> {
    Router::new()
        .route("/questions", get(advisor::choose))
        .route("/questions/{act}", get(advisor::begin).post(advisor::proceed))
        .route("/answers", get(answers::list).post(answers::keep))
        .route("/answers/{answer}", get(answers::show))
        .route("/answers/{answer}/removal", post(answers::delete))
        .route("/policies", get(beside::table))
        .route("/policies/{case}/{pack}", get(beside::ruling))
}

/// The school's policy: reading it, and what it was before.
fn the_policy() -> Router<App> {
    Router::new()
        .route("/policy", get(policies::read))
        .route("/policy/versions", get(policies::versions))
        .route("/policy/versions/{hash}", get(policies::version))
        .route("/policy/comparison", get(policies::comparison))
        .route("/policy/check", get(policies::check_in_force))
        .route("/policy/writing", get(drafts::writing))
}

/// Drafts of the next policy, up to the decision.
fn policy_drafts() -> Router<App> {
    // Chapters are longer than forms, and each of their signs may travel as three.
    let long = || DefaultBodyLimit::max(drafts::CHAPTER_BODY_BYTES_MAX);
    Router::new()
        .route("/policy/drafts", get(drafts::list).post(drafts::begin))
        .route("/policy/drafts/{draft}", get(drafts::draft))
        .route("/policy/drafts/{draft}/reading", get(drafts::read))
        .route("/policy/drafts/{draft}/findings", get(policies::check_draft))
        .route("/policy/drafts/{draft}/settings", get(drafts::settings).post(drafts::save_settings))
        .route("/policy/drafts/{draft}/clauses", get(drafts::clauses).post(drafts::switch))
        .route(
            "/policy/drafts/{draft}/chapters/{chapter}",
            get(drafts::chapter).post(drafts::save_chapter).layer(long()),
        )
        .route("/policy/drafts/{draft}/chapters/{chapter}/check", post(drafts::check).layer(long()))
        .route("/policy/drafts/{draft}/proposal", post(drafts::propose))
        .route("/policy/drafts/{draft}/proposal/end", post(drafts::take_back))
        .route("/policy/drafts/{draft}/removal", post(drafts::put_aside))
        .route("/policy/drafts/{draft}/adoption", get(drafts::adoption).post(drafts::adopt))
}

/// The school's own news, for everybody.
fn the_news() -> Router<App> {
    Router::new()
        .route("/news/{school}", get(news::list))
        .route("/news/{school}/feed.atom", get(news::atom_feed))
        .route("/news/{school}/feed.json", get(news::json))
        .route("/news/{school}/{item}", get(news::item))
        .route("/news/{school}/pictures/{picture}", get(news::picture))
}

/// What the school publishes on.
fn official_accounts() -> Router<App> {
    Router::new()
        .route("/official-accounts", get(official::list).post(official::add))
        .route("/official-accounts/new", get(official::new))
        .route("/official-accounts/{account}", get(official::account))
        .route("/official-accounts/{account}/details", get(official::edit_form).post(official::edit))
        .route(
            "/official-accounts/{account}/credentials",
            get(official::credentials_form).post(official::replace_credentials),
        )
        .route("/official-accounts/{account}/check", post(official::check))
        .route("/official-accounts/{account}/retirement", get(official::retirement_form).post(official::retire))
        .route("/official-accounts/{account}/holders", get(holders::list).post(holders::give))
        .route("/official-accounts/{account}/holders/{holder}/end", post(holders::end))
        .route("/phrases", get(phrases::list).post(phrases::add))
        .route("/phrases/{phrase}/removal", post(phrases::remove))
        .route("/audit", get(audit::list).post(audit::look))
        .route("/audit/{found}", get(audit::item))
        .route("/audit/{found}/decision", post(audit::decide))
}

/// Ties between staff and pupils or parents.
fn declared_links() -> Router<App> {
    Router::new()
        .route("/links", get(links::own).post(links::declare))
        .route("/links/new", get(links::new))
        .route("/links/{tie}/confirmation", post(links::confirm))
        .route("/links/{tie}/end", post(links::end))
        .route("/links/{tie}/reading", post(links::mark_seen))
        .route("/links/all", get(links::all))
}

/// Rulings for other programs, by a key and never by a session.
fn for_programs() -> Router<App> {
    let limit = DefaultBodyLimit::max(api::BODY_BYTES_MAX);
    Router::new()
        .route("/api/v1/openapi.json", get(api::description))
        .route("/api/v1/rulings", post(api::rulings).layer(limit))
}

/// Keys of other programs, and when people work.
fn school_settings() -> Router<App> {
    Router::new()
        .route("/tokens", get(tokens::list).post(tokens::make))
        .route("/tokens/{token}/end", post(tokens::end))
        .route("/school/hours", get(hours::show).post(hours::save))
        .route("/school/post", get(mail::show).post(mail::save))
        .route("/school/post/{mail}/end", post(mail::settle))
}

/// What the school wants to publish: writing it.
fn the_desk() -> Router<App> {
    Router::new()
        .route("/requests", get(desk::list).post(desk::begin))
        .route("/requests/new", get(desk::new))
        .route("/requests/queue", get(desk::queue))
        .route("/requests/calendar", get(desk::calendar))
        .route("/requests/check", post(desk::check))
        .route("/requests/{request}", get(desk::request))
        .route("/requests/{request}/words", get(desk::edit).post(desk::rewrite))
        .route(
            "/requests/{request}/pictures",
            get(desk::upload_form).post(desk::upload).layer(DefaultBodyLimit::max(FORM_BYTES_MAX)),
        )
        .route("/requests/{request}/pictures/{shot}", get(desk::shot).post(desk::describe))
        .route("/requests/{request}/pictures/{shot}/file", get(desk::file))
        .route("/requests/{request}/pictures/{shot}/edits", post(desk::edit_shot))
        .route("/requests/{request}/pictures/{shot}/removal", post(desk::remove_shot))
        .route("/requests/{request}/answers", post(desk::answer))
        .route("/requests/{request}/remarks", post(desk::remark))
        .route("/requests/{request}/removal", post(desk::discard))
}

/// What the school wants to publish: deciding about it, and having it taken down.
fn deciding() -> Router<App> {
    Router::new()
        .route("/requests/{request}/submission", post(desk::hand_in))
        .route("/requests/{request}/approval", get(desk::approval).post(desk::approve))
        .route("/requests/{request}/return", post(desk::send_back))
        .route("/requests/{request}/doubt", get(desk::doubt_form).post(desk::doubt))
        .route("/requests/{request}/urgency", get(desk::at_once_form).post(desk::at_once))
        .route("/requests/{request}/take-down", get(desk::take_down_form).post(desk::take_down))
        .route("/requests/{request}/receipt", get(desk::receipt))
        .route("/requests/{request}/copies/{copy}/address", get(desk::by_hand).post(desk::posted))
        .route("/requests/{request}/copies/{copy}/bundle", get(desk::bundle))
        .route("/deputies", get(desk::deputies).post(desk::name_deputy))
        .route("/deputies/{deputy}/end", post(desk::end_deputy))
        .route("/tasks/{task}", post(desk::finish_task))
}

/// The pupils of the school, and where they come from.
fn the_roll() -> Router<App> {
    Router::new()
        .route("/roll", get(roster::roll))
        .route("/roll/classes/{class}", get(roster::class))
        .route("/roll/classes/{class}/table", get(roster::class_table))
        .route("/roll/pupils/{pupil}", get(roster::pupil))
        .route("/roll/pupils/{pupil}/markers", get(roster::markers_form).post(roster::mark))
        .route("/roll/pupils/{pupil}/adults/{adult}", get(roster::adult_form).post(roster::set_adult))
        // The one form here that carries a file.
        .route(
            "/roll/import",
            get(imports::form).post(imports::upload).layer(DefaultBodyLimit::max(imports::BODY_BYTES_MAX)),
        )
        .route("/roll/import/{preview}", get(imports::preview).post(imports::apply))
        .route("/roll/import/{preview}/removal", post(imports::forget))
        .route("/roll/imports", get(imports::imports))
}

/// The people of the school.
fn the_people() -> Router<App> {
    Router::new()
        .route("/people", get(people::list).post(people::add))
        .route("/people/new", get(people::new))
        .route("/people/{person}", get(people::person))
        .route("/people/{person}/details", get(people::edit_form).post(people::edit))
        .route("/people/{person}/roles", get(people::role_form).post(people::give_role))
        .route("/people/{person}/roles/{role}", get(people::end_form).post(people::end_role))
        .route("/people/{person}/link", get(people::link_form).post(people::make_link))
}

/// Every template, filled with sample data; `tests/pages.rs` reads them all.
pub fn samples() -> Vec<Sample> {
    let folders = [
        faults::samples(),
        home::pages::samples(),
        accounts::samples(),
        people::samples(),
        roster::samples(),
        imports::samples(),
        advisor::samples(),
        policies::samples(),
        drafts::samples(),
        beside::samples(),
        answers::samples(),
        tokens::samples(),
        hours::samples(),
        mail::samples(),
        scans::samples(),
        families::samples(),
        register::samples(),
        head::samples(),
    ];
    let registers = [
        official::samples(),
        news::samples(),
        audit::samples(),
        links::samples(),
        holders::samples(),
        phrases::samples(),
    ];
    let desk = [desk::samples(), genuine::samples()];
    folders.into_iter().chain(registers).chain(desk).flatten().collect()
}
