//! What exists, at one moment. An image never changes; a command makes the next one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::command::{Command, Outcome};

/// Everything that exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MetadataImage {
    pub(crate) cluster_id: String,
    by_name: BTreeMap<Arc<str>, Arc<TopicImage>>,
    by_id: HashMap<Uuid, Arc<TopicImage>>,
    /// The first producer id that has not been given out.
    next_producer_id: i64,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicImage {
    pub(crate) name: Arc<str>,
    /// Another one when a topic of the same name is created again.
    pub(crate) id: Uuid,
    /// How many.
    pub(crate) partitions: i32,
    pub(crate) replication_factor: i16,
    /// The topic's own values.
    pub(crate) configs: BTreeMap<String, String>,
}

/// A command that does not fit what exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("topic `{0}` exists already")]
    TopicExists(String),
    #[error(
        "topic name `{name}` collides with the existing topic `{other}`: `.` and `_` count as the same in metric names; choose another name"
    )]
    TopicNameCollides { name: String, other: String },
    #[error("there is no topic with the id {0}")]
    UnknownTopic(Uuid),
    #[error("topic `{name}` has {partitions} partitions already; it can only have more")]
    PartitionsExist { name: String, partitions: i32 },
    #[error("all producer ids have been given out")]
    ProducerIdsExhausted,
}

impl MetadataImage {
    pub(super) fn new(cluster_id: String) -> Self {
        MetadataImage { cluster_id, by_name: BTreeMap::new(), by_id: HashMap::new(), next_producer_id: 0 }
    }

    /// An image of these topics: name and number of partitions. Their ids count from 1.
    #[cfg(test)]
    pub(crate) fn of_topics(topics: &[(&str, i32)]) -> Self {
        let mut image = MetadataImage::new("test".to_owned());
        for ((name, partitions), id) in topics.iter().zip(1..) {
            let (name, configs) = ((*name).into(), BTreeMap::new());
            image.put(TopicImage {
                name,
                id: Uuid::from_u128(id),
                partitions: *partitions,
                replication_factor: 1,
                configs,
            });
        }
        image
    }

    pub(crate) fn topic(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.by_name.get(name)
    }

    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<&Arc<TopicImage>> {
        self.by_id.get(&id)
    }

    /// Every topic, by name.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &Arc<TopicImage>> {
        self.by_name.values()
    }

    /// Refuses a command that does not fit.
    pub(super) fn check(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::CreateTopic { name, .. } => self.check_name(name),
            Command::DeleteTopic { id } | Command::SetTopicConfigs { id, .. } => {
                if self.by_id.contains_key(id) { Ok(()) } else { Err(Refusal::UnknownTopic(*id)) }
            }
            Command::AddPartitions { id, partitions } => match self.by_id.get(id) {
                None => Err(Refusal::UnknownTopic(*id)),
                Some(topic) if topic.partitions >= *partitions => Err(Refusal::PartitionsExist {
                    name: topic.name.to_string(),
                    partitions: topic.partitions,
                }),
                Some(_) => Ok(()),
            },
            Command::ReserveProducerIds { count } => self
                .next_producer_id
                .checked_add(i64::from(*count))
                .map(|_| ())
                .ok_or(Refusal::ProducerIdsExhausted),
        }
    }

    /// Refuses a name that is taken, or differs from a taken one in `.` and `_` alone.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Refusal> {
        if self.by_name.contains_key(name) {
            return Err(Refusal::TopicExists(name.to_owned()));
        }
        if !name.contains(['.', '_']) {
            return Ok(());
        }
        let flat = name.replace('.', "_");
        let other =
            self.by_name.keys().find(|other| other.len() == flat.len() && other.replace('.', "_") == flat);
        other.map_or(Ok(()), |other| {
            Err(Refusal::TopicNameCollides { name: name.to_owned(), other: other.to_string() })
        })
    }

    /// The image after a command that [`Self::check`] has let pass, and what the command comes to.
    pub(super) fn apply(&self, command: &Command) -> (MetadataImage, Outcome) {
        let mut next = self.clone();
        let mut outcome = Outcome::Done;
        match command {
            Command::CreateTopic { name, id, partitions, replication_factor, configs } => {
                next.put(TopicImage {
                    name: name.as_str().into(),
                    id: *id,
                    partitions: *partitions,
                    replication_factor: *replication_factor,
                    configs: configs.clone(),
                });
            }
            Command::DeleteTopic { id } => {
                if let Some(topic) = next.by_id.remove(id) {
                    next.by_name.remove(&topic.name);
                }
            }
            Command::SetTopicConfigs { id, configs } => {
                if let Some(topic) = self.by_id.get(id) {
                    next.put(TopicImage { configs: configs.clone(), ..TopicImage::clone(topic) });
                }
            }
            Command::AddPartitions { id, partitions } => {
                if let Some(topic) = self.by_id.get(id) {
                    next.put(TopicImage { partitions: *partitions, ..TopicImage::clone(topic) });
                }
            }
            Command::ReserveProducerIds { count } => {
                let first = self.next_producer_id;
                next.next_producer_id = first.saturating_add(i64::from(*count));
                outcome = Outcome::ProducerIds(first..next.next_producer_id);
            }
        }
        (next, outcome)
    }

    /// Commands that lead from nothing to this image.
    pub(super) fn commands(&self) -> impl Iterator<Item = Command> {
        let topics = self.by_name.values().map(|topic| Command::CreateTopic {
            name: topic.name.to_string(),
            id: topic.id,
            partitions: topic.partitions,
            replication_factor: topic.replication_factor,
            configs: topic.configs.clone(),
        });
        topics.chain(reservations(self.next_producer_id))
    }

    /// Commands after which no producer id below `next` is given out.
    pub(crate) fn producer_ids_up_to(&self, next: i64) -> Vec<Command> {
        reservations(next.saturating_sub(self.next_producer_id)).collect()
    }

    fn put(&mut self, topic: TopicImage) {
        let topic = Arc::new(topic);
        self.by_name.insert(Arc::clone(&topic.name), Arc::clone(&topic));
        self.by_id.insert(topic.id, topic);
    }
}

/// Commands that take as many producer ids.
fn reservations(mut left: i64) -> impl Iterator<Item = Command> {
    std::iter::from_fn(move || {
        let count = i32::try_from(left.max(0)).unwrap_or(i32::MAX);
        left -= i64::from(count);
        (count > 0).then_some(Command::ReserveProducerIds { count })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(name: &str, id: u128) -> Command {
        Command::CreateTopic {
            name: name.to_owned(),
            id: Uuid::from_u128(id),
            partitions: 1,
            replication_factor: 1,
            configs: BTreeMap::new(),
        }
    }

    fn image(names: &[&str]) -> MetadataImage {
        let empty = MetadataImage::new("a-cluster".to_owned());
        names.iter().zip(1..).fold(empty, |image, (name, id)| image.apply(&create(name, id)).0)
    }

    #[test]
    fn names_are_unique_also_without_dots_and_underscores() {
        let image = image(&["a.b", "plain"]);
        assert!(matches!(image.check(&create("a.b", 9)), Err(Refusal::TopicExists(_))));
        assert!(matches!(image.check(&create("a_b", 9)), Err(Refusal::TopicNameCollides { .. })));
        assert_eq!(image.check(&create("a-b", 9)), Ok(()));
        assert_eq!(image.check(&create("A_b", 9)), Ok(()));
    }

    #[test]
    fn topics_are_found_by_name_and_id_until_they_are_deleted() {
        let image = image(&["b", "a"]);
        let id = image.topic("a").unwrap().id;
        assert_eq!(&*image.by_id.get(&id).unwrap().name, "a");
        assert_eq!(image.topics().map(|topic| &*topic.name).collect::<Vec<_>>(), ["a", "b"]);
        let (next, _) = image.apply(&Command::DeleteTopic { id });
        assert!(next.topic("a").is_none() && !next.by_id.contains_key(&id));
        assert_eq!(next.check(&Command::DeleteTopic { id }), Err(Refusal::UnknownTopic(id)));
        assert!(image.topic("a").is_some(), "an image never changes");
    }

    #[test]
    fn configs_are_replaced_as_a_whole() {
        let image = image(&["a"]);
        let id = image.topic("a").unwrap().id;
        let configs = BTreeMap::from([("retention.ms".to_owned(), "1".to_owned())]);
        let (next, _) = image.apply(&Command::SetTopicConfigs { id, configs: configs.clone() });
        assert_eq!(next.topic("a").unwrap().configs, configs);
        assert_eq!(next.by_id.get(&id).unwrap().configs, configs);
    }

    #[test]
    fn partitions_are_added_and_never_taken() {
        let image = image(&["a"]);
        let id = image.topic("a").unwrap().id;
        let add = |partitions| Command::AddPartitions { id, partitions };
        let (next, _) = image.apply(&add(3));
        assert_eq!(next.topic("a").unwrap().partitions, 3);
        let exist = |partitions| Err(Refusal::PartitionsExist { name: "a".to_owned(), partitions });
        assert_eq!((image.check(&add(1)), next.check(&add(2))), (exist(1), exist(3)));
        let unknown = Uuid::from_u128(99);
        let command = Command::AddPartitions { id: unknown, partitions: 3 };
        assert_eq!(image.check(&command), Err(Refusal::UnknownTopic(unknown)));
    }

    #[test]
    fn commands_rebuild_the_image() {
        let mut image = image(&["a", "b.c"]);
        image = image.apply(&Command::AddPartitions { id: image.topic("a").unwrap().id, partitions: 5 }).0;
        for _ in 0..3 {
            image = image.apply(&Command::ReserveProducerIds { count: i32::MAX }).0;
        }
        let empty = MetadataImage::new("a-cluster".to_owned());
        let rebuilt = image.commands().fold(empty, |next, command| next.apply(&command).0);
        assert_eq!(rebuilt, image);
    }

    #[test]
    fn producer_ids_end_before_they_overflow() {
        let mut image = image(&[]);
        image.next_producer_id = i64::MAX - 10;
        assert_eq!(
            image.check(&Command::ReserveProducerIds { count: 11 }),
            Err(Refusal::ProducerIdsExhausted)
        );
        assert_eq!(image.check(&Command::ReserveProducerIds { count: 10 }), Ok(()));
    }
}
