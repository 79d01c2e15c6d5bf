//! Tests of the desk: the pure decision, the life of a request, and the verbs on both databases.
//!
//! Promises: every state and every refusal has its case. Does not: test screening or rulings again.

pub(crate) mod fixture;
mod found;
mod gate;
mod life;
mod release;
mod writing;
