//! Schoolgate: makes a school's social-media policy work.
//!
//! For: the product itself. It joins the four crates that know nothing of each other (`rulebook`, `screening`, `store`,
//! `channels`) into pages, commands and background jobs.
//! Promises: one folder for each noun of the domain, and three tables of contents: [`routes`], [`jobs`], [`cli`].
//! Does not: offer an interface to other programs. The library exists so that `tests/` can drive the product from outside.

// base of the app, in the order in which one may use another
pub mod access;
pub mod app;
pub mod clock;
pub mod config;
pub mod error;
pub mod queue;
pub mod web;
// the rooms
pub mod advisor;
pub mod demo;
pub mod desk;
pub mod home;
pub mod people;
pub mod permissions;
pub mod policies;
pub mod registers;
pub mod roster;
// the tables of contents
pub mod cli;
pub mod jobs;
pub mod routes;
