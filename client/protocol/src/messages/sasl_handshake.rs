//! SaslHandshake (API 17). Agrees on a SASL mechanism.

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(SaslHandshake 0-1: SaslHandshakeRequest => SaslHandshakeResponse);

message! {
    SaslHandshakeRequest {
        mechanism: String => 0+;
    }
    SaslHandshakeResponse {
        error_code: ErrorCode => 0+;
        mechanisms: Vec<String> => 0+;
    }
}
