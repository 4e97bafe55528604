//! The network: one loop per connection, and its limits. TLS and SASL will plug in at the transport.

mod connection;
mod limits;
mod transport;

pub(crate) use self::connection::Connection;
pub(crate) use self::limits::{ConnectionLimits, MemoryBudget, NetworkLimits};
pub(crate) use self::transport::Transport;
