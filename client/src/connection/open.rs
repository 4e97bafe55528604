//! From `host:port` to a TCP stream.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::config::{ConnectionOptions, DnsLookup};
use crate::error::{ClientError, io_reason};

/// Detects a peer that vanished without a word.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Resolves the name and tries its addresses in order.
pub(super) async fn open(
    address: &str,
    options: &ConnectionOptions,
    setup_timeout: Duration,
) -> Result<TcpStream, ClientError> {
    let mut reason = "the name has no address".to_owned();
    for candidate in resolve(address, options).await? {
        match tokio::time::timeout(setup_timeout, TcpStream::connect(candidate)).await {
            Ok(Ok(stream)) => {
                tune(&stream, options).map_err(|error| ClientError::connect(address, io_reason(&error)))?;
                return Ok(stream);
            }
            Ok(Err(error)) => reason = io_reason(&error),
            Err(_) => reason = format!("no answer within {} ms", setup_timeout.as_millis()),
        }
    }
    Err(ClientError::connect(address, reason))
}

async fn resolve(address: &str, options: &ConnectionOptions) -> Result<Vec<SocketAddr>, ClientError> {
    let lookup = tokio::time::timeout(options.dns_timeout, tokio::net::lookup_host(address)).await;
    let mut candidates: Vec<SocketAddr> = match lookup {
        Ok(Ok(candidates)) => candidates.collect(),
        Ok(Err(error)) => {
            return Err(ClientError::connect(address, format!("the name cannot be resolved: {error}")));
        }
        Err(_) => {
            let reason = format!("the name was not resolved within {} ms", options.dns_timeout.as_millis());
            return Err(ClientError::connect(address, reason));
        }
    };
    if options.dns_lookup == DnsLookup::FirstAddress {
        candidates.truncate(1);
    }
    Ok(candidates)
}

fn tune(stream: &TcpStream, options: &ConnectionOptions) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    if let Some(bytes) = options.send_buffer {
        socket.set_send_buffer_size(bytes)?;
    }
    if let Some(bytes) = options.receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    Ok(())
}
