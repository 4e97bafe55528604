//! What can go wrong between this client and a cluster.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::wire::WireError;
use fluxmq_protocol::{ApiKey, ErrorCode};

/// Why an operation failed. Cheap to clone: one failed batch answers many records.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection could be made. Names every address that was tried.
    #[error("cannot connect to {}", Attempts(attempts))]
    Connect {
        /// What was tried, in order.
        attempts: Vec<ConnectAttempt>,
    },
    /// A connection ended before the answer came.
    #[error("the connection to `{address}` ended: {reason}")]
    Disconnected {
        /// The broker's address.
        address: String,
        /// Why it ended.
        reason: String,
    },
    /// A setting that cannot be used.
    #[error("{0}")]
    InvalidConfig(String),
    /// An argument that cannot be used.
    #[error("{0}")]
    InvalidArgument(String),
    /// A deadline passed.
    #[error("{what} did not finish within {} ms", after.as_millis())]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long it was waited for.
        after: Duration,
        /// What went wrong last while it was tried.
        #[source]
        cause: Option<Box<ClientError>>,
    },
    /// Client and broker have no version of an API in common.
    #[error("{}", Versions { api_key: *api_key, broker: (*broker_min, *broker_max), client: (*client_min, *client_max) })]
    IncompatibleVersion {
        /// The API.
        api_key: ApiKey,
        /// The lowest version of the broker, -1 where it does not have the API.
        broker_min: i16,
        /// The highest version of the broker, -1 where it does not have the API.
        broker_max: i16,
        /// The lowest version of this client.
        client_min: i16,
        /// The highest version of this client.
        client_max: i16,
    },
    /// The broker refused.
    #[error("{context}: {} ({})", message.as_deref().unwrap_or(error_code.sentence()), error_code.name())]
    Server {
        /// Kafka's error code.
        error_code: ErrorCode,
        /// What was asked for, of which topic, partition, group or broker.
        context: String,
        /// The broker's own words, where it gave any.
        message: Option<String>,
    },
    /// The coordinator of a group could not be found.
    #[error("no coordinator for group `{group}`: {}", message.as_deref().unwrap_or(error_code.sentence()))]
    NoCoordinator {
        /// The group.
        group: String,
        /// The broker's error code.
        error_code: ErrorCode,
        /// The broker's own words, where it gave any.
        message: Option<String>,
    },
    /// Bytes that do not follow the protocol.
    #[error("{what} cannot be read or written")]
    Codec {
        /// Which message or record batch.
        what: String,
        /// What is wrong with it.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The operating system refused.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's error.
        #[source]
        source: Arc<io::Error>,
    },
    /// The client, producer or consumer was closed before this was done.
    #[error("the {0} was closed before this was done")]
    Closed(&'static str),
}

/// One address that did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectAttempt {
    /// The address as it was given, `host:port`.
    pub address: String,
    /// Why it failed, in a few words.
    pub reason: String,
}

impl ClientError {
    /// An answer with an error code, about `context`.
    pub fn server(error_code: ErrorCode, context: impl Into<String>, message: Option<String>) -> Self {
        let message = message.filter(|message| !message.is_empty());
        ClientError::Server { error_code, context: context.into(), message }
    }

    /// `Ok` for [`ErrorCode::NONE`], else a [`ClientError::Server`] about `context`.
    pub fn check(error_code: ErrorCode, context: impl FnOnce() -> String) -> Result<(), Self> {
        if error_code.is_ok() { Ok(()) } else { Err(ClientError::server(error_code, context(), None)) }
    }

    pub(crate) fn codec(what: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        ClientError::Codec { what: what.into(), source: Arc::new(source) }
    }

    pub(crate) fn wire(api_key: ApiKey, version: i16, source: WireError) -> Self {
        ClientError::codec(format!("a message of {api_key} version {version}"), source)
    }

    pub(crate) fn timeout(what: impl Into<String>, after: Duration) -> Self {
        ClientError::Timeout { what: what.into(), after, cause: None }
    }

    pub(crate) fn connect(address: impl Into<String>, reason: impl Into<String>) -> Self {
        let attempt = ConnectAttempt { address: address.into(), reason: reason.into() };
        ClientError::Connect { attempts: vec![attempt] }
    }

    /// A time-out whose last failure was `cause`.
    pub(crate) fn timeout_after(
        what: impl Into<String>,
        after: Duration,
        cause: Option<ClientError>,
    ) -> Self {
        ClientError::Timeout { what: what.into(), after, cause: cause.map(Box::new) }
    }

    /// The broker's error code, where a broker answered with one.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            ClientError::Server { error_code, .. } | ClientError::NoCoordinator { error_code, .. } => {
                Some(*error_code)
            }
            ClientError::Timeout { cause: Some(cause), .. } => cause.error_code(),
            _ => None,
        }
    }

    /// Whether the same operation may succeed when it is tried again.
    pub fn is_retriable(&self) -> bool {
        match self {
            ClientError::Connect { .. } | ClientError::Disconnected { .. } | ClientError::Timeout { .. } => {
                true
            }
            ClientError::Server { error_code, .. } | ClientError::NoCoordinator { error_code, .. } => {
                error_code.is_retriable()
            }
            _ => false,
        }
    }

    /// Whether no broker answered: the network, or the broker, is not there.
    pub fn is_unreachable(&self) -> bool {
        match self {
            ClientError::Connect { .. } | ClientError::Disconnected { .. } => true,
            ClientError::Timeout { cause, .. } => cause.as_ref().is_none_or(|cause| cause.is_unreachable()),
            _ => false,
        }
    }
}

/// Whether an error code says that what the client knows about leaders or topic ids is old.
pub(crate) fn is_stale_metadata(error_code: ErrorCode) -> bool {
    matches!(
        error_code,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::LEADER_NOT_AVAILABLE
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::REPLICA_NOT_AVAILABLE
            | ErrorCode::BROKER_NOT_AVAILABLE
            | ErrorCode::KAFKA_STORAGE_ERROR
            | ErrorCode::LISTENER_NOT_FOUND
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::UNKNOWN_LEADER_EPOCH
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::INCONSISTENT_TOPIC_ID
            | ErrorCode::NETWORK_EXCEPTION
    )
}

/// The few words that a person needs of a system error.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by the broker".to_owned(),
        io::ErrorKind::TimedOut => "timed out".to_owned(),
        io::ErrorKind::UnexpectedEof => "closed by the broker".to_owned(),
        _ => error.to_string(),
    }
}

struct Attempts<'a>(&'a [ConnectAttempt]);

impl fmt::Display for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attempt) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}`{}` ({})", attempt.address, attempt.reason)?;
        }
        if self.0.is_empty() { f.write_str("any broker: none is known") } else { Ok(()) }
    }
}

struct Versions {
    api_key: ApiKey,
    broker: (i16, i16),
    client: (i16, i16),
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (broker_min, broker_max) = self.broker;
        let (client_min, client_max) = self.client;
        if broker_max < 0 {
            return write!(f, "the broker does not offer {}", self.api_key);
        }
        write!(
            f,
            "the broker speaks {} in versions {broker_min} to {broker_max}, this needs {client_min} to {client_max}",
            self.api_key
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_connect_names_every_address() {
        let attempt = |address: &str| ConnectAttempt {
            address: address.to_owned(),
            reason: "connection refused".to_owned(),
        };
        let error = ClientError::Connect { attempts: vec![attempt("a:1"), attempt("b:2")] };
        assert_eq!(
            error.to_string(),
            "cannot connect to `a:1` (connection refused), `b:2` (connection refused)"
        );
        assert!(error.is_retriable());
    }

    #[test]
    fn a_refusal_says_what_was_asked_why_and_the_name() {
        let error = ClientError::server(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "topic `orders`", None);
        assert_eq!(
            error.to_string(),
            "topic `orders`: the broker does not host this topic or partition (UNKNOWN_TOPIC_OR_PARTITION)"
        );
        let timeout = ClientError::timeout_after("x", Duration::from_secs(1), Some(error));
        assert_eq!(timeout.error_code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
        assert!(!timeout.is_unreachable());
    }
}
