//! DescribeLogDirs (API 35). Sizes of the logs in each log directory (KIP-113, KIP-827).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeLogDirs 1-5: DescribeLogDirsRequest => DescribeLogDirsResponse);

message! {
    DescribeLogDirsRequest {
        topics: Option<Vec<DescribableLogDirTopic>> => 0+, nullable 0+, default Some(Default::default());
    }
    DescribableLogDirTopic {
        topic: String => 0+;
        partitions: Vec<i32> => 0+;
    }
    DescribeLogDirsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 3+;
        results: Vec<DescribeLogDirsResult> => 0+;
    }
    DescribeLogDirsResult {
        error_code: ErrorCode => 0+;
        log_dir: String => 0+;
        topics: Vec<DescribeLogDirsTopic> => 0+;
        total_bytes: i64 => 4+, default -1;
        usable_bytes: i64 => 4+, default -1;
        is_cordoned: bool => 5+;
    }
    DescribeLogDirsTopic {
        name: String => 0+;
        partitions: Vec<DescribeLogDirsPartition> => 0+;
    }
    DescribeLogDirsPartition {
        partition_index: i32 => 0+;
        partition_size: i64 => 0+;
        offset_lag: i64 => 0+;
        is_future_key: bool => 0+;
    }
}
