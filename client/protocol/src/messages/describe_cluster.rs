//! DescribeCluster (API 60). The brokers, or controllers, of the cluster (KIP-700, KIP-919).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeCluster 0-2: DescribeClusterRequest => DescribeClusterResponse);

message! {
    DescribeClusterRequest {
        include_cluster_authorized_operations: bool => 0+;
        endpoint_type: i8 => 1+, default 1;
        include_fenced_brokers: bool => 2+;
    }
    DescribeClusterResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+;
        endpoint_type: i8 => 1+, default 1;
        cluster_id: String => 0+;
        controller_id: i32 => 0+, default -1;
        brokers: Vec<DescribeClusterBroker> => 0+;
        cluster_authorized_operations: i32 => 0+, default -2_147_483_648;
    }
    DescribeClusterBroker {
        broker_id: i32 => 0+;
        host: String => 0+;
        port: i32 => 0+;
        rack: Option<String> => 0+, nullable 0+;
        is_fenced: bool => 2+;
    }
}
