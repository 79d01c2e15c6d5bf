//! The front door: the start page, and the statements that every visitor may read.
//!
//! For: whoever comes without knowing where to go.
//! Promises: it offers only what exists, and the statements say only what the program does.
//! Does not: hold a feature of its own. It comes last of the folders, because it points at all of them.

pub mod pages;
