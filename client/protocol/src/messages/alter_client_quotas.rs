//! AlterClientQuotas (API 49). Sets client quotas (KIP-546).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AlterClientQuotas 0-1: AlterClientQuotasRequest => AlterClientQuotasResponse);

message! {
    AlterClientQuotasRequest {
        entries: Vec<EntryData> => 0+;
        validate_only: bool => 0+;
    }
    EntryData {
        entity: Vec<EntityData> => 0+;
        ops: Vec<OpData> => 0+;
    }
    EntityData {
        entity_type: String => 0+;
        entity_name: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    OpData {
        key: String => 0+;
        value: f64 => 0+;
        remove: bool => 0+;
    }
    AlterClientQuotasResponse {
        throttle_time_ms: i32 => 0+;
        entries: Vec<EntryDataResponse> => 0+;
    }
    EntryDataResponse {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        entity: Vec<EntityDataResponse> => 0+;
    }
    EntityDataResponse {
        entity_type: String => 0+;
        entity_name: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
}
