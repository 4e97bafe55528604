//! Listing the groups of all brokers.

use fluxmq_protocol::messages::list_groups::{ListGroupsRequest, ListedGroup};
use futures_util::future::join_all;

use super::super::{Admin, Outcomes, retry};
use super::{GroupListing, GroupState, GroupType};
use crate::error::ClientError;

/// The first version that filters by state and answers with it (KIP-518).
const STATES_VERSION: i16 = 4;
/// The first version that filters by type and answers with it (KIP-848).
const TYPES_VERSION: i16 = 5;

/// Which groups are listed. Brokers that are too old to filter list all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Those in one of these states; all where it is empty.
    pub states: Vec<GroupState>,
    /// Those of one of these types; all where it is empty.
    pub types: Vec<GroupType>,
}

impl Admin {
    /// Lists groups: for each broker those that it coordinates, in the order of their names.
    pub async fn list_groups(
        &self,
        filter: &GroupFilter,
    ) -> Result<Outcomes<i32, Vec<GroupListing>>, ClientError> {
        let brokers = retry!(self, self.client.refresh_metadata()).brokers;
        let asked = brokers.iter().map(|broker| async {
            let listed = self.list_groups_of(broker.id, filter).await;
            (broker.id, listed)
        });
        Ok(join_all(asked.collect::<Vec<_>>()).await)
    }

    async fn list_groups_of(
        &self,
        broker: i32,
        filter: &GroupFilter,
    ) -> Result<Vec<GroupListing>, ClientError> {
        let listed = retry!(self, self.list_groups_once(broker, filter));
        let known = |text: &str| !text.is_empty();
        let listing = |group: ListedGroup| GroupListing {
            state: known(&group.group_state).then(|| GroupState::from_name(&group.group_state)),
            group_type: known(&group.group_type).then(|| GroupType::from_name(&group.group_type)),
            name: group.group_id,
            protocol_type: group.protocol_type,
            coordinator: broker,
        };
        let mut groups: Vec<GroupListing> = listed.into_iter().map(listing).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(groups)
    }

    async fn list_groups_once(
        &self,
        broker: i32,
        filter: &GroupFilter,
    ) -> Result<Vec<ListedGroup>, ClientError> {
        let connection = self.client.broker(broker).connection().await?;
        let version = connection.versions().negotiate::<ListGroupsRequest>()?;
        let filter_from = |since: i16, names: Vec<String>| if version >= since { names } else { Vec::new() };
        let states = filter.states.iter().map(ToString::to_string).collect();
        let types = filter.types.iter().map(ToString::to_string).collect();
        let request = ListGroupsRequest {
            states_filter: filter_from(STATES_VERSION, states),
            types_filter: filter_from(TYPES_VERSION, types),
        };
        let response = connection.send_version(&request, version, self.timeout).await?;
        ClientError::check(response.error_code, || format!("groups of broker {broker}"))?;
        Ok(response.groups)
    }
}
