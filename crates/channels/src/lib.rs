//! The world outside: the networks and sites on which a school publishes.
//!
//! For: the desk, which will publish, find and take down through it. Empty until the desk is built.
//! Promises: to be the only crate that calls out, and to say of every call whether it worked, failed, or nobody knows.
//! Does not: decide what may be published, or keep anything.
