//! AlterUserScramCredentials (API 51). Creates, changes and deletes SCRAM credentials (KIP-554).

use bytes::Bytes;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AlterUserScramCredentials 0-0: AlterUserScramCredentialsRequest => AlterUserScramCredentialsResponse);

message! {
    AlterUserScramCredentialsRequest {
        deletions: Vec<ScramCredentialDeletion> => 0+;
        upsertions: Vec<ScramCredentialUpsertion> => 0+;
    }
    ScramCredentialDeletion {
        name: String => 0+;
        mechanism: i8 => 0+;
    }
    ScramCredentialUpsertion {
        name: String => 0+;
        mechanism: i8 => 0+;
        iterations: i32 => 0+;
        salt: Bytes => 0+;
        salted_password: Bytes => 0+;
    }
    AlterUserScramCredentialsResponse {
        throttle_time_ms: i32 => 0+;
        results: Vec<AlterUserScramCredentialsResult> => 0+;
    }
    AlterUserScramCredentialsResult {
        user: String => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
}
