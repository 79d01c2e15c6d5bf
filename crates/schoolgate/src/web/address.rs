//! The parts of an address that a handler asks for.
//!
//! For: every handler with `{part}` in its route. Promises: what is no id is an id that nobody has: 404, as for any other.
//! Does not: look whether it is there.

use axum::extract::FromRequestParts;
use axum::extract::rejection::PathRejection;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// As the library's, but for what it says of a part that cannot be read: there, that the visitor sent something wrong.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        #[expect(clippy::disallowed_types, reason = "the one place that reads it")]
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        match read {
            Ok(found) => Ok(Self(found.0)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Error::NotFound),
            Err(error) => Err(Error::fault("reading the parts of an address", error)),
        }
    }
}
