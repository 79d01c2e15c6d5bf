//! Commands of the operator: schools, and the people in them.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Settings, With, tell, with_app};
use crate::advisor::tokens::command as tokens;
use crate::people::command as people;
use crate::policies::command as policies;

#[derive(Subcommand)]
pub(super) enum SchoolCommand {
    /// Open a school
    Add(With<people::NewSchool>),
    /// List the schools of this installation
    List(Settings),
    /// Make a key with which another program asks for rulings
    Token(With<tokens::NewToken>),
    /// Put a policy in force for a school, from now on
    Policy(With<policies::NewPolicy>),
}

#[derive(Subcommand)]
pub(super) enum PersonCommand {
    /// Add a person with a role
    Add(With<people::NewPerson>),
    /// Make a set-up link, for a first password or a forgotten one
    Link(With<people::NewLink>),
    /// Give a person another role
    Role(With<people::NewRole>),
    /// List the people of a school
    List(With<people::Which>),
}

pub(super) fn school(command: SchoolCommand) -> ExitCode {
    match command {
        SchoolCommand::Add(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_school(&app, given).await?) })
        }
        SchoolCommand::Token(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(tokens::make(&app, given).await?) })
        }
        SchoolCommand::Policy(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(policies::put_in_force(&app, given).await?) })
        }
        SchoolCommand::List(settings) => with_app(&settings, |app| async move { tell(people::schools(&app).await?) }),
    }
}

pub(super) fn person(command: PersonCommand) -> ExitCode {
    match command {
        PersonCommand::Add(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_person(&app, given).await?) })
        }
        PersonCommand::Link(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_link(&app, given).await?) })
        }
        PersonCommand::Role(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_role(&app, given).await?) })
        }
        PersonCommand::List(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::people(&app, given).await?) })
        }
    }
}
