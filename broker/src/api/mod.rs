//! Kafka's APIs, one file each. The one table below says which are served in which versions; ApiVersions answers from
//! it, requests are dispatched by it.

mod api_versions;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod context;
mod conversation;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod fetch;
mod find_coordinator;
mod groups;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod old_formats;
mod output;
mod produce;
mod sync_group;
#[cfg(test)]
mod testing;

use fluxmq_protocol::ApiKey;
use fluxmq_protocol::wire::Reader;
use fluxmq_protocol::{Decode, Encode, ProtocolRequest};

pub(crate) use self::context::{Broker, Call, Listener, Peer};
pub(crate) use self::conversation::{Conversation, Hangup};
pub(crate) use self::output::{Output, Sink};

/// The one table of APIs. Those with a handler are decoded, handled and encoded alike; Produce, Fetch and ApiVersions
/// have walks of their own.
macro_rules! apis {
    (own { $($own:ident $own_min:literal..=$own_max:literal;)+ } handled { $($key:ident $min:literal..=$max:literal => $handler:path;)+ }) => {
        /// What is served: API, lowest and highest version.
        pub(crate) const SERVED: &[(ApiKey, i16, i16)] = &[
            $((ApiKey::$own, $own_min, $own_max),)+
            $((ApiKey::$key, $min, $max),)+
        ];

        /// Decodes a request, lets its handler answer, and appends the answer's body to `out`.
        async fn handle(call: &Call<'_>, api_key: ApiKey, body: &[u8], out: &mut Vec<u8>) -> Result<(), Hangup> {
            match api_key {
                $(ApiKey::$key => {
                    let request = Decode::decode(&mut Reader::over(body), call.version)?;
                    let response = tie(&request, $handler(call, &request).await);
                    Ok(response.encode(&mut fluxmq_protocol::wire::Writer::new(out), call.version)?)
                })+
                _ => Err(Hangup::Unsupported { api_key: api_key.code(), version: call.version }),
            }
        }
    };
}

apis! {
    own {
        Produce 0..=13;
        Fetch 0..=18;
        ApiVersions 0..=5;
    }
    handled {
        ListOffsets 0..=11 => list_offsets::handle;
        Metadata 0..=13 => metadata::handle;
        OffsetCommit 0..=10 => offset_commit::handle;
        OffsetFetch 0..=10 => offset_fetch::handle;
        FindCoordinator 0..=6 => find_coordinator::handle;
        JoinGroup 0..=9 => join_group::handle;
        Heartbeat 0..=4 => heartbeat::handle;
        LeaveGroup 0..=5 => leave_group::handle;
        SyncGroup 0..=5 => sync_group::handle;
        DescribeGroups 0..=6 => describe_groups::handle;
        ListGroups 0..=5 => list_groups::handle;
        CreateTopics 0..=7 => create_topics::handle;
        DeleteTopics 0..=6 => delete_topics::handle;
        DeleteRecords 0..=2 => delete_records::handle;
        InitProducerId 0..=5 => init_producer_id::handle;
        DescribeConfigs 0..=4 => describe_configs::handle;
        DeleteGroups 0..=3 => delete_groups::handle;
        OffsetDelete 0..=0 => offset_delete::handle;
        DescribeCluster 0..=2 => describe_cluster::handle;
        ConsumerGroupHeartbeat 0..=1 => consumer_group_heartbeat::handle;
        ConsumerGroupDescribe 0..=1 => consumer_group_describe::handle;
    }
}

/// Holds request and response of one API together, so that the table cannot mix them.
fn tie<R: ProtocolRequest>(_: &R, response: R::Response) -> R::Response {
    response
}

/// The versions of an API that are served.
pub(crate) fn served(api_key: i16) -> Option<(ApiKey, i16, i16)> {
    SERVED.iter().copied().find(|(key, _, _)| key.code() == api_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_api_is_served_beyond_what_the_protocol_describes() {
        for (key, min, max) in SERVED {
            assert!(min <= max, "{key}");
            assert_eq!(served(key.code()), Some((*key, *min, *max)), "{key} stands twice in the table");
        }
    }
}
