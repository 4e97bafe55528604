//! `--dry-run`: reads the input and shows what would be written where.

use std::sync::Arc;

use fluxmq_client::{Client, Partitioner, ProducerRecord, TopicMetadata};

use crate::{error::CommandError, format::OutputFormat, output::Sink, stream::topic};

use super::{failures::Failures, input::Reading, report, sender, template::Template};

/// What is needed to tell where a record would go.
#[derive(Debug)]
pub(super) struct DryRun<'a> {
    pub(super) client: &'a Client,
    pub(super) template: Template,
    pub(super) format: OutputFormat,
    pub(super) partitioner: Partitioner,
    pub(super) topics: Vec<TopicMetadata>,
    pub(super) default_topic: Option<String>,
    pub(super) failures: Failures,
}

impl DryRun<'_> {
    /// Shows every record; counts them.
    pub(super) async fn run(mut self, mut reading: Reading, mut sink: Sink) -> Result<u64, CommandError> {
        let mut count = 0;
        while let Some(group) = reading.groups.recv().await {
            for record in group {
                match record {
                    Ok(record) => {
                        let line = record.line;
                        let record = self.template.apply(record);
                        match self.place(&record).await {
                            Ok((topic, partition)) => {
                                count += 1;
                                let view = report::unsent(&record, &topic, partition);
                                self.format.write(&view, count, &mut sink.buffer);
                            }
                            Err(error) => self.failures.add(sender::at_line(error, line)),
                        }
                    }
                    Err(error) => self.failures.add(sender::input_error(error)),
                }
                if self.failures.is_final() {
                    break;
                }
            }
            sink.settle().await?;
            if self.failures.is_final() || sink.is_closed() {
                break;
            }
        }
        sink.flush().await?;
        self.failures.into_result(count)
    }

    /// Topic and partition; -1 where the producer would choose at that time.
    async fn place(&mut self, record: &ProducerRecord) -> Result<(Arc<str>, i32), CommandError> {
        let named = Some(&record.topic).filter(|topic| !topic.is_empty());
        let name = named.or(self.default_topic.as_ref()).ok_or_else(sender::no_topic)?;
        if !self.topics.iter().any(|topic| *topic.name == **name) {
            self.topics.extend(topic::describe(self.client, std::slice::from_ref(name)).await?);
        }
        let Some(topic) = self.topics.iter().find(|topic| *topic.name == **name) else {
            return Err(CommandError::no_topic(name, []));
        };
        let partition = match (record.partition, &record.key) {
            (Some(partition), _) => {
                topic::check_partition(topic, partition)?;
                partition
            }
            (None, Some(key)) => {
                let count = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
                self.partitioner.partition_of_key(key, count).unwrap_or(-1)
            }
            (None, None) => -1,
        };
        Ok((Arc::clone(&topic.name), partition))
    }
}
