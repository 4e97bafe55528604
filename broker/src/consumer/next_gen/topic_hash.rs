//! The hash of the topics that a group is subscribed to (KIP-1101): another one means that the group is to be balanced anew. It
//! is Kafka's own - XXH3 of 64 bits over little-endian numbers and UTF-16 text with its length behind it - so that a group
//! which moves between brokers is not balanced without need.

use twox_hash::XxHash3_64;

use crate::metadata::image::{MetadataImage, TopicImage};

/// Kafka's number for this way to hash.
const MAGIC: u8 = 0;

/// The hash of these topics, sorted by name. Those that do not exist count for nothing.
pub(super) fn hash_of<'a>(topics: impl Iterator<Item = &'a str>, image: &MetadataImage) -> i64 {
    let hashes: Vec<u8> = topics
        .filter_map(|topic| image.topic(topic))
        .flat_map(|topic| topic_hash(topic).to_le_bytes())
        .collect();
    if hashes.is_empty() { 0 } else { XxHash3_64::oneshot(&hashes).cast_signed() }
}

/// Brokers have no racks here, so none are hashed.
fn topic_hash(topic: &TopicImage) -> u64 {
    let (most, least) = topic.id.as_u64_pair();
    let mut bytes = vec![MAGIC];
    bytes.extend(most.to_le_bytes());
    bytes.extend(least.to_le_bytes());
    let name: Vec<u16> = topic.name.encode_utf16().collect();
    bytes.extend(name.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes.extend((name.len() as u32).to_le_bytes());
    bytes.extend(topic.partitions.to_le_bytes());
    bytes.extend((0..topic.partitions).flat_map(i32::to_le_bytes));
    XxHash3_64::oneshot(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_hash_as_in_kafka() {
        let image = MetadataImage::of_topics(&[("orders", 3), ("audit-\u{fc}\u{1f600}", 60)]);
        let hash = |topics: &[&str]| hash_of(topics.iter().copied(), &image);
        assert_eq!(hash(&[]), 0);
        assert_eq!(hash(&["nowhere"]), 0);
        assert_eq!(hash(&["orders"]), -2_718_304_761_464_552_938);
        assert_eq!(hash(&["nowhere", "orders"]), hash(&["orders"]));
    }
}
