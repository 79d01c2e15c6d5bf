//! The advisor: "may I ...?" answered from the policy, with the clause.
//!
//! For: staff who ask before they act, on a page, from a program, or on the command line.
//! Promises: the same ruling through every door; nothing of a question is kept unless the person asks for that; what is not
//! known is asked or said, never guessed.
//! Does not: hold rules of its own, or watch anybody.

pub mod command;
pub mod journey;
pub mod told;
