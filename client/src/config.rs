//! How connections are made and kept.

use std::time::Duration;

use crate::error::ClientError;

/// Settings of a connection: when it is made, and for each request on it. Kafka's names, with underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// How the client calls itself in each request.
    pub client_id: String,
    /// How long an answer may take, from the call on. Default 30 s.
    pub request_timeout: Duration,
    /// How long resolving a host name may take. Default 5 s.
    pub dns_timeout: Duration,
    /// How long a TCP connection may take to stand. Doubles with each failure. Default 10 s.
    pub socket_connection_setup_timeout: Duration,
    /// The longest that `socket_connection_setup_timeout` grows to. Default 30 s.
    pub socket_connection_setup_timeout_max: Duration,
    /// The first wait after a failed connect. Default 50 ms.
    pub reconnect_backoff: Duration,
    /// The longest wait between connects. Default 1 s.
    pub reconnect_backoff_max: Duration,
    /// A connection that nothing has used for this long is closed. Default 9 min, less than the broker's 10.
    pub connections_max_idle: Duration,
    /// Which addresses of a name are tried.
    pub dns_lookup: DnsLookup,
    /// The socket's send buffer in bytes; the system's choice when `None`.
    pub send_buffer: Option<usize>,
    /// The socket's receive buffer in bytes; the system's choice when `None`.
    pub receive_buffer: Option<usize>,
    /// How many requests may wait to be written on one connection, at least 1. Default 1024.
    pub dispatch_queue_capacity: usize,
    /// The largest answer accepted, in bytes. Default 104,857,600.
    pub frame_max: usize,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        ConnectionOptions {
            client_id: "fluxmq-client".to_owned(),
            request_timeout: Duration::from_secs(30),
            dns_timeout: Duration::from_secs(5),
            socket_connection_setup_timeout: Duration::from_secs(10),
            socket_connection_setup_timeout_max: Duration::from_secs(30),
            reconnect_backoff: Duration::from_millis(50),
            reconnect_backoff_max: Duration::from_secs(1),
            connections_max_idle: Duration::from_secs(9 * 60),
            dns_lookup: DnsLookup::default(),
            send_buffer: None,
            receive_buffer: None,
            dispatch_queue_capacity: 1024,
            frame_max: 100 * 1024 * 1024,
        }
    }
}

impl ConnectionOptions {
    /// Refuses settings that contradict themselves or cannot work.
    pub fn validate(&self) -> Result<(), ClientError> {
        let refuse = |message: &str| Err(ClientError::InvalidConfig(message.to_owned()));
        if self.request_timeout.is_zero() {
            return refuse("`request_timeout` must be longer than 0");
        }
        if self.dns_timeout.is_zero() || self.socket_connection_setup_timeout.is_zero() {
            return refuse("`dns_timeout` and `socket_connection_setup_timeout` must be longer than 0");
        }
        if self.socket_connection_setup_timeout_max < self.socket_connection_setup_timeout {
            return refuse(
                "`socket_connection_setup_timeout_max` must not be shorter than `socket_connection_setup_timeout`",
            );
        }
        if self.reconnect_backoff_max < self.reconnect_backoff {
            return refuse("`reconnect_backoff_max` must not be shorter than `reconnect_backoff`");
        }
        if self.dispatch_queue_capacity == 0 {
            return refuse("`dispatch_queue_capacity` must be at least 1");
        }
        if self.frame_max < 1024 || i32::try_from(self.frame_max).is_err() {
            return refuse("`frame_max` must lie between 1,024 and 2,147,483,647 bytes");
        }
        if self.client_id.len() > fluxmq_protocol::header::CLIENT_ID_MAX {
            return refuse("`client_id` must not be longer than 32,767 bytes");
        }
        Ok(())
    }
}

/// Which addresses of a host name are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DnsLookup {
    /// All, one after the other (KIP-302).
    #[default]
    UseAllDnsIps,
    /// Only the first that the resolver names.
    FirstAddress,
}

/// What to do when none of the brokers that the last metadata named can be reached (KIP-899).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataRecovery {
    /// Start again from the bootstrap servers.
    #[default]
    Rebootstrap,
    /// Fail.
    None,
}

/// Splits `host:port,host:port` and checks each. A port that is not given is 9092.
pub(crate) fn bootstrap_addresses(bootstrap: &str) -> Result<Vec<String>, ClientError> {
    let addresses: Vec<String> = bootstrap
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(address_with_port)
        .collect::<Result<_, _>>()?;
    if addresses.is_empty() {
        return Err(ClientError::InvalidConfig(
            "no bootstrap server is given, such as `localhost:9092`".into(),
        ));
    }
    Ok(addresses)
}

fn address_with_port(address: &str) -> Result<String, ClientError> {
    let refuse =
        || Err(ClientError::InvalidConfig(format!("`{address}` is no bootstrap server: write `host:port`")));
    // An IPv6 address stands in brackets; its own colons are no port's.
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        Some(_) if !address.ends_with(']') => return refuse(),
        _ => (address, None),
    };
    match port.map(str::parse::<u16>) {
        _ if host.is_empty() || host.contains('/') || host.contains(char::is_whitespace) => refuse(),
        None => Ok(format!("{host}:9092")),
        Some(Ok(port)) if port > 0 => Ok(format!("{host}:{port}")),
        Some(_) => refuse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bootstrap_servers_are_split_and_checked() {
        assert_eq!(bootstrap_addresses("a:1, b ,[::1]:9").unwrap(), ["a:1", "b:9092", "[::1]:9"]);
        for wrong in ["", " , ", "a:0", "a:99999", "a:b", ":9092", "::1", "http://a:1"] {
            let error = bootstrap_addresses(wrong).unwrap_err();
            assert!(matches!(error, ClientError::InvalidConfig(_)), "{wrong}: {error}");
        }
    }

    #[test]
    fn options_that_contradict_themselves_are_refused() {
        assert!(ConnectionOptions::default().validate().is_ok());
        let options = ConnectionOptions { reconnect_backoff: Duration::from_secs(5), ..Default::default() };
        let error = options.validate().unwrap_err().to_string();
        assert_eq!(error, "`reconnect_backoff_max` must not be shorter than `reconnect_backoff`");
    }
}
