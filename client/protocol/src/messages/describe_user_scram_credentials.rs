//! DescribeUserScramCredentials (API 50). Lists which SCRAM credentials exist (KIP-554).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeUserScramCredentials 0-0: DescribeUserScramCredentialsRequest => DescribeUserScramCredentialsResponse);

message! {
    DescribeUserScramCredentialsRequest {
        users: Option<Vec<UserName>> => 0+, nullable 0+, default Some(Default::default());
    }
    UserName {
        name: String => 0+;
    }
    DescribeUserScramCredentialsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        results: Vec<DescribeUserScramCredentialsResult> => 0+;
    }
    DescribeUserScramCredentialsResult {
        user: String => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        credential_infos: Vec<CredentialInfo> => 0+;
    }
    CredentialInfo {
        mechanism: i8 => 0+;
        iterations: i32 => 0+;
    }
}
