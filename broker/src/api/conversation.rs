//! The requests of one connection, answered in their order.

use std::ops::Range;

use bytes::BytesMut;
use fluxmq_protocol::ApiKey;
use fluxmq_protocol::frame::write_frame;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::wire::{Reader, WireError, Writer};

use super::context::{Broker, Call, Peer};
use super::fetch::FetchWalk;
use super::output::{Output, Sink};
use super::produce::{self, ProduceWalk};
use super::{api_versions, handle, served};

/// Why the broker ends a connection instead of answering.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Hangup {
    #[error("a request could not be read: {0}")]
    Undecodable(#[from] WireError),
    #[error("API {api_key} in version {version} is not served")]
    Unsupported { api_key: i16, version: i16 },
    #[error("a produce request with acks=0 failed, and this is how its client learns of it")]
    UnacknowledgedFailure,
    #[error("the client is gone")]
    Gone,
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// One client's conversation: what must be remembered between its requests, and memory that they share.
#[derive(Debug)]
pub(crate) struct Conversation {
    peer: Peer,
    produce: ProduceWalk,
    fetch: FetchWalk,
}

impl Conversation {
    pub(crate) fn new(peer: Peer) -> Self {
        Conversation { peer, produce: ProduceWalk::default(), fetch: FetchWalk::default() }
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Answers the request in `frame` of `buffer`. Produce requests are only begun: their answers follow when another
    /// request comes or [`Self::finish`] is called, so that one write serves all that one read brought.
    pub(crate) async fn answer<S: Sink>(
        &mut self,
        broker: &Broker,
        buffer: &mut BytesMut,
        frame: Range<usize>,
        output: &mut Output,
        sink: &mut S,
    ) -> Result<(), Hangup> {
        let bytes = buffer.get_mut(frame.clone()).unwrap_or_default();
        let mut reader = Reader::over(bytes);
        let header = RequestHeader::read(&mut reader)?;
        let (version, correlation_id) = (header.api_version, header.correlation_id);
        let body = frame.end - reader.remaining()..frame.end;
        let Some((api_key, min, max)) = served(header.api_key) else {
            return Err(Hangup::Unsupported { api_key: header.api_key, version });
        };
        let is_served = (min..=max).contains(&version);
        if api_key == ApiKey::Produce && is_served {
            let by_admin = header.client_id == Some(produce::ADMIN_CLIENT_ID);
            return self.produce.begin(broker, buffer, body, version, correlation_id, by_admin);
        }
        if api_key == ApiKey::ApiVersions {
            let client_id = header.client_id.unwrap_or_default();
            let answer = api_versions::judge(broker, &mut reader, version, client_id, &mut self.peer)?;
            self.finish(broker, buffer, output, sink).await?;
            return write_frame(output.bytes_mut(), |out| answer.write(out, correlation_id));
        }
        if !is_served {
            return Err(Hangup::Unsupported { api_key: header.api_key, version });
        }
        if api_key == ApiKey::Fetch {
            self.finish(broker, buffer, output, sink).await?;
            let body = buffer.get(body).unwrap_or_default();
            return self.fetch.answer(broker, body, version, correlation_id, output, sink).await;
        }
        let client_id = header.client_id.unwrap_or_default().to_owned();
        self.finish(broker, buffer, output, sink).await?;
        let call = Call { broker, version, client_id: &client_id, peer: &self.peer };
        let body = buffer.get(body).unwrap_or_default();
        let mut answer = Vec::new();
        ResponseHeader { correlation_id }.write(&mut Writer::new(&mut answer), api_key, version);
        let handled = handle(&call, api_key, body, &mut answer);
        if matches!(api_key, ApiKey::JoinGroup | ApiKey::SyncGroup) {
            // Both wait for other members: what is answered already does not, and who went away waits for nothing.
            sink.send(output).await?;
            tokio::select! {
                // In this order: what a client asked for happens, also when it went away right after.
                biased;
                handled = handled => handled?,
                () = sink.closed() => return Err(Hangup::Gone),
            }
        } else {
            handled.await?;
        }
        write_frame(output.bytes_mut(), |out| {
            out.extend_from_slice(&answer);
            Ok(())
        })
    }

    /// Writes the answers of all produce requests that were begun.
    pub(crate) async fn finish<S: Sink>(
        &mut self,
        broker: &Broker,
        buffer: &BytesMut,
        output: &mut Output,
        sink: &mut S,
    ) -> Result<(), Hangup> {
        self.produce.finish(broker, buffer, output, sink).await
    }
}
