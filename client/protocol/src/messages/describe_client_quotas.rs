//! DescribeClientQuotas (API 48). Lists client quotas (KIP-546).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeClientQuotas 0-1: DescribeClientQuotasRequest => DescribeClientQuotasResponse);

message! {
    DescribeClientQuotasRequest {
        components: Vec<ComponentData> => 0+;
        strict: bool => 0+;
    }
    ComponentData {
        entity_type: String => 0+;
        match_type: i8 => 0+;
        r#match: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    DescribeClientQuotasResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        entries: Option<Vec<EntryData>> => 0+, nullable 0+, default Some(Default::default());
    }
    EntryData {
        entity: Vec<EntityData> => 0+;
        values: Vec<ValueData> => 0+;
    }
    EntityData {
        entity_type: String => 0+;
        entity_name: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    ValueData {
        key: String => 0+;
        value: f64 => 0+;
    }
}
