//! Kafka's wire protocol: bytes in, typed messages out, and back. No I/O happens here.
//!
//! In reading order: [`frame`] cuts a stream of bytes, [`header`] says what a frame is, [`messages`] what it says.
//! Messages are described by the macro of [`message`] over the types of [`wire`]. Topic data is in [`record`], what
//! brokers write down for themselves in [`stored`], what members of a group tell each other in
//! [`consumer_protocol`]. What every broker does all day, produce and fetch, has readers and writers without
//! allocation in [`view`].

pub mod api_key;
pub mod consumer_protocol;
pub mod error_code;
pub mod frame;
pub mod header;
pub mod message;
pub mod messages;
pub mod record;
pub mod stored;
pub mod view;
pub mod wire;

pub use api_key::ApiKey;
pub use error_code::ErrorCode;
pub use message::{Decode, Encode, ProtocolRequest};
pub use uuid::Uuid;
