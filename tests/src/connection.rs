//! One blocking connection that speaks in plain requests.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{Decode, ProtocolRequest, frame};

const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a broker. Requests are answered one at a time.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    correlation_id: i32,
}

impl Connection {
    /// Connects; every later read gives up after half a minute.
    pub fn open(address: &str) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Connection { stream, correlation_id: 0 })
    }

    /// Sends a request and waits for its answer.
    pub fn call<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> io::Result<R::Response> {
        self.send(request, version)?;
        self.receive::<R>(version)
    }

    /// Sends a request without waiting for anything.
    pub fn send<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> io::Result<()> {
        self.correlation_id += 1;
        self.stream.write_all(&framed(request, version, self.correlation_id))
    }

    /// Takes the next answer, which must belong to a request of this kind and version.
    pub fn receive<R: ProtocolRequest>(&mut self, version: i16) -> io::Result<R::Response> {
        let mut length = [0; frame::LENGTH_SIZE];
        self.stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut body)?;
        let body = Bytes::from(body);
        let mut reader = Reader::new(&body);
        ResponseHeader::read(&mut reader, R::API_KEY, version).map_err(io::Error::other)?;
        R::Response::decode(&mut reader, version).map_err(io::Error::other)
    }
}

/// A request as it goes over the wire, length first.
pub fn framed<R: ProtocolRequest>(request: &R, version: i16, correlation_id: i32) -> Vec<u8> {
    let mut out = Vec::new();
    frame::write_frame(&mut out, |out| {
        let mut writer = Writer::new(out);
        let header = RequestHeader {
            api_key: R::API_KEY.code(),
            api_version: version,
            correlation_id,
            client_id: Some("fluxmq-tests"),
        };
        header.write(&mut writer)?;
        request.encode(&mut writer, version)
    })
    .expect("a request of the tests can be encoded");
    out
}
