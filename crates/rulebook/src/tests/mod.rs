//! Tests that need what another engine brings along, so that only their own command builds them.

mod symbolic;
