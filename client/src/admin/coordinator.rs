//! Finding the brokers that coordinate groups, and asking each of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::find_coordinator::{Coordinator, FindCoordinatorRequest};
use futures_util::future::join_all;

use super::offsets::is_coordinator_trouble;
use super::{Admin, Outcomes};
use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::pool::BrokerInfo;

/// From this version on one request asks for many coordinators (KIP-699).
const MANY_KEYS_VERSION: i16 = 4;

/// A broker that coordinates groups, and the groups.
pub(super) struct Coordinated {
    pub(super) broker: i32,
    pub(super) connection: Arc<Connection>,
    pub(super) groups: Vec<String>,
}

impl Admin {
    /// The connection to a group's coordinator.
    pub(super) async fn coordinator(&self, group: &str) -> Result<Arc<Connection>, ClientError> {
        let found = self.client.find_coordinator(group, self.timeout).await?;
        self.client.broker(found.id).connection().await
    }

    /// Has `ask` ask each group's coordinator about its groups, and again where a coordinator has moved or is not ready,
    /// until every group has an answer or the time is over. Answers are in the order of the groups.
    pub(super) async fn of_coordinators<T, F>(
        &self,
        groups: &[&str],
        ask: impl Fn(Coordinated) -> F,
    ) -> Outcomes<String, T>
    where
        F: Future<Output = Result<Outcomes<String, T>, ClientError>>,
    {
        let mut attempts = self.attempts();
        let mut answers: BTreeMap<String, Result<T, ClientError>> = BTreeMap::new();
        let mut open: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        open.sort();
        open.dedup();
        while !open.is_empty() {
            answers.extend(self.ask_coordinators(&open, &ask).await);
            let trouble = |group: &String| match answers.get(group) {
                Some(Err(error)) if is_trouble(error) => Some(error.clone()),
                _ => None,
            };
            open.retain(|group| trouble(group).is_some());
            let Some(error) = open.first().and_then(trouble) else { break };
            if attempts.again(error).await.is_err() {
                break;
            }
        }
        let missing = |group: &str| {
            let message = Some("the coordinator's answer leaves the group out".to_owned());
            Err(ClientError::server(ErrorCode::UNKNOWN_SERVER_ERROR, format!("group `{group}`"), message))
        };
        let answer = |group: &&str| {
            let answer = answers.remove(*group).unwrap_or_else(|| missing(group));
            ((*group).to_owned(), answer)
        };
        groups.iter().map(answer).collect()
    }

    /// One round of questions. What failed for a coordinator as a whole failed for each of its groups.
    async fn ask_coordinators<T, F>(
        &self,
        groups: &[String],
        ask: impl Fn(Coordinated) -> F,
    ) -> Outcomes<String, T>
    where
        F: Future<Output = Result<Outcomes<String, T>, ClientError>>,
    {
        let failed = |groups: &[String], error: &ClientError| -> Outcomes<String, T> {
            groups.iter().map(|group| (group.clone(), Err(error.clone()))).collect()
        };
        let mut outcomes = Vec::new();
        let mut by_broker: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        match self.client.find_coordinators(groups, self.timeout).await {
            Ok(found) => {
                for (group, broker) in found {
                    match broker {
                        Ok(broker) => by_broker.entry(broker.id).or_default().push(group),
                        Err(error) => outcomes.push((group, Err(error))),
                    }
                }
            }
            Err(error) => return failed(groups, &error),
        }
        let asked = by_broker.into_iter().map(|(broker, groups)| {
            let ask = &ask;
            async move {
                let answered = match self.client.broker(broker).connection().await {
                    Ok(connection) => ask(Coordinated { broker, connection, groups: groups.clone() }).await,
                    Err(error) => Err(error),
                };
                answered.unwrap_or_else(|error| failed(&groups, &error))
            }
        });
        outcomes.extend(join_all(asked.collect::<Vec<_>>()).await.into_iter().flatten());
        outcomes
    }
}

impl Client {
    /// The broker that coordinates a group.
    pub(crate) async fn find_coordinator(
        &self,
        group: &str,
        timeout: Duration,
    ) -> Result<BrokerInfo, ClientError> {
        let found = self.find_coordinators(&[group.to_owned()], timeout).await?.into_iter().next();
        let missing = || ClientError::NoCoordinator {
            group: group.to_owned(),
            error_code: ErrorCode::COORDINATOR_NOT_AVAILABLE,
            message: None,
        };
        found.ok_or_else(missing)?.1
    }

    /// The brokers that coordinate groups.
    async fn find_coordinators(
        &self,
        groups: &[String],
        timeout: Duration,
    ) -> Result<Outcomes<String, BrokerInfo>, ClientError> {
        let connection = self.any_connection().await?;
        let version = connection.versions().negotiate::<FindCoordinatorRequest>()?;
        let is_many = version >= MANY_KEYS_VERSION;
        let together = if is_many { groups.len().max(1) } else { 1 };
        let mut outcomes = Vec::new();
        for groups in groups.chunks(together) {
            let request = FindCoordinatorRequest {
                key: groups.first().cloned().unwrap_or_default(),
                key_type: 0,
                coordinator_keys: if is_many { groups.to_vec() } else { Vec::new() },
            };
            let response = connection.send_version(&request, version, timeout).await?;
            if !is_many {
                outcomes.push(found(Coordinator {
                    key: request.key,
                    node_id: response.node_id,
                    host: response.host,
                    port: response.port,
                    error_code: response.error_code,
                    error_message: response.error_message,
                }));
            }
            outcomes.extend(response.coordinators.into_iter().map(found));
        }
        Ok(outcomes)
    }
}

fn found(coordinator: Coordinator) -> (String, Result<BrokerInfo, ClientError>) {
    let Coordinator { key: group, node_id: id, host, port, error_code, error_message: message } = coordinator;
    let port = u16::try_from(port).unwrap_or_default();
    let found = if error_code.is_ok() {
        Ok(BrokerInfo { id, host, port, rack: None })
    } else {
        let message = message.filter(|words| !words.is_empty());
        Err(ClientError::NoCoordinator { group: group.clone(), error_code, message })
    };
    (group, found)
}

/// Whether the trouble lies with where the group is coordinated, so that another attempt may find it well.
fn is_trouble(error: &ClientError) -> bool {
    matches!(error, ClientError::Disconnected { .. })
        || error.error_code().is_some_and(is_coordinator_trouble)
}
