//! `schoolgate sweep`: looks through what a school's accounts show, and says what waits to be worked through.

use clap::Args;

use super::Swept;
use crate::app::App;
use crate::error::Result;
use crate::people::command::{Which, school};

#[derive(Args)]
pub struct Sweep {
    #[command(flatten)]
    school: Which,
}

/// One line an account.
pub async fn sweep(app: &App, given: Sweep) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    let mut lines: Vec<String> = super::sweep(app, school).await?.iter().map(line).collect();
    lines.push("Work through them in Schoolgate, under \"Look through what is public already\".".to_owned());
    Ok(lines)
}

fn line(swept: &Swept) -> String {
    let Swept { account, seen, keep, ask, remove, failed } = swept;
    let counts =
        format!("{account}: {seen} posts, {remove} should be removed, {ask} to look at, {keep} without findings");
    match failed {
        Some(why) => format!("{counts}; not read to the end: {why}"),
        None => counts,
    }
}
