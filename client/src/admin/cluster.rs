//! The cluster and its brokers.

use std::collections::BTreeSet;

use fluxmq_protocol::ApiKey;
use fluxmq_protocol::messages::describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use serde::Serialize;

use super::{Admin, retry};
use crate::error::ClientError;
use crate::pool::BrokerInfo;

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterDescription {
    /// The cluster's id, where it has one.
    pub cluster_id: Option<String>,
    /// The broker that changes of topics go to.
    pub controller_id: Option<i32>,
    /// Its brokers, by id.
    pub brokers: Vec<Broker>,
}

/// A broker: where it is and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broker {
    /// How to reach it.
    pub spec: BrokerInfo,
    /// How it does.
    pub status: BrokerStatus,
}

/// How a broker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerStatus {
    /// Whether it is there.
    pub state: BrokerState,
    /// Whether changes of topics go to it.
    pub is_controller: bool,
}

/// Whether a broker is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum BrokerState {
    /// It serves.
    Online,
    /// It is registered but does not serve.
    Offline,
}

impl Admin {
    /// Describes the cluster. Brokers that are registered but not there are named where the cluster can tell.
    pub async fn describe_cluster(&self) -> Result<ClusterDescription, ClientError> {
        Ok(retry!(self, self.describe_cluster_once()))
    }

    async fn describe_cluster_once(&self) -> Result<ClusterDescription, ClientError> {
        let connection = self.client.any_connection().await?;
        if connection.advertised_api_range(ApiKey::DescribeCluster).is_none() {
            return self.describe_by_metadata().await;
        }
        let request =
            DescribeClusterRequest { include_fenced_brokers: true, ..DescribeClusterRequest::default() };
        let response = connection.send(request).await?;
        ClientError::check(response.error_code, || "describe the cluster".to_owned())?;
        Ok(described(response))
    }

    /// For brokers from before KIP-700.
    async fn describe_by_metadata(&self) -> Result<ClusterDescription, ClientError> {
        let metadata = self.client.refresh_metadata().await?;
        let controller_id = metadata.controller_id;
        let brokers = metadata.brokers.into_iter();
        Ok(ClusterDescription {
            cluster_id: metadata.cluster_id,
            controller_id,
            brokers: brokers.map(|spec| broker(spec, false, controller_id)).collect(),
        })
    }

    /// The ids of the brokers that serve.
    pub async fn broker_ids(&self) -> Result<BTreeSet<i32>, ClientError> {
        let cluster = self.describe_cluster().await?;
        let online = cluster.brokers.iter().filter(|broker| broker.status.state == BrokerState::Online);
        Ok(online.map(|broker| broker.spec.id).collect())
    }
}

fn described(response: DescribeClusterResponse) -> ClusterDescription {
    let controller_id = (response.controller_id >= 0).then_some(response.controller_id);
    let mut brokers: Vec<Broker> = response
        .brokers
        .into_iter()
        .filter_map(|described| {
            let port = u16::try_from(described.port).ok()?;
            let spec =
                BrokerInfo { id: described.broker_id, host: described.host, port, rack: described.rack };
            Some(broker(spec, described.is_fenced, controller_id))
        })
        .collect();
    brokers.sort_by_key(|broker| broker.spec.id);
    let cluster_id = Some(response.cluster_id).filter(|id| !id.is_empty());
    ClusterDescription { cluster_id, controller_id, brokers }
}

fn broker(spec: BrokerInfo, is_fenced: bool, controller_id: Option<i32>) -> Broker {
    let state = if is_fenced { BrokerState::Offline } else { BrokerState::Online };
    let is_controller = controller_id == Some(spec.id);
    Broker { spec, status: BrokerStatus { state, is_controller } }
}
