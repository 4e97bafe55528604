//! FindCoordinator 0-6: which broker coordinates a group or a transactional id. On one node it is always this one.
//!
//! - 1: key type, error message. 3: flexible. 4: several keys at once (KIP-699). 6: share group keys (KIP-932).
//! - Without `enable_consumer_groups` groups are COORDINATOR_NOT_AVAILABLE; the log says once which setting to change. So is a group of
//!   which not everything that was written down could be read.
//! - Transactions and share groups are not served: INVALID_REQUEST with a message, which clients give up on at once,
//!   where COORDINATOR_NOT_AVAILABLE would have them try until their time-out.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};

use super::context::Call;
use super::groups;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

pub(super) async fn handle(call: &Call<'_>, request: &FindCoordinatorRequest) -> FindCoordinatorResponse {
    if call.version >= 4 {
        let coordinators =
            request.coordinator_keys.iter().map(|key| coordinator(call, key, request.key_type)).collect();
        return FindCoordinatorResponse { coordinators, ..Default::default() };
    }
    let found = coordinator(call, &request.key, request.key_type);
    FindCoordinatorResponse {
        error_code: found.error_code,
        error_message: found.error_message,
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..Default::default()
    }
}

fn coordinator(call: &Call<'_>, key: &str, key_type: i8) -> Coordinator {
    match refusal(call, key, key_type) {
        None => {
            let (host, port) = call.advertised();
            Coordinator {
                key: key.to_owned(),
                node_id: call.broker.settings.node_id,
                host,
                port: port.into(),
                error_code: ErrorCode::NONE,
                error_message: Some(if call.version >= 4 { String::new() } else { "NONE".to_owned() }),
            }
        }
        Some((error_code, message)) => Coordinator {
            key: key.to_owned(),
            node_id: -1,
            host: String::new(),
            port: -1,
            error_code,
            error_message: Some(message.to_owned()),
        },
    }
}

fn refusal(call: &Call<'_>, key: &str, key_type: i8) -> Option<(ErrorCode, &'static str)> {
    match key_type {
        GROUP => match groups::coordinator(call) {
            Ok(groups) => groups.check(key).err().map(|error_code| (error_code, groups::DAMAGED)),
            Err(error_code) => Some((error_code, groups::GROUPS_OFF)),
        },
        TRANSACTION => Some((
            ErrorCode::INVALID_REQUEST,
            "this broker does not serve transactions; produce without a transactional id",
        )),
        SHARE if call.version >= 6 => Some((
            ErrorCode::INVALID_REQUEST,
            "this broker does not serve share groups; use a consumer group",
        )),
        _ => Some((ErrorCode::INVALID_REQUEST, "this type of coordinator is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[tokio::test]
    async fn this_broker_coordinates_groups_and_nothing_else() {
        let bench = Bench::with(&[("advertised.listeners", "PLAINTEXT://broker.example:19092")]).await;
        for (key_type, version, expected) in [
            (GROUP, 6, ErrorCode::NONE),
            (TRANSACTION, 6, ErrorCode::INVALID_REQUEST),
            (SHARE, 6, ErrorCode::INVALID_REQUEST),
            (SHARE, 4, ErrorCode::INVALID_REQUEST),
            (9, 6, ErrorCode::INVALID_REQUEST),
        ] {
            let request = FindCoordinatorRequest {
                key_type,
                coordinator_keys: vec!["a".to_owned(), "b".to_owned()],
                ..Default::default()
            };
            let found = handle(&bench.call(version), &request).await.coordinators;
            assert_eq!(found.len(), 2);
            assert!(found.iter().all(|one| one.error_code == expected), "{key_type} {version}");
            let (node_id, host) = if expected.is_ok() { (1, "broker.example") } else { (-1, "") };
            assert_eq!((found[0].node_id, found[0].host.as_str()), (node_id, host));
        }
        let request = FindCoordinatorRequest { key: "a".to_owned(), ..Default::default() };
        let found = handle(&bench.call(0), &request).await;
        assert_eq!((found.error_code, found.node_id, found.port), (ErrorCode::NONE, 1, 19092));
    }

    #[tokio::test]
    async fn groups_can_be_off() {
        let bench = Bench::with(&[("enable_consumer_groups", "false")]).await;
        let request = FindCoordinatorRequest { key: "a".to_owned(), ..Default::default() };
        let found = handle(&bench.call(3), &request).await;
        assert_eq!(found.error_code, ErrorCode::COORDINATOR_NOT_AVAILABLE);
        assert!(found.error_message.is_some_and(|message| message.contains("enable_consumer_groups")));
    }
}
