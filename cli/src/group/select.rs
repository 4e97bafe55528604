//! Which partitions of a group are meant, and whether that can be.

use fluxmq_client::{Admin, TopicPartition};

use super::change::Move;
use super::find;
use super::positions::{self, Committed, Log};
use super::saved::Saved;
use crate::error::{CommandError, ErrorKind};
use crate::grammar::Selector;
use crate::stream::topic;

/// The partitions that selectors name; without any, all partitions of the topics that the group has committed offsets
/// of, and what it has committed of topics that are gone.
pub(crate) async fn partitions(
    admin: &Admin,
    selectors: &[Selector],
    committed: &Committed,
) -> Result<Vec<TopicPartition>, CommandError> {
    if selectors.is_empty() {
        let topics = committed.keys().map(|partition| partition.topic.as_str());
        let mut partitions = positions::partitions_of(admin, topics).await?;
        partitions.extend(committed.keys().cloned());
        partitions.sort();
        partitions.dedup();
        return Ok(partitions);
    }
    let mut topics: Vec<String> = selectors.iter().map(|selector| selector.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    let described = topic::describe(admin.client(), &topics).await?;
    for selector in selectors {
        let topic = described.iter().find(|topic| *topic.name == *selector.topic);
        for (topic, partition) in
            topic.into_iter().flat_map(|topic| selector.partitions.iter().flatten().map(move |p| (topic, *p)))
        {
            topic::check_partition(topic, partition)?;
        }
    }
    let all = described.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| TopicPartition::new(&*topic.name, partition.partition))
    });
    let mut chosen: Vec<TopicPartition> =
        all.filter(|name| selectors.iter().any(|selector| selector.takes(name))).collect();
    chosen.sort();
    Ok(chosen)
}

/// Those of `known` that selectors name; without any, all. A selector that names none of them is a mistake.
pub(crate) fn among<'a>(
    known: impl Iterator<Item = &'a TopicPartition> + Clone,
    selectors: &[Selector],
) -> Result<Vec<TopicPartition>, CommandError> {
    for selector in selectors {
        if !known.clone().any(|partition| selector.takes(partition)) {
            let nothing = format!("nothing is committed of {selector}");
            return Err(CommandError::new(ErrorKind::NotFound, nothing)
                .with_hint("`fluxctl offsets list --group GROUP` shows what a group has committed"));
        }
    }
    let is_chosen = |name: &&TopicPartition| {
        selectors.is_empty() || selectors.iter().any(|selector| selector.takes(name))
    };
    Ok(known.filter(is_chosen).cloned().collect())
}

/// What another group has committed.
pub(crate) async fn offsets_of(admin: &Admin, group: &str) -> Result<Saved, CommandError> {
    let committed = positions::committed(admin, group).await?;
    if committed.is_empty() {
        find::one(admin, group).await?;
        return Err(CommandError::failure(format!("group `{group}` has committed nothing"))
            .with_hint(format!("`fluxctl group describe {group}` shows it")));
    }
    Ok(committed.into_iter().map(|(partition, committed)| (partition, committed.offset)).collect())
}

/// Refuses topics of which the group has committed nothing: a slip of the pen would leave offsets that nobody reads.
pub(crate) fn require_known(
    group: &str,
    partitions: &[TopicPartition],
    committed: &Committed,
) -> Result<(), CommandError> {
    let is_known = |topic: &str| committed.keys().any(|partition| partition.topic == topic);
    match partitions.iter().find(|partition| !is_known(&partition.topic)) {
        None => Ok(()),
        Some(partition) => Err(CommandError::new(
            ErrorKind::NotFound,
            format!("group `{group}` has committed nothing of topic `{}`", partition.topic),
        )
        .with_hint("`--allow-new-topics` if you mean it")),
    }
}

/// Refuses to seek nowhere: a group that has committed nothing has no partitions of its own.
pub(crate) fn require_some(group: &str, partitions: &[TopicPartition]) -> Result<(), CommandError> {
    if !partitions.is_empty() {
        return Ok(());
    }
    Err(CommandError::usage(format!("group `{group}` has committed nothing, and no topic was named"))
        .with_hint("`--topic TOPIC --allow-new-topics` commits offsets of a topic that is new to the group"))
}

/// The error of a group that does not exist, where one could be made.
pub(crate) fn new_group(absent: CommandError) -> CommandError {
    let hint = absent.hint.clone().unwrap_or_default();
    absent.with_hint(format!("{hint}; `--allow-new-topics` commits offsets of a new group"))
}

/// A move to an offset, brought within the log as it is now.
pub(crate) fn within(change: Move, log: Option<&Log>) -> Move {
    let Some(log) = log else { return gone(Move { new: None, ..change }) };
    let (start, end) = (log.bounds.log_start_offset, log.bounds.end_offset);
    let (new, note) = match change.new {
        Some(offset) if offset < start => (Some(start), Some("the log starts here")),
        Some(offset) if offset > end => (Some(end), Some("the log ends here")),
        new => (new, None),
    };
    Move { new, note: note.map(str::to_owned).or(change.note), ..change }
}

/// A partition that is not there, or has no leader, is left alone.
pub(crate) fn gone(change: Move) -> Move {
    Move { note: Some("the partition is not there".to_owned()), ..change }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::PartitionBounds;

    fn names(partitions: &[(&str, i32)]) -> Vec<TopicPartition> {
        partitions.iter().map(|(topic, partition)| TopicPartition::new(*topic, *partition)).collect()
    }

    #[test]
    fn selectors_choose_among_what_is_known() {
        let known = names(&[("a", 0), ("a", 1), ("b", 0)]);
        let selectors =
            |texts: &[&str]| texts.iter().map(|text| Selector::parse(text).unwrap()).collect::<Vec<_>>();
        assert_eq!(among(known.iter(), &[]).unwrap(), known);
        assert_eq!(among(known.iter(), &selectors(&["a:1", "b"])).unwrap(), names(&[("a", 1), ("b", 0)]));
        let error = among(known.iter(), &selectors(&["a", "c"])).unwrap_err();
        assert_eq!(error.source.to_string(), "nothing is committed of topic `c`");
    }

    #[test]
    fn offsets_of_elsewhere_are_brought_within_the_log() {
        let bounds = PartitionBounds { log_start_offset: 10, end_offset: 20 };
        let log = Log { bounds, leader: 1 };
        let moved = |offset| {
            let moved = within(Move::new(TopicPartition::new("a", 0), None, Some(offset)), Some(&log));
            (moved.new, moved.note)
        };
        assert_eq!(moved(5), (Some(10), Some("the log starts here".to_owned())));
        assert_eq!(moved(15), (Some(15), None));
        assert_eq!(moved(25), (Some(20), Some("the log ends here".to_owned())));
        let gone = within(Move::new(TopicPartition::new("a", 0), Some(3), Some(5)), None);
        assert_eq!((gone.new, gone.note.as_deref()), (None, Some("the partition is not there")));
    }
}
