//! The topics that a member asks for, and what there is of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;

use super::super::assignor::{TopicLayout, Topics};
use super::super::discovery::TopicPattern;
use super::shared::Shared;
use crate::error::ClientError;
use crate::metadata_cache::TopicMetadata;

/// The names that a member asks for: those it was told, whether they are there or not, and those its pattern matches.
pub(super) async fn subscribed(shared: &Arc<Shared>) -> Result<BTreeSet<String>, ClientError> {
    let config = &shared.config.consumer;
    let mut names: BTreeSet<String> = config.topics.iter().cloned().collect();
    let pattern = TopicPattern::of(config)?;
    let asked = pattern.is_none().then(|| names.iter().cloned().collect());
    let known = shared.client.refresh_metadata_with(asked, false).await?.topics;
    refuse(&known, &names)?;
    if let Some(pattern) = pattern {
        let matching = known.iter().filter(|topic| pattern.matches(topic));
        names.extend(matching.map(|topic| topic.name.to_string()));
    }
    Ok(names)
}

/// A topic that is named and may not be read will not become readable by waiting.
fn refuse(topics: &[TopicMetadata], named: &BTreeSet<String>) -> Result<(), ClientError> {
    for topic in topics.iter().filter(|topic| named.contains(&*topic.name)) {
        let fatal = [ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode::INVALID_TOPIC_EXCEPTION];
        if fatal.contains(&topic.error_code) {
            ClientError::check(topic.error_code, || format!("topic `{}`", topic.name))?;
        }
    }
    Ok(())
}

/// What there is of topics; those that do not exist are left out.
pub(super) async fn layouts(shared: &Arc<Shared>, names: &BTreeSet<String>) -> Result<Topics, ClientError> {
    let asked = Some(names.iter().cloned().collect());
    let metadata = shared.client.refresh_metadata_with(asked, false).await?;
    let usable = metadata.topics.iter().filter(|topic| {
        topic.error_code.is_ok() && !topic.partitions.is_empty() && names.contains(&*topic.name)
    });
    let layouts = usable.map(|topic| (topic.name.to_string(), TopicLayout::of(topic, &metadata.brokers)));
    Ok(layouts.collect::<BTreeMap<_, _>>())
}

/// What a member asked for when it joined, and what its leader handed out: when either is another, the group must
/// rebalance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) subscribed: BTreeSet<String>,
    /// How many partitions each of the group's topics has, where this member leads it.
    pub(super) counts: Option<BTreeMap<String, i32>>,
    /// The names of the group's topics, those that do not exist included.
    pub(super) watched: BTreeSet<String>,
}

impl Snapshot {
    /// What it would be now.
    pub(super) async fn anew(self, shared: Arc<Shared>) -> Result<Snapshot, ClientError> {
        let subscribed = subscribed(&shared).await?;
        let counts = match &self.counts {
            Some(_) => Some(counts(&layouts(&shared, &self.watched).await?)),
            None => None,
        };
        Ok(Snapshot { subscribed, counts, watched: self.watched })
    }

    /// Whether a topic that is waited for does not exist.
    pub(super) fn is_incomplete(&self) -> bool {
        self.counts.as_ref().is_some_and(|counts| counts.len() < self.watched.len())
    }
}

pub(super) fn counts(topics: &Topics) -> BTreeMap<String, i32> {
    topics.iter().map(|(name, layout)| (name.clone(), layout.partition_count)).collect()
}
