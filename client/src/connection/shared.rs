//! What a connection's handle and its two tasks share.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::error::ClientError;
use crate::sync::lock;

/// The frame of an answer, or why there is none.
pub(crate) type Answer = Result<Bytes, ClientError>;

#[derive(Debug)]
pub(crate) struct Shared {
    address: String,
    next_correlation_id: AtomicI32,
    /// Set once, before `waiting` is emptied for good.
    pub(super) ended: AtomicBool,
    /// Tells both tasks to stop.
    pub(super) stop: CancellationToken,
    /// Never held over an await.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    answers: HashMap<i32, oneshot::Sender<Answer>>,
    end: Option<ClientError>,
}

impl Shared {
    pub(super) fn new(address: &str) -> Self {
        Shared {
            address: address.to_owned(),
            next_correlation_id: AtomicI32::new(0),
            ended: AtomicBool::new(false),
            stop: CancellationToken::new(),
            waiting: Mutex::default(),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn next_correlation_id(&self) -> i32 {
        // Kafka's clients stay positive; so does this one after two thousand million requests.
        self.next_correlation_id.fetch_add(1, Ordering::Relaxed) & i32::MAX
    }

    /// Remembers who waits for an answer.
    pub(super) fn expect(
        &self,
        correlation_id: i32,
        answer: oneshot::Sender<Answer>,
    ) -> Result<(), ClientError> {
        let mut waiting = lock(&self.waiting);
        if let Some(end) = &waiting.end {
            return Err(end.clone());
        }
        waiting.answers.insert(correlation_id, answer);
        Ok(())
    }

    /// Hands an answer to whoever waits for it. Whether anybody was known to wait.
    pub(super) fn deliver(&self, correlation_id: i32, frame: Bytes) -> bool {
        let Some(answer) = lock(&self.waiting).answers.remove(&correlation_id) else { return false };
        // A caller that gave up has dropped its end; the answer is then for nobody.
        let _ = answer.send(Ok(frame));
        true
    }

    pub(super) fn in_flight(&self) -> usize {
        lock(&self.waiting).answers.len()
    }

    /// Ends the connection for everybody. The first reason stays.
    pub(super) fn end(&self, reason: &ClientError) {
        let abandoned = {
            let mut waiting = lock(&self.waiting);
            waiting.end.get_or_insert_with(|| reason.clone());
            self.ended.store(true, Ordering::Release);
            std::mem::take(&mut waiting.answers)
        };
        self.stop.cancel();
        for answer in abandoned.into_values() {
            let _ = answer.send(Err(reason.clone()));
        }
    }

    /// Why the connection ended.
    pub(super) fn end_reason(&self) -> ClientError {
        lock(&self.waiting).end.clone().unwrap_or_else(|| self.disconnected("it was closed"))
    }

    pub(super) fn disconnected(&self, reason: impl Into<String>) -> ClientError {
        ClientError::Disconnected { address: self.address.clone(), reason: reason.into() }
    }
}
