//! `schoolgate school token`: a key for a program, made at the server.

use clap::Args;

use crate::app::App;
use crate::error::Result;
use crate::people::command::{Which, school};

/// Which program the key is for.
#[derive(Args)]
pub struct NewToken {
    #[command(flatten)]
    school: Which,
    /// The program that will use the key, as the list of keys shows it
    #[arg(long, value_name = "NAME")]
    name: String,
}

pub async fn make(app: &App, given: NewToken) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    let token = super::make_at_server(app, school, &given.name).await?;
    Ok(vec!["Key for programs, shown only now. Whoever has it can ask for rulings:".to_owned(), token])
}
