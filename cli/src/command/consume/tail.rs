//! `--tail N`: the last N records of all partitions together.

use fluxmq_client::{Client, ConsumerRecord};

use crate::error::CommandError;

use super::assignment::Assignment;

/// The last `count` records in the order of their timestamps, those of one partition in theirs.
pub(super) async fn last_records(
    client: &Client,
    assignment: &Assignment,
    count: u64,
) -> Result<Vec<ConsumerRecord>, CommandError> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let of_each = i64::try_from(count).unwrap_or(i64::MAX);
    let mut consumer = client.consumer(assignment.last_of_each(of_each)).await?;
    let mut partitions: Vec<Vec<ConsumerRecord>> = Vec::new();
    while let Some(records) = consumer.next_batch().await {
        let records = records?;
        let Some(first) = records.first() else { continue };
        let is_same =
            |other: &ConsumerRecord| other.partition == first.partition && other.topic == first.topic;
        match partitions.iter_mut().find(|partition| partition.first().is_some_and(is_same)) {
            Some(partition) => partition.extend(records),
            None => partitions.push(records),
        }
    }
    Ok(merge_last(partitions, count))
}

/// Takes from the partitions' ends the youngest record each time. A partition's order is kept even
/// where its timestamps go back.
fn merge_last(mut partitions: Vec<Vec<ConsumerRecord>>, count: usize) -> Vec<ConsumerRecord> {
    let mut merged = Vec::new();
    while merged.len() < count {
        let youngest = partitions
            .iter_mut()
            .filter(|partition| !partition.is_empty())
            .max_by_key(|partition| partition.last().map(|record| (record.timestamp, record.partition)));
        let Some(record) = youngest.and_then(Vec::pop) else { break };
        merged.push(record);
    }
    merged.reverse();
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluxmq_client::{Compression, TimestampType};

    fn partition(partition: i32, timestamps: &[i64]) -> Vec<ConsumerRecord> {
        let record = |(offset, timestamp): (usize, &i64)| ConsumerRecord {
            topic: "t".into(),
            partition,
            offset: offset as i64,
            timestamp: *timestamp,
            timestamp_type: TimestampType::CreateTime,
            leader_epoch: 0,
            key: None,
            value: None,
            headers: Vec::new(),
            compression: Compression::None,
            is_transactional: false,
            is_control: false,
            producer_id: -1,
            producer_epoch: -1,
        };
        timestamps.iter().enumerate().map(record).collect()
    }

    fn merged(partitions: &[&[i64]], count: usize) -> Vec<(i32, i64)> {
        let partitions =
            partitions.iter().zip(0..).map(|(timestamps, number)| partition(number, timestamps)).collect();
        merge_last(partitions, count).into_iter().map(|record| (record.partition, record.offset)).collect()
    }

    #[test]
    fn the_youngest_of_all_partitions_in_order() {
        assert_eq!(merged(&[&[1, 4, 6], &[2, 3, 7]], 4), [(1, 1), (0, 1), (0, 2), (1, 2)]);
        assert_eq!(merged(&[&[1], &[]], 5), [(0, 0)]);
        assert_eq!(
            merged(&[&[5, 1]], 2),
            [(0, 0), (0, 1)],
            "the order of a partition wins over its timestamps"
        );
        assert_eq!(merged(&[&[1, 2]], 0), []);
    }
}
