//! What whoever imports should know: what is left behind, and what may surprise.

use super::super::OfflineError;
use super::super::place::topic_partition;
use super::Remark;
use super::cluster::{self, KafkaPartition, KafkaTopic};
use super::partition::{Fault, PartitionLog};
use super::plan::{PlannedTopic, Planner};
use super::transactions;

/// The type of a broker among resources that have configurations.
const BROKER: i8 = 4;

/// Records of the metadata log that are left behind: their type, the type that takes one back, and what they are.
const NOT_SUPPORTED: [(&str, &str, &str); 4] = [
    ("AccessControlEntryRecord", "RemoveAccessControlEntryRecord", "ACLs"),
    ("UserScramCredentialRecord", "RemoveUserScramCredentialRecord", "SCRAM credentials"),
    ("DelegationTokenRecord", "RemoveDelegationTokenRecord", "delegation tokens"),
    ("ClientQuotaRecord", "", "client quotas"),
];

impl Planner<'_> {
    pub(super) fn remark_on(
        &mut self,
        topic: &str,
        index: i32,
        partition: &KafkaPartition,
        log: &PartitionLog,
    ) {
        let about = format!("{topic}-{index}");
        match log.fault {
            Some(Fault::TornTail(bytes)) => self.remarks.push(Remark::warning(
                &about,
                format!("its last write was not finished: {bytes} bytes are cut off when the broker starts"),
            )),
            Some(Fault::Damage) => self.remarks.push(Remark::warning(
                &about,
                format!(
                    "it is damaged at offset {}: what lies before is served, and nothing is appended",
                    log.end_offset
                ),
            )),
            None => {}
        }
        if log.has_aborted {
            let what = "it holds records of aborted transactions, which consumers see with any isolation level: FluxMQ has no transactions yet";
            self.remarks.push(Remark::warning(&about, what));
        }
        let node_id = self.source.node_id;
        if partition.leader >= 0 && partition.leader != node_id {
            let what = format!(
                "broker {} led it; what that broker had and broker {node_id} had not is not here",
                partition.leader
            );
            self.remarks.push(Remark::warning(&about, what));
        }
    }

    pub(super) fn transactions(&mut self, topics: &[PlannedTopic]) -> Result<(), OfflineError> {
        for (id, transaction) in transactions::open_ones(self.source)? {
            let touched = transaction.transaction_partitions.iter().flatten();
            let touched: Vec<&str> = touched
                .map(|partitions| &*partitions.topic)
                .filter(|touched| topics.iter().any(|topic| topic.name == *touched))
                .collect();
            if !touched.is_empty() {
                let what = format!(
                    "it is open and will never end here: consumers see its records in `{}`; end it in Kafka first if that matters",
                    touched.join("`, `")
                );
                self.remarks.push(Remark::warning(format!("transaction `{id}`"), what));
            }
        }
        Ok(())
    }

    /// Directories that belong to none of the topics.
    pub(super) fn directories(&mut self) {
        for (name, _) in self.source.logs() {
            let what = match topic_partition(name) {
                Some((topic, index)) => {
                    let known =
                        |known: &KafkaTopic| known.name == topic && known.partitions.contains_key(&index);
                    if self.cluster.topics.values().any(known) {
                        continue;
                    }
                    "it belongs to no topic"
                }
                None if name.ends_with("-delete") => "its topic was deleted",
                None if name.ends_with("-stray") => "Kafka has put it aside: it belongs to no topic",
                None if name.ends_with("-future") => "it was being moved between log directories",
                None => continue,
            };
            self.remarks.push(Remark::not_taken(name, what));
        }
    }

    /// What else is in the metadata log.
    pub(super) fn others(&mut self) {
        if self.cluster.is_guessed {
            let what = "there is none here, so topics come from the names of directories, and without configurations; name the directory with `__cluster_metadata-0` too if there is one";
            self.remarks.push(Remark::warning("metadata log", what));
        }
        for (name, gone, what) in NOT_SUPPORTED {
            let count = |name| self.cluster.others.get(name).copied().unwrap_or(0);
            let left = count(name).saturating_sub(count(gone));
            if left > 0 {
                self.remarks
                    .push(Remark::not_taken(what, format!("{left} of them ({name}): not supported yet")));
            }
        }
        for ((kind, name), values) in &self.cluster.configs {
            // What is the default here needs no mention; Kafka sets some keys of all brokers by itself.
            let is_default = |key: &str, value: &str| {
                *kind == BROKER && self.settings.values.text(key).is_some_and(|default| default == value)
            };
            let told = values.iter().filter(|(key, value)| !is_default(key, value));
            let keys: Vec<&str> = told.map(|(key, _)| key.as_str()).collect();
            if *kind == cluster::TOPIC || keys.is_empty() {
                continue;
            }
            let (about, advice) = match (kind, name.as_str()) {
                (&BROKER, "") => ("all brokers".to_owned(), "; give them to `fluxctl broker start -c`"),
                (&BROKER, name) => (format!("broker {name}"), "; give them to `fluxctl broker start -c`"),
                (kind, name) => (format!("`{name}` (resource type {kind})"), ""),
            };
            let what = format!("configurations `{}`{advice}", keys.join("`, `"));
            self.remarks.push(Remark::not_taken(about, what));
        }
        if !self.takes_cluster_id() {
            let what = "the data directory has one of its own, which stays";
            self.remarks.push(Remark::not_taken(format!("cluster id `{}`", self.source.cluster_id), what));
        }
    }
}
