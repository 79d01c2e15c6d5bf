//! Who gets in at the socket, and how long somebody may stand there in silence.
//!
//! For: [`super::server`], around both of its fronts.
//! Promises: at most [`CONNECTIONS_MAX`] connections, and whoever comes then is shut out at once instead of waiting with a file
//! open; a connection over which nothing is asked ends after a time. Does not: read what is said.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// Most connections at once. With the database's files and the pictures that are being read this stays below 1,024, the number of
/// open files that many systems give a program.
pub(super) const CONNECTIONS_MAX: usize = 768;
/// As long as the beginning of HTTP/2, which tells it from HTTP/1. Only when so much has come does the library that speaks both
/// begin to count the time itself.
const FIRST_WORDS_BYTES: usize = 24;

/// Lets connections in through an acceptor.
#[derive(Clone)]
pub(super) struct Door<A> {
    inner: A,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl<A> Door<A> {
    /// `patience`: how long the first words of a visitor may take.
    pub(super) fn around(inner: A, places: usize, patience: Duration) -> Self {
        Self { inner, places: Arc::new(Semaphore::new(places)), patience }
    }
}

impl<A, I, S> Accept<I, S> for Door<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send,
    A::Service: Send,
    I: Send + 'static,
    S: Send + 'static,
{
    type Stream = Visitor<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return Box::pin(async { Err(io::Error::other("every place is taken")) });
        };
        let patience = self.patience;
        let inner = self.inner.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = inner.await?;
            let waits = Some(Box::pin(tokio::time::sleep(patience)));
            Ok((Visitor { stream, waits, heard: 0, _place: place }, service))
        })
    }
}

/// A connection that was let in; its place is free again when it is dropped.
pub(super) struct Visitor<S> {
    stream: S,
    /// Until when the first words must have come; none: they have.
    waits: Option<Pin<Box<Sleep>>>,
    /// Bytes.
    heard: usize,
    _place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Visitor<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = pin!(&mut self.stream).poll_read(cx, buf);
        self.heard += buf.filled().len() - before;
        if self.heard >= FIRST_WORDS_BYTES {
            self.waits = None;
        }
        match (&read, &mut self.waits) {
            (Poll::Pending, Some(waits)) => {
                ready!(waits.as_mut().poll(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Visitor<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use axum_server::accept::DefaultAcceptor;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    async fn let_in(door: &Door<DefaultAcceptor>) -> io::Result<(DuplexStream, Visitor<DuplexStream>)> {
        let (ours, theirs) = duplex(1_024);
        let (visitor, ()) = door.accept(theirs, ()).await?;
        Ok((ours, visitor))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_or_only_half_a_greeting_is_sent_away() {
        let door = Door::around(DefaultAcceptor::new(), 8, PATIENCE);
        for said in ["", "PRI * HTTP/2.0\r\n"] {
            let (mut ours, mut visitor) = let_in(&door).await.expect("a place");
            ours.write_all(said.as_bytes()).await.expect("a line");
            let begun = Instant::now();
            let mut heard = String::new();
            let error = visitor.read_to_string(&mut heard).await.expect_err("the end of patience");
            assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, PATIENCE), "{said:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_spoken_may_take_as_long_as_they_need() {
        let door = Door::around(DefaultAcceptor::new(), 8, PATIENCE);
        let (mut ours, mut visitor) = let_in(&door).await.expect("a place");
        let said = "POST /requests HTTP/1.1\r\n";
        ours.write_all(said.as_bytes()).await.expect("a line");
        let mut heard = vec![0; said.len()];
        visitor.read_exact(&mut heard).await.expect("what was said");
        let later = tokio::spawn(async move {
            tokio::time::sleep(10 * PATIENCE).await;
            ours.write_all(b"a large picture").await.expect("a line");
        });
        visitor.read_exact(&mut heard[..15]).await.expect("what was said later");
        assert_eq!(&heard[..15], b"a large picture");
        later.await.expect("a task");
    }

    #[tokio::test]
    async fn when_every_place_is_taken_the_next_is_shut_out_and_a_place_that_is_left_is_free() {
        let door = Door::around(DefaultAcceptor::new(), 2, PATIENCE);
        let first = let_in(&door).await.expect("a place");
        let _second = let_in(&door).await.expect("a place");
        assert!(let_in(&door).await.is_err());
        drop(first);
        assert!(let_in(&door).await.is_ok());
    }
}
