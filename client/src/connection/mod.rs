//! One connection to one broker: many requests under way at once, told apart by their correlation ids.
//!
//! Two tasks serve it: one writes what is queued (as many frames in one write as wait), one reads answers and hands
//! each to its caller. Both end when the last handle is dropped.

mod handshake;
mod open;
mod reader;
mod shared;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::frame::write_frame;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::messages::api_versions::ApiVersionsResponse;
use fluxmq_protocol::wire::{Reader, WireError, Writer};
use fluxmq_protocol::{ApiKey, Decode, ProtocolRequest};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::config::ConnectionOptions;
use crate::error::ClientError;
use crate::retry::Deadline;
use crate::versions::ApiVersionTable;
use shared::{Answer, Shared};

/// A stream to a broker that [`Connection::from_stream`] accepts.
pub trait ClientDuplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ClientDuplex for T {}

/// A connection to a single broker.
#[derive(Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Vec<u8>>,
    reader: AbortHandle,
    options: Arc<ConnectionOptions>,
    announced: ApiVersionsResponse,
    versions: ApiVersionTable,
}

impl Connection {
    /// Connects to `host:port` with default options and asks for the broker's versions.
    pub async fn connect(address: &str) -> Result<Self, ClientError> {
        Self::connect_with_options(address, ConnectionOptions::default()).await
    }

    /// Connects to `host:port` and asks for the broker's versions.
    pub async fn connect_with_options(
        address: &str,
        options: ConnectionOptions,
    ) -> Result<Self, ClientError> {
        options.validate()?;
        let setup_timeout = options.socket_connection_setup_timeout;
        Self::connect_within(address, Arc::new(options), setup_timeout).await
    }

    pub(crate) async fn connect_within(
        address: &str,
        options: Arc<ConnectionOptions>,
        setup_timeout: Duration,
    ) -> Result<Self, ClientError> {
        let stream = open::open(address, &options, setup_timeout).await?;
        let (read, write) = stream.into_split();
        Self::start(address, read, write, options).await
    }

    /// Speaks over a stream that stands already. `address` is for messages alone.
    pub async fn from_stream(
        address: &str,
        stream: Box<dyn ClientDuplex>,
        options: ConnectionOptions,
    ) -> Result<Self, ClientError> {
        options.validate()?;
        let (read, write) = tokio::io::split(stream);
        Self::start(address, read, write, Arc::new(options)).await
    }

    async fn start<R, W>(
        address: &str,
        read: R,
        write: W,
        options: Arc<ConnectionOptions>,
    ) -> Result<Self, ClientError>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let shared = Arc::new(Shared::new(address));
        let (requests, queue) = mpsc::channel(options.dispatch_queue_capacity);
        tokio::spawn(writer::write_frames(Arc::clone(&shared), write, queue, options.request_timeout));
        let reader = tokio::spawn(reader::read_frames(Arc::clone(&shared), read, Arc::clone(&options)));
        let mut connection = Connection {
            shared,
            requests,
            reader: reader.abort_handle(),
            options,
            announced: ApiVersionsResponse::default(),
            versions: ApiVersionTable::default(),
        };
        connection.announced = handshake::api_versions(&connection).await?;
        connection.versions = ApiVersionTable::from_response(&connection.announced);
        Ok(connection)
    }

    /// Sends a request in the highest version that both sides speak and waits for its answer.
    pub async fn send<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<R::Response, ClientError> {
        let version = self.versions.negotiate::<R>()?;
        self.send_version(&request, version, self.options.request_timeout).await
    }

    /// Sends a request that the broker does not answer, such as a produce request with acks 0.
    pub async fn send_no_response<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<(), ClientError> {
        let version = self.versions.negotiate::<R>()?;
        self.enqueue(R::API_KEY, version, None, self.deadline(), |writer| request.encode(writer, version))
            .await
    }

    /// As [`Self::send_no_response`], in a version that the caller negotiated.
    pub(crate) async fn enqueue_unanswered<R: ProtocolRequest + Sync>(
        &self,
        request: &R,
        version: i16,
        deadline: Deadline,
    ) -> Result<(), ClientError> {
        self.enqueue(R::API_KEY, version, None, deadline, |writer| request.encode(writer, version)).await
    }

    /// As [`Self::send`], in a version that the caller negotiated.
    pub(crate) async fn send_version<R: ProtocolRequest + Send + Sync>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<R::Response, ClientError> {
        let deadline = Deadline::after(timeout);
        let pending =
            self.dispatch(R::API_KEY, version, deadline, |writer| request.encode(writer, version)).await?;
        self.decode::<R>(pending.answer(self).await?, version)
    }

    /// Sends a body that the caller has encoded in `version`, and gives back the body of the answer.
    pub async fn raw_request(
        &self,
        api_key: ApiKey,
        version: i16,
        body: &[u8],
    ) -> Result<Bytes, ClientError> {
        let deadline = self.deadline();
        let pending = self
            .dispatch(api_key, version, deadline, |writer| {
                writer.raw(body);
                Ok(())
            })
            .await?;
        let frame = pending.answer(self).await?;
        let mut reader = Reader::new(&frame);
        ResponseHeader::read(&mut reader, api_key, version)
            .map_err(|error| ClientError::wire(api_key, version, error))?;
        let header_size = frame.len() - reader.remaining();
        Ok(frame.slice(header_size..))
    }

    /// Queues a request; its answer can be waited for apart. Requests leave in the order in which these calls return.
    pub(crate) async fn dispatch(
        &self,
        api_key: ApiKey,
        version: i16,
        deadline: Deadline,
        body: impl FnOnce(&mut Writer<'_>) -> Result<(), WireError>,
    ) -> Result<Pending, ClientError> {
        let (answer, receiver) = oneshot::channel();
        self.enqueue(api_key, version, Some(answer), deadline, body).await?;
        Ok(Pending { api_key, deadline, receiver })
    }

    async fn enqueue(
        &self,
        api_key: ApiKey,
        version: i16,
        answer: Option<oneshot::Sender<Answer>>,
        deadline: Deadline,
        body: impl FnOnce(&mut Writer<'_>) -> Result<(), WireError>,
    ) -> Result<(), ClientError> {
        let correlation_id = self.shared.next_correlation_id();
        let header = RequestHeader {
            api_key: api_key.code(),
            api_version: version,
            correlation_id,
            client_id: Some(&self.options.client_id),
        };
        let mut frame = Vec::with_capacity(256);
        write_frame(&mut frame, |out| {
            let mut writer = Writer::new(out);
            header.write(&mut writer)?;
            body(&mut writer)
        })
        .map_err(|error| ClientError::wire(api_key, version, error))?;
        // From the reserved place on nothing waits, so a caller that is dropped has sent all or nothing.
        let place = match tokio::time::timeout_at(deadline.at, self.requests.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(self.shared.end_reason()),
            Err(_) => return Err(self.overdue(api_key, deadline)),
        };
        if let Some(answer) = answer {
            self.shared.expect(correlation_id, answer)?;
        }
        place.send(frame);
        Ok(())
    }

    /// Reads the answer to an `R` that was sent in `version`.
    pub(crate) fn decode<R: ProtocolRequest>(
        &self,
        frame: Bytes,
        version: i16,
    ) -> Result<R::Response, ClientError> {
        let mut reader = Reader::new(&frame);
        let decoded = ResponseHeader::read(&mut reader, R::API_KEY, version)
            .and_then(|_| R::Response::decode(&mut reader, version))
            .and_then(|response| reader.finish().map(|()| response));
        decoded.map_err(|error| {
            let error = ClientError::wire(R::API_KEY, version, error);
            // Whoever sends such an answer cannot be trusted with the next one either.
            self.shared.end(&self.shared.disconnected("an answer could not be read"));
            error
        })
    }

    fn overdue(&self, api_key: ApiKey, deadline: Deadline) -> ClientError {
        let timeout =
            ClientError::timeout(format!("{api_key} to `{}`", self.shared.address()), deadline.after);
        // The broker may be gone without a word. Other requests find out now instead of at their own deadlines.
        self.shared.end(&self.shared.disconnected("a request was not answered in time"));
        timeout
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.options.request_timeout)
    }

    /// The options that the connection was made with.
    pub fn options(&self) -> &ConnectionOptions {
        &self.options
    }

    /// The versions that the broker announced.
    pub fn versions(&self) -> &ApiVersionTable {
        &self.versions
    }

    /// The broker's whole answer to ApiVersions, features included.
    pub fn announced(&self) -> &ApiVersionsResponse {
        &self.announced
    }

    /// The lowest and highest version (both inclusive) that the broker speaks of an API.
    pub fn advertised_api_range(&self, api_key: ApiKey) -> Option<(i16, i16)> {
        self.versions.broker_range(api_key)
    }

    /// How many requests wait for their answers.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight()
    }

    /// Whether the connection has ended. It does not come back; connect again.
    pub fn is_closed(&self) -> bool {
        self.shared.ended.load(Ordering::Acquire)
    }

    /// Ends the connection. Requests under way fail with [`ClientError::Disconnected`].
    pub fn close(&self) {
        self.shared.end(&self.shared.disconnected("closed by this client"));
    }

    /// The address that was connected to.
    pub fn address(&self) -> &str {
        self.shared.address()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // The writer ends by itself, after what is queued (acks 0) has been written.
        self.reader.abort();
    }
}

/// An answer that is on its way.
#[derive(Debug)]
pub(crate) struct Pending {
    api_key: ApiKey,
    deadline: Deadline,
    receiver: oneshot::Receiver<Answer>,
}

impl Pending {
    /// The whole frame of the answer, from its header on.
    pub(crate) async fn answer(self, connection: &Connection) -> Result<Bytes, ClientError> {
        match tokio::time::timeout_at(self.deadline.at, self.receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(connection.shared.end_reason()),
            Err(_) => Err(connection.overdue(self.api_key, self.deadline)),
        }
    }
}
