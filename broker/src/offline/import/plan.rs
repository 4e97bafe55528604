//! What is taken and what is not, decided before anything is touched.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fluxmq_protocol::Uuid;

use super::super::OfflineError;
use super::cluster::{self, Cluster, KafkaTopic};
use super::groups::{self, Groups};
use super::kafka_dir::{KafkaDirs, PartitionPlace, topic_id_in};
use super::partition::{PartitionLog, inspect, log_size};
use super::target::Target;
use super::transactions;
use super::{Import, ImportReport, ImportedTopic, Remark, TopicOutcome, Transfer};
use crate::config::{BrokerConfig, Settings, TopicSettings};
use crate::storage::data_dir::base64url;

/// Topics that are Kafka's own.
const INTERNAL: [(&str, &str); 4] = [
    (groups::TOPIC, "the groups in it are taken one by one"),
    (transactions::TOPIC, "FluxMQ has no transactions yet"),
    ("__share_group_state", "FluxMQ has no share groups"),
    ("__remote_log_metadata", "FluxMQ has no tiered storage"),
];

/// An import, decided.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) topics: Vec<PlannedTopic>,
    pub(super) groups: Groups,
    /// How many partitions Kafka has spread its groups over.
    pub(super) group_partitions: Option<i32>,
    pub(super) staging: PathBuf,
    pub(super) report: ImportReport,
}

/// A topic that is taken.
#[derive(Debug)]
pub(super) struct PlannedTopic {
    pub(super) name: String,
    pub(super) id: Uuid,
    pub(super) configs: BTreeMap<String, String>,
    pub(super) partitions: Vec<PlannedPartition>,
}

/// A partition that is taken.
#[derive(Debug)]
pub(super) struct PlannedPartition {
    pub(super) index: i32,
    /// `None`: it is missing, and begins empty.
    pub(super) log: Option<PartitionLog>,
    /// What the log's next records are written under: above all that clients may have heard of.
    pub(super) leader_epoch: i32,
}

impl PlannedPartition {
    /// The name of its directory.
    pub(super) fn name(&self, topic: &PlannedTopic) -> String {
        format!("{}-{}", topic.name, self.index)
    }
}

impl Plan {
    pub(super) fn make(
        import: &Import,
        source: &KafkaDirs,
        cluster: Cluster,
        target: &Target,
    ) -> Result<Plan, OfflineError> {
        let settings = Settings::resolve(&BrokerConfig::default())
            .map_err(|error| OfflineError::Refused(error.to_string()))?;
        let remarks = Vec::new();
        let mut planner = Planner { import, source, target, cluster: &cluster, settings, remarks };
        let (mut topics, mut told) = (Vec::new(), Vec::new());
        for (id, topic) in planner.wanted()? {
            let (taken, imported) = planner.topic(id, topic)?;
            topics.extend(taken);
            told.push(imported);
        }
        planner.directories();
        planner.others();
        let groups = planner.groups(&topics)?;
        planner.transactions(&topics)?;
        let report = ImportReport {
            from: import.from.clone(),
            to: import.to.clone(),
            dry_run: import.dry_run,
            moved: import.transfer == Transfer::Move,
            cluster_id: source.cluster_id.clone(),
            cluster_id_taken: planner.takes_cluster_id(),
            topics: told,
            groups: groups.values().filter(|group| !group.offsets.is_empty()).count(),
            committed_offsets: groups.values().map(|group| group.offsets.len()).sum(),
            next_producer_id: cluster.next_producer_id,
            remarks: planner.remarks,
        };
        let of_groups = cluster.topics.values().find(|topic| topic.name == groups::TOPIC);
        let group_partitions = of_groups.and_then(|topic| i32::try_from(topic.partitions.len()).ok());
        Ok(Plan { topics, groups, group_partitions, staging: target.staging(), report })
    }
}

/// What a plan is made from.
pub(super) struct Planner<'a> {
    pub(super) import: &'a Import,
    pub(super) source: &'a KafkaDirs,
    pub(super) target: &'a Target,
    pub(super) cluster: &'a Cluster,
    /// Of a broker with nothing configured.
    pub(super) settings: Settings,
    pub(super) remarks: Vec<Remark>,
}

impl<'a> Planner<'a> {
    /// The topics that are asked for, by name. Refused as a whole when one is not there or its name is taken.
    fn wanted(&self) -> Result<Vec<(Uuid, &'a KafkaTopic)>, OfflineError> {
        let names = &self.import.topics;
        let mut wanted: Vec<_> = self.cluster.topics.iter().map(|(id, topic)| (*id, topic)).collect();
        wanted.sort_by(|left, right| left.1.name.cmp(&right.1.name));
        for name in names {
            if !wanted.iter().any(|(_, topic)| topic.name == *name) {
                return Err(OfflineError::Refused(format!("this Kafka has no topic `{name}`")));
            }
        }
        wanted.retain(|(_, topic)| names.is_empty() || names.contains(&topic.name));
        for (id, topic) in &wanted {
            let known = self.target.image.topic(&topic.name);
            if internal(&topic.name).is_none() && known.is_none_or(|known| known.id != *id) {
                let checked = self.target.image.check_name(&topic.name);
                checked.map_err(|refusal| {
                    OfflineError::Exists(format!("{refusal}, in `{}`", self.target.path.display()))
                })?;
            }
        }
        Ok(wanted)
    }

    fn topic(
        &mut self,
        id: Uuid,
        topic: &KafkaTopic,
    ) -> Result<(Option<PlannedTopic>, ImportedTopic), OfflineError> {
        let replicas = topic.partitions.values().map(|partition| partition.replicas.len()).max();
        let mut told = ImportedTopic {
            name: topic.name.clone(),
            topic_id: base64url(id),
            partitions: topic.partitions.len(),
            replication_factor: replicas.unwrap_or(0),
            records: 0,
            bytes: 0,
            configs: BTreeMap::new(),
            outcome: TopicOutcome::NotTaken,
            reason: None,
        };
        if let Some(why) = internal(&topic.name) {
            (told.outcome, told.reason) = (TopicOutcome::Internal, Some(why.to_owned()));
            return Ok((None, told));
        }
        if self.target.image.topic(&topic.name).is_some() {
            (told.outcome, told.reason) =
                (TopicOutcome::AlreadyThere, Some("an earlier import has taken it".to_owned()));
            return Ok((None, told));
        }
        let partitions = match self.partitions(id, topic)? {
            Ok(partitions) => partitions,
            Err(why) => {
                told.reason = Some(why);
                return Ok((None, told));
            }
        };
        told.outcome = TopicOutcome::Taken;
        for log in partitions.iter().filter_map(|partition| partition.log.as_ref()) {
            told.records += log.records;
            told.bytes += log.bytes;
        }
        told.configs = self.configs(&topic.name);
        if told.replication_factor > 1 {
            let factor = told.replication_factor;
            let what = format!("its replication factor was {factor} and is 1 here: there is one broker");
            self.remarks.push(Remark::warning(&topic.name, what));
        }
        let configs = told.configs.clone();
        Ok((Some(PlannedTopic { name: topic.name.clone(), id, configs, partitions }), told))
    }

    /// All partitions of a topic, or why it cannot be taken.
    fn partitions(
        &mut self,
        id: Uuid,
        topic: &KafkaTopic,
    ) -> Result<Result<Vec<PlannedPartition>, String>, OfflineError> {
        let mut planned = Vec::new();
        for ((index, partition), expected) in topic.partitions.iter().zip(0..) {
            if *index != expected {
                return Ok(Err(format!("partition {expected} is missing")));
            }
            let place = self.find(id, &topic.name, *index)?;
            let log = match place {
                Ok(place) => match inspect(&place)? {
                    Ok(log) => Some(log),
                    Err(why) => return Ok(Err(format!("partition {index}: {why}"))),
                },
                Err(why) if self.import.allow_missing => {
                    let about = format!("{}-{index}", topic.name);
                    self.remarks.push(Remark::not_taken(about, format!("{why}; it begins empty")));
                    None
                }
                Err(why) => return Ok(Err(format!("partition {index}: {why}"))),
            };
            if let Some(log) = &log {
                self.remark_on(&topic.name, *index, partition, log);
            }
            let written = log.as_ref().and_then(|log| log.epochs.latest()).unwrap_or(-1);
            let leader_epoch = partition.leader_epoch.max(written).saturating_add(1);
            planned.push(PlannedPartition { index: *index, log, leader_epoch });
        }
        Ok(Ok(planned))
    }

    /// Where a partition lies: in Kafka's directory, or where an import that was cut short has brought it.
    fn find(
        &self,
        id: Uuid,
        topic: &str,
        index: i32,
    ) -> Result<Result<PartitionPlace, String>, OfflineError> {
        let (name, id) = (format!("{topic}-{index}"), base64url(id));
        let source = self.source.partition(topic, index)?;
        for dir in [self.target.path.join(&name), self.target.staging().join(&name)] {
            if !dir.is_dir() || topic_id_in(&dir)?.is_none_or(|found| found != id) {
                continue;
            }
            let is_same = match &source {
                Some(source) => log_size(&source.path)? == log_size(&dir)?,
                None => true,
            };
            if is_same {
                let log_start_offset = self.source.log_start(topic, index);
                return Ok(Ok(PartitionPlace { path: dir, log_start_offset, topic_id: Some(id) }));
            }
        }
        Ok(match source {
            None => Err("its directory is not here".to_owned()),
            Some(place) if place.topic_id.as_ref().is_some_and(|found| *found != id) => {
                Err("its directory belongs to an earlier topic of the same name".to_owned())
            }
            Some(place) => Ok(place),
        })
    }

    /// A topic's own values, those left out that this broker does not have or does not accept.
    fn configs(&mut self, topic: &str) -> BTreeMap<String, String> {
        let mut taken = BTreeMap::new();
        let values = self.cluster.configs.get(&(cluster::TOPIC, topic.to_owned()));
        for (key, value) in values.into_iter().flatten() {
            taken.insert(key.clone(), value.clone());
            if let Err(error) = TopicSettings::check(&taken, &self.settings.values) {
                taken.remove(key);
                self.remarks.push(Remark::not_taken(topic, format!("configuration `{key}`: {error}")));
            }
        }
        taken
    }

    /// The groups that have committed offsets of the topics that are taken, with those offsets; where all topics are asked for,
    /// also those that have not committed any.
    fn groups(&mut self, topics: &[PlannedTopic]) -> Result<Groups, OfflineError> {
        let groups::Found { mut groups, others } = groups::read(self.source)?;
        let takes_all = self.import.topics.is_empty();
        let mut left = 0;
        groups.retain(|_, group| {
            let had_none = group.offsets.is_empty();
            group.offsets.retain(|(topic, partition), value| {
                let planned = topics.iter().find(|planned| planned.name == *topic);
                let planned = planned.filter(|planned| {
                    (value.topic_id.is_nil() || value.topic_id == planned.id)
                        && planned.partitions.iter().any(|planned| planned.index == *partition)
                });
                left += usize::from(planned.is_none());
                // So that it is never taken for one of a later topic of the same name.
                value.topic_id = planned.map_or(value.topic_id, |planned| planned.id);
                planned.is_some()
            });
            !group.offsets.is_empty() || (had_none && takes_all)
        });
        if others > 0 {
            let what = format!("{others} records of share and streams groups: FluxMQ has none");
            self.remarks.push(Remark::not_taken("groups", what));
        }
        if left > 0 {
            let what = format!("{left} offsets of topics that are not taken");
            self.remarks.push(Remark::not_taken("committed offsets", what));
        }
        Ok(groups)
    }

    pub(super) fn takes_cluster_id(&self) -> bool {
        self.target.cluster_id.as_ref().is_none_or(|id| *id == self.source.cluster_id)
    }
}

fn internal(name: &str) -> Option<&'static str> {
    INTERNAL.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}
