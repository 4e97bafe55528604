//! SaslAuthenticate (API 36). Carries the messages of a SASL mechanism (KIP-152, KIP-368).

use bytes::Bytes;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(SaslAuthenticate 0-2: SaslAuthenticateRequest => SaslAuthenticateResponse);

message! {
    SaslAuthenticateRequest {
        auth_bytes: Bytes => 0+;
    }
    SaslAuthenticateResponse {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        auth_bytes: Bytes => 0+;
        session_lifetime_ms: i64 => 1+;
    }
}
