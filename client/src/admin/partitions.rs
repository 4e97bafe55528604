//! Partitions: add some, ask for their offsets, delete their first records.

use std::collections::BTreeMap;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use fluxmq_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};

use super::topics::{not_controller, outcome_of};
use super::{Admin, Outcomes, retry};
use crate::error::{ClientError, is_stale_metadata};
use crate::list_offsets::{IsolationLevel, ListedOffset, OffsetSpec};
use crate::retry::Deadline;
use crate::topic_partition::TopicPartition;

impl Admin {
    /// Raises the number of partitions of topics to a total. `assignments` are the brokers of each new partition's
    /// replicas; empty leaves the choice to the cluster.
    pub async fn create_partitions(
        &self,
        topics: &[(&str, i32, Vec<Vec<i32>>)],
        validate_only: bool,
    ) -> Result<Outcomes<String, ()>, ClientError> {
        let topic = |(name, count, assignments): &(&str, i32, Vec<Vec<i32>>)| {
            let brokers = assignments.iter().cloned();
            let assigned = brokers.map(|broker_ids| CreatePartitionsAssignment { broker_ids }).collect();
            CreatePartitionsTopic {
                name: (*name).to_owned(),
                count: *count,
                assignments: if assignments.is_empty() { None } else { Some(assigned) },
            }
        };
        let request = CreatePartitionsRequest {
            topics: topics.iter().map(topic).collect(),
            timeout_ms: self.timeout_ms(),
            validate_only,
        };
        let response = retry!(self, async {
            let response = self.client.controller_connection().await?.send(request.clone()).await?;
            let moved = response.results.iter().any(|topic| topic.error_code == ErrorCode::NOT_CONTROLLER);
            if moved { Err(not_controller()) } else { Ok(response) }
        });
        let outcomes = response.results.into_iter().map(|topic| {
            let context = || format!("add partitions to topic `{}`", topic.name);
            let result = outcome_of(topic.error_code, topic.error_message.clone(), (), context);
            (topic.name, result)
        });
        Ok(outcomes.collect())
    }

    /// Asks the leaders of partitions for offsets. Answers are in the order of the questions; the same partition may
    /// stand there more than once.
    pub async fn list_offsets(
        &self,
        queries: &[(TopicPartition, OffsetSpec)],
        isolation: IsolationLevel,
    ) -> Outcomes<TopicPartition, ListedOffset> {
        let answers = self.client.list_offsets(queries, isolation, self.timeout).await;
        queries.iter().map(|(partition, _)| partition.clone()).zip(answers).collect()
    }

    /// Deletes the records of partitions before an offset (exclusive); -1 deletes up to the high watermark. Answers the
    /// first offset that is left.
    pub async fn delete_records(
        &self,
        partitions: &[(TopicPartition, i64)],
    ) -> Outcomes<TopicPartition, i64> {
        let deadline = Deadline::after(self.timeout);
        let mut backoff = self.client.backoff();
        let mut outcomes: BTreeMap<TopicPartition, Result<i64, ClientError>> = BTreeMap::new();
        let mut open: Vec<(TopicPartition, i64)> = partitions.to_vec();
        loop {
            for (partition, outcome) in self.delete_records_once(&open, deadline).await {
                outcomes.insert(partition, outcome);
            }
            open.retain(|(partition, _)| match outcomes.get(partition) {
                Some(Err(ClientError::Disconnected { .. })) => true,
                Some(Err(error)) => error.error_code().is_some_and(is_stale_metadata),
                _ => false,
            });
            if open.is_empty() || !deadline.sleep(backoff.next()).await {
                break;
            }
            let topics = open.iter().map(|(partition, _)| partition.topic.clone()).collect();
            if self.client.refresh_metadata_with(Some(topics), false).await.is_err() {
                break;
            }
        }
        let outcome_of = |partition: &TopicPartition| {
            let missing = || ClientError::server(ErrorCode::UNKNOWN_SERVER_ERROR, context(partition), None);
            outcomes.get(partition).cloned().unwrap_or_else(|| Err(missing()))
        };
        partitions.iter().map(|(partition, _)| (partition.clone(), outcome_of(partition))).collect()
    }

    async fn delete_records_once(
        &self,
        partitions: &[(TopicPartition, i64)],
        deadline: Deadline,
    ) -> Outcomes<TopicPartition, i64> {
        let mut outcomes = Vec::new();
        let mut by_leader: BTreeMap<i32, Vec<(TopicPartition, i64)>> = BTreeMap::new();
        for (partition, offset) in partitions {
            match self.client.leader_of(partition, deadline).await {
                Ok(leader) => by_leader.entry(leader).or_default().push((partition.clone(), *offset)),
                Err(error) => outcomes.push((partition.clone(), Err(error))),
            }
        }
        for (leader, asked) in by_leader {
            match self.delete_records_of(leader, &asked).await {
                Ok(answers) => outcomes.extend(answers),
                Err(error) => {
                    let failed = asked.into_iter().map(|(partition, _)| (partition, Err(error.clone())));
                    outcomes.extend(failed);
                }
            }
        }
        outcomes
    }

    async fn delete_records_of(
        &self,
        leader: i32,
        asked: &[(TopicPartition, i64)],
    ) -> Result<Outcomes<TopicPartition, i64>, ClientError> {
        let mut topics: BTreeMap<&str, Vec<DeleteRecordsPartition>> = BTreeMap::new();
        for (partition, offset) in asked {
            let question = DeleteRecordsPartition { partition_index: partition.partition, offset: *offset };
            topics.entry(&partition.topic).or_default().push(question);
        }
        let topic = |(name, partitions): (&str, _)| DeleteRecordsTopic { name: name.to_owned(), partitions };
        let request = DeleteRecordsRequest {
            topics: topics.into_iter().map(topic).collect(),
            timeout_ms: self.timeout_ms(),
        };
        let response = self.client.inner.pool.get(leader).await?.send(request).await?;
        let mut outcomes = Vec::new();
        for topic in response.topics {
            for answer in topic.partitions {
                let partition = TopicPartition::new(topic.name.clone(), answer.partition_index);
                let checked = ClientError::check(answer.error_code, || context(&partition));
                outcomes.push((partition, checked.map(|()| answer.low_watermark)));
            }
        }
        Ok(outcomes)
    }
}

fn context(partition: &TopicPartition) -> String {
    format!("delete records of `{partition}`")
}
