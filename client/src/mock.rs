//! A broker for tests: answers what a handler says.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::frame::{LENGTH_SIZE, frame_size, write_frame};
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::messages::api_versions::{ApiVersion, ApiVersionsResponse};
use fluxmq_protocol::wire::{Reader, WireError, Writer};
use fluxmq_protocol::{ApiKey, Encode, ErrorCode, ProtocolRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

const FRAME_MAX: usize = 100 * 1024 * 1024;

/// A listener on the loopback interface that answers as its handler says. It ends with [`MockBroker::stop`] or when it
/// is dropped.
#[derive(Debug)]
pub struct MockBroker {
    address: String,
    port: u16,
    task: JoinHandle<()>,
}

/// A request that a [`MockBroker`] has received.
#[derive(Debug, Clone)]
pub struct MockRequest {
    /// The API.
    pub api_key: ApiKey,
    /// The version of the request.
    pub version: i16,
    /// Comes back in the answer.
    pub correlation_id: i32,
    /// How the client calls itself.
    pub client_id: String,
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// The request after its header.
    pub body: Bytes,
}

/// What a [`MockBroker`] does about a request.
pub enum MockReply {
    /// Answers with a body in the request's version.
    Body(Vec<u8>),
    /// Does what comes after a while; other answers do not wait for it.
    After(Pin<Box<dyn Future<Output = ()> + Send>>, Box<MockReply>),
    /// Answers nothing.
    Silence,
    /// Closes the connection.
    Close,
    /// Answers ApiVersions with what this client speaks, and closes the connection for anything else.
    Default,
}

impl std::fmt::Debug for MockReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            MockReply::Body(_) => "Body",
            MockReply::After(..) => "After",
            MockReply::Silence => "Silence",
            MockReply::Close => "Close",
            MockReply::Default => "Default",
        })
    }
}

impl MockRequest {
    /// The request as an `R`; `None` when it is none.
    pub fn decode<R: ProtocolRequest>(&self) -> Option<R> {
        if self.api_key != R::API_KEY {
            return None;
        }
        R::decode(&mut Reader::new(&self.body), self.version).ok()
    }

    /// An answer in the version of the request.
    pub fn reply(&self, response: &impl Encode) -> MockReply {
        let mut body = Vec::new();
        match response.encode(&mut Writer::new(&mut body), self.version) {
            Ok(()) => MockReply::Body(body),
            Err(error) => {
                tracing::error!(%error, api = %self.api_key, "a mocked answer cannot be written");
                MockReply::Close
            }
        }
    }
}

impl MockReply {
    /// This answer, after `wait`.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        self.when(async move { tokio::time::sleep(wait).await })
    }

    /// This answer, once `event` has come.
    #[must_use]
    pub fn when(self, event: impl Future<Output = ()> + Send + 'static) -> Self {
        MockReply::After(Box::pin(event), Box::new(self))
    }
}

impl MockBroker {
    /// Starts on a free port of the loopback interface.
    pub async fn start(
        handler: impl Fn(&MockRequest) -> MockReply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        Self::start_at("127.0.0.1:0", handler).await
    }

    /// Starts at an address, such as that of a broker that was stopped.
    pub async fn start_at(
        address: &str,
        handler: impl Fn(&MockRequest) -> MockReply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let local = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, Arc::new(handler)));
        Ok(MockBroker { address: local.to_string(), port: local.port(), task })
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops listening and closes every connection.
    pub async fn stop(mut self) {
        self.task.abort();
        // An aborted task ends with an error that says just that.
        let _ = (&mut self.task).await;
    }
}

impl Drop for MockBroker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Handler = dyn Fn(&MockRequest) -> MockReply + Send + Sync;

async fn accept(listener: TcpListener, handler: Arc<Handler>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, number, Arc::clone(&handler)));
        number += 1;
    }
}

async fn serve(stream: TcpStream, connection: usize, handler: Arc<Handler>) {
    let (mut read, mut write) = stream.into_split();
    let (frames, mut queue) = tokio::sync::mpsc::unbounded_channel::<Vec<u8>>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Some(frame) = queue.recv().await {
            if write.write_all(&frame).await.is_err() {
                break;
            }
        }
    });
    let mut buffer = BytesMut::new();
    loop {
        match frame_size(&buffer, FRAME_MAX) {
            Ok(Some(size)) if size <= buffer.len() => {
                let frame = buffer.split_to(size).freeze().slice(LENGTH_SIZE..);
                let Some(request) = read_request(&frame, connection) else { return };
                let Some(reply) = settle(&request, handler(&request)) else { return };
                match reply {
                    Due::Now(frame) => {
                        let _ = frames.send(frame);
                    }
                    Due::Later(event, frame) => {
                        let frames = frames.clone();
                        tasks.spawn(async move {
                            event.await;
                            let _ = frames.send(frame);
                        });
                    }
                    Due::Never => {}
                }
            }
            Ok(_) => match read.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            },
            Err(_) => return,
        }
    }
}

fn read_request(frame: &Bytes, connection: usize) -> Option<MockRequest> {
    let mut reader = Reader::new(frame);
    let header = RequestHeader::read(&mut reader).ok()?;
    Some(MockRequest {
        api_key: ApiKey::from_code(header.api_key)?,
        version: header.api_version,
        correlation_id: header.correlation_id,
        client_id: header.client_id.unwrap_or_default().to_owned(),
        connection,
        body: frame.slice(frame.len() - reader.remaining()..),
    })
}

/// When an answer goes out.
enum Due {
    Now(Vec<u8>),
    Later(Pin<Box<dyn Future<Output = ()> + Send>>, Vec<u8>),
    Never,
}

/// The frame of an answer; `None` closes the connection.
fn settle(request: &MockRequest, reply: MockReply) -> Option<Due> {
    match reply {
        MockReply::Body(body) => Some(Due::Now(frame_of(request, &body)?)),
        MockReply::Silence => Some(Due::Never),
        MockReply::Default if request.api_key == ApiKey::ApiVersions => {
            settle(request, request.reply(&api_versions(&[])))
        }
        MockReply::Close | MockReply::Default => None,
        MockReply::After(event, reply) => match settle(request, *reply)? {
            Due::Now(frame) => Some(Due::Later(event, frame)),
            due => Some(due),
        },
    }
}

fn frame_of(request: &MockRequest, body: &[u8]) -> Option<Vec<u8>> {
    let mut frame = Vec::new();
    let header = ResponseHeader { correlation_id: request.correlation_id };
    let written: Result<(), WireError> = write_frame(&mut frame, |out| {
        header.write(&mut Writer::new(out), request.api_key, request.version);
        out.extend_from_slice(body);
        Ok(())
    });
    written.ok().map(|()| frame)
}

macro_rules! spoken {
    ($($module:ident::$request:ident),+ $(,)?) => {
        [$({
            type Request = fluxmq_protocol::messages::$module::$request;
            (Request::API_KEY, Request::MIN_VERSION, Request::MAX_VERSION)
        }),+]
    };
}

/// An answer to ApiVersions: what this client uses, in all the versions that it speaks, but for those in `highest`, which
/// end there.
pub fn api_versions(highest: &[(ApiKey, i16)]) -> ApiVersionsResponse {
    let spoken = spoken![
        produce::ProduceRequest,
        fetch::FetchRequest,
        list_offsets::ListOffsetsRequest,
        metadata::MetadataRequest,
        offset_commit::OffsetCommitRequest,
        offset_fetch::OffsetFetchRequest,
        find_coordinator::FindCoordinatorRequest,
        join_group::JoinGroupRequest,
        heartbeat::HeartbeatRequest,
        leave_group::LeaveGroupRequest,
        sync_group::SyncGroupRequest,
        list_groups::ListGroupsRequest,
        describe_groups::DescribeGroupsRequest,
        consumer_group_describe::ConsumerGroupDescribeRequest,
        delete_groups::DeleteGroupsRequest,
        offset_delete::OffsetDeleteRequest,
        api_versions::ApiVersionsRequest,
        create_topics::CreateTopicsRequest,
        delete_topics::DeleteTopicsRequest,
        delete_records::DeleteRecordsRequest,
        init_producer_id::InitProducerIdRequest,
        offset_for_leader_epoch::OffsetForLeaderEpochRequest,
        describe_configs::DescribeConfigsRequest,
        create_partitions::CreatePartitionsRequest,
        describe_cluster::DescribeClusterRequest,
        consumer_group_heartbeat::ConsumerGroupHeartbeatRequest,
        get_telemetry_subscriptions::GetTelemetrySubscriptionsRequest,
        push_telemetry::PushTelemetryRequest,
    ];
    let range = |(api_key, min_version, max_version): (ApiKey, i16, i16)| ApiVersion {
        api_key: api_key.code(),
        min_version,
        max_version: highest
            .iter()
            .find(|(api, _)| *api == api_key)
            .map_or(max_version, |(_, highest)| *highest),
    };
    ApiVersionsResponse {
        error_code: ErrorCode::NONE,
        api_keys: spoken.into_iter().map(range).collect(),
        ..ApiVersionsResponse::default()
    }
}
