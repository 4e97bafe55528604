//! What members of a consumer group tell each other through JoinGroup and SyncGroup under the protocol type
//! `consumer`. The broker passes these bytes on; it reads them to show a group, to know which topics it still reads,
//! and to move a group between the classic and the newer protocol.
//!
//! Each text begins with its version. New versions only append fields, so a later one is read as the latest known here,
//! and bytes after the known fields are left alone.

use bytes::Bytes;

use crate::message::{Field, Layout, message};
use crate::wire::{Reader, WireError, WireResult, Writer};

/// The name that consumers give as the type of their group's protocol.
pub const PROTOCOL_TYPE: &str = "consumer";
/// The latest version described here, of both texts.
pub const VERSION_MAX: i16 = 3;

message! {
    /// What a member asks for when it joins.
    Subscription {
        topics: Vec<String> => 0+;
        user_data: Option<Bytes> => 0+, nullable 0+;
        owned_partitions: Vec<TopicPartitions> => 1+;
        generation_id: i32 => 2+, default -1;
        rack_id: Option<String> => 3+, nullable 3+;
    }
    /// What the leader gives to a member.
    Assignment {
        assigned_partitions: Vec<TopicPartitions> => 0+;
        user_data: Option<Bytes> => 0+, nullable 0+;
    }
    /// The user data of the assignor `sticky`: what a member was given, and in which generation.
    StickyUserData {
        previous_assignment: Vec<TopicPartitions> => 0+;
        generation: i32 => 1+, default -1;
    }
    /// Partitions of one topic.
    TopicPartitions {
        topic: String => 0+;
        partitions: Vec<i32> => 0+;
    }
}

impl Subscription {
    /// Reads a subscription of any version.
    pub fn decode(bytes: &[u8]) -> WireResult<Self> {
        decode(bytes)
    }

    /// The subscription as it stands in `version`; what that version lacks is left out.
    pub fn encode(&self, version: i16) -> WireResult<Bytes> {
        encode(self, version)
    }
}

impl Assignment {
    /// Reads an assignment of any version. No bytes at all, as a member without an assignment gets them, are an empty one.
    pub fn decode(bytes: &[u8]) -> WireResult<Self> {
        if bytes.is_empty() { Ok(Assignment::default()) } else { decode(bytes) }
    }

    /// The assignment as it stands in `version`.
    pub fn encode(&self, version: i16) -> WireResult<Bytes> {
        encode(self, version)
    }
}

impl StickyUserData {
    /// Reads the data of a member. It carries no version: early members leave out the generation.
    pub fn decode(bytes: &[u8]) -> WireResult<Self> {
        let read = |version| StickyUserData::read(&mut Reader::over(bytes), layout(version));
        read(1).or_else(|_| read(0))
    }

    /// The data as later members write it, with the generation.
    pub fn encode(&self) -> WireResult<Bytes> {
        let mut out = Vec::new();
        self.write(&mut Writer::new(&mut out), layout(1))?;
        Ok(out.into())
    }
}

/// The version that a subscription or an assignment is written in.
pub fn version(bytes: &[u8]) -> WireResult<i16> {
    let version = Reader::over(bytes).i16()?;
    if version < 0 { Err(unknown(version)) } else { Ok(version) }
}

/// Partitions gathered by topic, in the order of topics and partitions, as Kafka's own client writes them.
pub fn by_topic<'a>(partitions: impl IntoIterator<Item = (&'a str, i32)>) -> Vec<TopicPartitions> {
    let mut sorted: Vec<_> = partitions.into_iter().collect();
    sorted.sort_unstable();
    sorted
        .chunk_by(|(one, _), (other, _)| one == other)
        .map(|same| TopicPartitions {
            topic: same.first().map_or_else(String::new, |(topic, _)| (*topic).to_owned()),
            partitions: same.iter().map(|(_, partition)| *partition).collect(),
        })
        .collect()
}

fn decode<T: Field>(bytes: &[u8]) -> WireResult<T> {
    let version = version(bytes)?.min(VERSION_MAX);
    let mut reader = Reader::over(bytes);
    reader.i16()?;
    T::read(&mut reader, layout(version))
}

fn encode<T: Field>(message: &T, version: i16) -> WireResult<Bytes> {
    if !(0..=VERSION_MAX).contains(&version) {
        return Err(unknown(version));
    }
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.i16(version);
    message.write(&mut writer, layout(version))?;
    Ok(out.into())
}

fn layout(version: i16) -> Layout {
    Layout { version, flexible: false }
}

fn unknown(version: i16) -> WireError {
    WireError::Version { version, min: 0, max: VERSION_MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn orders_and_audit() -> Vec<TopicPartitions> {
        by_topic([("orders", 2), ("audit", 1), ("orders", 0)])
    }

    /// As it can be told in a version.
    fn subscription(version: i16) -> Subscription {
        Subscription {
            topics: vec!["audit".to_owned(), "orders".to_owned()],
            user_data: Some(Bytes::from_static(&[1, 2])),
            owned_partitions: if version >= 1 { orders_and_audit() } else { vec![] },
            generation_id: if version >= 2 { 7 } else { -1 },
            rack_id: (version >= 3).then(|| "r1".to_owned()),
        }
    }

    /// What kafka-clients 4.3.1 writes for it.
    const SUBSCRIPTIONS: [&str; 4] = [
        "0000000000020005617564697400066f7264657273000000020102",
        "0001000000020005617564697400066f72646572730000000201020000000200056175646974000000010000000100066f7264657273000000020000000000000002",
        "0002000000020005617564697400066f72646572730000000201020000000200056175646974000000010000000100066f726465727300000002000000000000000200000007",
        "0003000000020005617564697400066f72646572730000000201020000000200056175646974000000010000000100066f72646572730000000200000000000000020000000700027231",
    ];

    #[test]
    fn subscriptions_stand_as_the_java_client_writes_them() {
        for (version, java) in (0..).zip(SUBSCRIPTIONS.map(bytes)) {
            assert_eq!(subscription(3).encode(version).unwrap(), java, "version {version}");
            assert_eq!(Subscription::decode(&java), Ok(subscription(version)));
            for end in 0..java.len() {
                assert!(Subscription::decode(&java[..end]).is_err(), "version {version} cut at {end}");
            }
        }
        let bare = Subscription { topics: vec!["orders".to_owned()], ..Subscription::default() };
        let java = bytes("00030000000100066f7264657273ffffffff00000000ffffffffffff");
        assert_eq!(bare.encode(3).unwrap(), java);
        assert_eq!(Subscription::decode(&java), Ok(bare));
    }

    #[test]
    fn assignments_stand_as_the_java_client_writes_them() {
        let partitions = |topic: &str, partitions: &[i32]| TopicPartitions {
            topic: topic.to_owned(),
            partitions: partitions.to_vec(),
        };
        let assignment = Assignment {
            assigned_partitions: vec![partitions("orders", &[2, 0]), partitions("audit", &[1])],
            user_data: Some(Bytes::from_static(&[9])),
        };
        for version in 0..=3 {
            let java = bytes(&format!(
                "000{version}0000000200066f72646572730000000200000002000000000005617564697400000001000000010000000109"
            ));
            assert_eq!(assignment.encode(version).unwrap(), java);
            assert_eq!(Assignment::decode(&java), Ok(assignment.clone()));
        }
        assert_eq!(Assignment::default().encode(3).unwrap(), bytes("000300000000ffffffff"));
        assert_eq!(Assignment::decode(b""), Ok(Assignment::default()));
    }

    #[test]
    fn what_sticky_members_had_is_read_with_and_without_a_generation() {
        let data =
            StickyUserData { previous_assignment: by_topic([("orders", 2), ("orders", 0)]), generation: 7 };
        let java = bytes("0000000100066f7264657273000000020000000000000002");
        let with_generation = [java.clone(), vec![0, 0, 0, 7]].concat();
        assert_eq!(data.encode().unwrap(), with_generation);
        assert_eq!(StickyUserData::decode(&with_generation), Ok(data.clone()));
        assert_eq!(StickyUserData::decode(&java), Ok(StickyUserData { generation: -1, ..data }));
        assert!(StickyUserData::decode(&java[..9]).is_err());
    }

    #[test]
    fn later_versions_are_read_as_the_latest_known() {
        let mut later = bytes(SUBSCRIPTIONS[3]);
        later[1] = 9;
        later.extend_from_slice(b"a field of tomorrow");
        assert_eq!(version(&later), Ok(9));
        assert_eq!(Subscription::decode(&later), Ok(subscription(3)));
        assert_eq!(subscription(3).encode(4), Err(unknown(4)));
        assert_eq!(Subscription::decode(b"\xff\xff\0\0\0\0"), Err(unknown(-1)));
    }

    #[test]
    fn counts_that_lie_are_refused() {
        let honest = bytes(SUBSCRIPTIONS[3]);
        for at in 2..honest.len() - 4 {
            let mut lie = honest.clone();
            lie[at..at + 4].copy_from_slice(&i32::MAX.to_be_bytes());
            // It may be a number that means no count; what matters is that it ends.
            let _ = (Subscription::decode(&lie), Assignment::decode(&lie));
        }
        assert!(matches!(
            Subscription::decode(b"\0\0\x7f\xff\xff\xff\0\0"),
            Err(WireError::Length { length: 0x7fff_ffff, .. })
        ));
    }
}
