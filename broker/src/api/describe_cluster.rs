//! DescribeCluster 0-2: the brokers of the cluster (KIP-700).
//!
//! - 1: brokers or controllers (KIP-919). Only brokers are listed to clients: another type is UNSUPPORTED_ENDPOINT_TYPE, or
//!   MISMATCHED_ENDPOINT_TYPE for controllers. 2: fenced brokers (KIP-1073); there are none.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};

use super::context::{CLUSTER_OPERATIONS, Call};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub(super) async fn handle(call: &Call<'_>, request: &DescribeClusterRequest) -> DescribeClusterResponse {
    let refusal = match request.endpoint_type {
        BROKERS => None,
        CONTROLLERS => Some((
            ErrorCode::MISMATCHED_ENDPOINT_TYPE,
            "controllers are asked for, and this is a broker's listener; ask for brokers",
        )),
        _ => Some((ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "this endpoint type is not known; ask for brokers")),
    };
    if let Some((error_code, message)) = refusal {
        return DescribeClusterResponse {
            error_code,
            error_message: Some(message.to_owned()),
            ..Default::default()
        };
    }
    let (host, port) = call.advertised();
    let node_id = call.broker.settings.node_id;
    let mut response = DescribeClusterResponse {
        endpoint_type: request.endpoint_type,
        cluster_id: call.broker.metadata.image().cluster_id.clone(),
        controller_id: node_id,
        brokers: vec![DescribeClusterBroker {
            broker_id: node_id,
            host,
            port: port.into(),
            rack: call.broker.settings.rack.clone(),
            is_fenced: false,
        }],
        ..Default::default()
    };
    if request.include_cluster_authorized_operations {
        response.cluster_authorized_operations = CLUSTER_OPERATIONS;
    }
    response
}
