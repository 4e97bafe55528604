//! Asking leaders for offsets: the ends of a log, or the first record from a moment on.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsTopic,
};
use futures_util::future::join_all;

use crate::client::Client;
use crate::error::{ClientError, is_stale_metadata};
use crate::retry::Deadline;
use crate::topic_partition::TopicPartition;

/// Which records are read of transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IsolationLevel {
    /// All, those of aborted and unfinished transactions included.
    #[default]
    ReadUncommitted,
    /// Only those of committed transactions, and none behind the first unfinished one.
    ReadCommitted,
}

impl IsolationLevel {
    /// The number in requests.
    pub fn code(self) -> i8 {
        match self {
            IsolationLevel::ReadUncommitted => 0,
            IsolationLevel::ReadCommitted => 1,
        }
    }
}

/// Which offset of a partition is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first there is.
    Earliest,
    /// The end (exclusive): the high watermark, or the last stable offset for committed reads.
    Latest,
    /// That of the record with the largest timestamp (KIP-734).
    MaxTimestamp,
    /// That of the first record at or after this moment, in milliseconds since 1970.
    Timestamp(i64),
}

impl OffsetSpec {
    fn timestamp(self) -> i64 {
        match self {
            OffsetSpec::Latest => -1,
            OffsetSpec::Earliest => -2,
            OffsetSpec::MaxTimestamp => -3,
            OffsetSpec::Timestamp(timestamp_ms) => timestamp_ms.max(0),
        }
    }

    fn version_min(self) -> i16 {
        if self == OffsetSpec::MaxTimestamp { 7 } else { 1 }
    }
}

/// An offset that a leader named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ListedOffset {
    /// The offset; `None` where no record fits.
    pub offset: Option<i64>,
    /// The timestamp of the record at the offset, where it was asked for by time.
    pub timestamp: Option<i64>,
    /// The leader epoch of that record, where the broker says.
    pub leader_epoch: Option<i32>,
}

/// What is to be found out, and what was.
struct Query<'a> {
    partition: &'a TopicPartition,
    spec: OffsetSpec,
    answer: Option<Result<ListedOffset, ClientError>>,
}

impl Client {
    /// Asks the leaders of partitions for offsets, each partition for as many as it comes up with. Answers are in the
    /// order of the questions; one that fails does not hide the others.
    pub async fn list_offsets(
        &self,
        queries: &[(TopicPartition, OffsetSpec)],
        isolation: IsolationLevel,
        timeout: Duration,
    ) -> Vec<Result<ListedOffset, ClientError>> {
        let deadline = Deadline::after(timeout);
        let mut backoff = self.backoff();
        let mut queries: Vec<Query<'_>> =
            queries.iter().map(|(partition, spec)| Query { partition, spec: *spec, answer: None }).collect();
        loop {
            self.ask_leaders(&mut queries, isolation, deadline).await;
            let stale: Vec<&str> = queries
                .iter()
                .filter(|query| matches!(&query.answer, Some(Err(error)) if is_worth_a_retry(error)))
                .map(|query| query.partition.topic.as_str())
                .collect();
            if stale.is_empty() || !deadline.sleep(backoff.next()).await {
                break;
            }
            let topics = stale.into_iter().map(str::to_owned).collect();
            if self.refresh_metadata_with(Some(topics), false).await.is_err() {
                break;
            }
        }
        let unanswered = |partition| {
            Err(ClientError::server(
                ErrorCode::UNKNOWN_SERVER_ERROR,
                format!("offsets of `{partition}`"),
                None,
            ))
        };
        queries.into_iter().map(|query| query.answer.unwrap_or_else(|| unanswered(query.partition))).collect()
    }

    async fn ask_leaders(&self, queries: &mut [Query<'_>], isolation: IsolationLevel, deadline: Deadline) {
        // A partition may stand once in a request, so the same partition's second question goes into a second one.
        let mut requests: BTreeMap<(i32, usize), Vec<usize>> = BTreeMap::new();
        let mut times: HashMap<&TopicPartition, usize> = HashMap::new();
        for (index, query) in queries.iter_mut().enumerate() {
            if matches!(&query.answer, Some(answer) if !matches!(answer, Err(error) if is_worth_a_retry(error)))
            {
                continue;
            }
            match self.leader_of(query.partition, deadline).await {
                Ok(leader) => {
                    let nth = times.entry(query.partition).or_default();
                    requests.entry((leader, *nth)).or_default().push(index);
                    *nth += 1;
                }
                Err(error) => query.answer = Some(Err(error)),
            }
        }
        let asked = requests.into_iter().map(|((leader, _), indexes)| {
            let asked: Vec<(TopicPartition, OffsetSpec)> = indexes
                .iter()
                .map(|index| (queries[*index].partition.clone(), queries[*index].spec))
                .collect();
            async move { (indexes, self.ask_leader(leader, &asked, isolation, deadline).await) }
        });
        for (indexes, answers) in join_all(asked.collect::<Vec<_>>()).await {
            match answers {
                Ok(answers) => {
                    for (index, answer) in indexes.into_iter().zip(answers) {
                        queries[index].answer = Some(answer);
                    }
                }
                Err(error) => {
                    indexes.into_iter().for_each(|index| queries[index].answer = Some(Err(error.clone())));
                }
            }
        }
    }

    async fn ask_leader(
        &self,
        leader: i32,
        asked: &[(TopicPartition, OffsetSpec)],
        isolation: IsolationLevel,
        deadline: Deadline,
    ) -> Result<Vec<Result<ListedOffset, ClientError>>, ClientError> {
        let connection = self.inner.pool.get(leader).await?;
        let version_min = asked.iter().map(|(_, spec)| spec.version_min()).max().unwrap_or(1);
        let version = connection.versions().negotiate_within::<ListOffsetsRequest>(version_min, i16::MAX)?;
        let mut topics: Vec<ListOffsetsTopic> = Vec::new();
        for (partition, spec) in asked {
            let question = ListOffsetsPartition {
                partition_index: partition.partition,
                timestamp: spec.timestamp(),
                ..ListOffsetsPartition::default()
            };
            match topics.iter_mut().find(|topic| topic.name == partition.topic) {
                Some(topic) => topic.partitions.push(question),
                None => topics
                    .push(ListOffsetsTopic { name: partition.topic.clone(), partitions: vec![question] }),
            }
        }
        let request = ListOffsetsRequest {
            replica_id: -1,
            isolation_level: isolation.code(),
            topics,
            timeout_ms: i32::try_from(deadline.left().as_millis()).unwrap_or(i32::MAX),
        };
        let timeout = self.connection_options().request_timeout.min(deadline.left());
        let response = connection.send_version(&request, version, timeout).await?;
        let answers: HashMap<(&str, i32), &ListOffsetsPartitionResponse> = response
            .topics
            .iter()
            .flat_map(|topic| {
                let partitions = topic.partitions.iter();
                partitions.map(|answer| ((topic.name.as_str(), answer.partition_index), answer))
            })
            .collect();
        let answer_of = |partition: &TopicPartition| {
            listed(partition, answers.get(&(partition.topic.as_str(), partition.partition)).copied())
        };
        Ok(asked.iter().map(|(partition, _)| answer_of(partition)).collect())
    }

    /// The broker that leads a partition at this moment.
    pub(crate) async fn leader_of(
        &self,
        partition: &TopicPartition,
        deadline: Deadline,
    ) -> Result<i32, ClientError> {
        let mut topic = self.topic(&partition.topic, false, deadline.left()).await?;
        if topic.partition(partition.partition).is_none() {
            topic = self.topic_anew(&partition.topic).await?;
        }
        let Some(known) = topic.partition(partition.partition) else {
            return Err(topic.no_partition(partition.partition));
        };
        known.leader.ok_or_else(|| {
            let context = format!("partition `{partition}`");
            ClientError::server(ErrorCode::LEADER_NOT_AVAILABLE, context, None)
        })
    }
}

fn is_worth_a_retry(error: &ClientError) -> bool {
    match error {
        ClientError::Server { error_code, .. } => is_stale_metadata(*error_code) || error_code.is_retriable(),
        ClientError::Disconnected { .. } | ClientError::Connect { .. } => true,
        _ => false,
    }
}

fn listed(
    partition: &TopicPartition,
    answer: Option<&ListOffsetsPartitionResponse>,
) -> Result<ListedOffset, ClientError> {
    let error_code = answer.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |answer| answer.error_code);
    ClientError::check(error_code, || format!("offsets of `{partition}`"))?;
    let known = |value: i64| (value >= 0).then_some(value);
    Ok(ListedOffset {
        offset: answer.and_then(|answer| known(answer.offset)),
        timestamp: answer.and_then(|answer| known(answer.timestamp)),
        leader_epoch: answer.map(|answer| answer.leader_epoch).filter(|epoch| *epoch >= 0),
    })
}
