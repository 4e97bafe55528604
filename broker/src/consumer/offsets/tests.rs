use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn committed(offset: i64, commit_timestamp_ms: i64) -> CommittedOffset {
    CommittedOffset {
        offset,
        leader_epoch: -1,
        metadata: String::new(),
        commit_timestamp_ms,
        expire_timestamp_ms: None,
        topic_id: Uuid::nil(),
    }
}

fn group(commits: &[(&str, i32, CommittedOffset)]) -> GroupOffsets {
    let commit = |(topic, partition, offset): &(&str, i32, CommittedOffset)| OffsetCommit {
        topic: (*topic).to_owned(),
        partition: *partition,
        offset: offset.clone(),
    };
    let mut offsets = GroupOffsets::default();
    replay(&mut offsets, GroupOffsets::records("g", commits.iter().map(commit).collect()));
    offsets
}

fn replay(offsets: &mut GroupOffsets, records: Vec<GroupRecord>) {
    for record in records {
        let GroupRecord::OffsetCommit(key, value) = record else { panic!("{record:?}") };
        assert_eq!(key.group, "g");
        offsets.replay(key, value);
    }
}

fn which(offsets: &GroupOffsets) -> Vec<(&str, i32, i64)> {
    offsets.iter().map(|(topic, partition, committed)| (topic, partition, committed.offset)).collect()
}

fn partitions(of: &[(&str, i32)]) -> Vec<(String, i32)> {
    of.iter().map(|(topic, partition)| ((*topic).to_owned(), *partition)).collect()
}

#[test]
fn offsets_are_kept_in_order_and_the_last_of_a_partition_counts() {
    let mut offsets =
        group(&[("b", 7, committed(1, 0)), ("a", 3, committed(2, 0)), ("b", 2, committed(3, 0))]);
    assert_eq!(which(&offsets), [("a", 3, 2), ("b", 2, 3), ("b", 7, 1)]);
    replay(
        &mut offsets,
        GroupOffsets::records(
            "g",
            vec![OffsetCommit { topic: "b".to_owned(), partition: 7, offset: committed(9, 0) }],
        ),
    );
    assert_eq!(offsets.get("b", 7).map(|found| found.offset), Some(9));
    assert_eq!((offsets.get("b", 1), offsets.get("c", 7)), (None, None));
    replay(
        &mut offsets,
        GroupOffsets::tombstones("g", partitions(&[("b", 7), ("a", 3), ("a", 4), ("x", 0)])),
    );
    assert_eq!(which(&offsets), [("b", 2, 3)]);
    replay(&mut offsets, GroupOffsets::tombstones("g", partitions(&[("b", 2)])));
    assert!(offsets.is_empty());
}

#[test]
fn what_is_written_down_is_all_that_was_committed() {
    let said = CommittedOffset {
        offset: 5,
        leader_epoch: 3,
        metadata: "mine".to_owned(),
        commit_timestamp_ms: 8,
        expire_timestamp_ms: None,
        topic_id: Uuid::from_u128(7),
    };
    let expiring = CommittedOffset { expire_timestamp_ms: Some(99), ..said.clone() };
    for committed in [said, expiring] {
        let offsets = group(&[("a", 0, committed.clone())]);
        assert_eq!(offsets.get("a", 0), Some(&committed));
    }
}

#[test]
fn a_group_without_members_keeps_its_offsets_as_long_as_the_retention_says_from_when_the_last_one_left() {
    let offsets = group(&[("a", 0, committed(1, 0)), ("b", 0, committed(1, 10 * DAY))]);
    let rules = |now_ms| Expiry {
        now_ms,
        retention_ms: 7 * DAY,
        idle_since: Some(5 * DAY),
        is_simple: false,
        subscribed: None,
    };
    assert_eq!(offsets.expired(&rules(12 * DAY - 1)), []);
    assert_eq!(offsets.expired(&rules(12 * DAY)), partitions(&[("a", 0), ("b", 0)]));
    let nothing = BTreeSet::new();
    let rules = Expiry { subscribed: Some(&nothing), ..rules(12 * DAY) };
    assert_eq!(offsets.expired(&rules).len(), 2, "nobody is left to subscribe to anything");
}

#[test]
fn members_keep_the_offsets_of_what_they_subscribe_to() {
    let offsets = group(&[("a", 0, committed(1, 0)), ("b", 0, committed(1, 0)), ("b", 1, committed(1, DAY))]);
    let topics = BTreeSet::from(["a".to_owned()]);
    let rules = Expiry {
        now_ms: 7 * DAY,
        retention_ms: 7 * DAY,
        idle_since: None,
        is_simple: false,
        subscribed: Some(&topics),
    };
    assert_eq!(offsets.expired(&rules), partitions(&[("b", 0)]));
    let unknown = Expiry { subscribed: None, now_ms: 100 * DAY, ..rules };
    assert_eq!(offsets.expired(&unknown), [], "what members of other kinds read is not known");
}

#[test]
fn offsets_that_were_committed_by_hand_count_from_their_commit() {
    let offsets = group(&[("a", 0, committed(1, HOUR)), ("a", 1, committed(1, 2 * HOUR))]);
    let rules = Expiry {
        now_ms: 7 * DAY + HOUR,
        retention_ms: 7 * DAY,
        idle_since: None,
        is_simple: true,
        subscribed: None,
    };
    assert_eq!(offsets.expired(&rules), partitions(&[("a", 0)]));
}

#[test]
fn an_offset_that_says_itself_when_it_expires_is_believed() {
    let early = CommittedOffset { expire_timestamp_ms: Some(HOUR), ..committed(1, 0) };
    let late = CommittedOffset { expire_timestamp_ms: Some(50 * DAY), ..committed(1, 0) };
    let offsets = group(&[("early", 0, early), ("late", 0, late)]);
    let rules = |now_ms, idle_since| Expiry {
        now_ms,
        retention_ms: 7 * DAY,
        idle_since,
        is_simple: false,
        subscribed: None,
    };
    assert_eq!(offsets.expired(&rules(HOUR - 1, Some(0))), []);
    assert_eq!(offsets.expired(&rules(HOUR, Some(0))), partitions(&[("early", 0)]));
    assert_eq!(offsets.expired(&rules(20 * DAY, Some(0))), partitions(&[("early", 0)]));
    assert_eq!(offsets.expired(&rules(50 * DAY, Some(0))).len(), 2);
    assert_eq!(offsets.expired(&rules(50 * DAY, None)), [], "not while somebody may need it");
}

#[test]
fn offsets_of_a_topic_that_is_gone_are_found_by_its_id() {
    let of = |id| CommittedOffset { topic_id: Uuid::from_u128(id), ..committed(1, 0) };
    let offsets = group(&[("a", 0, of(1)), ("a", 1, of(2)), ("a", 2, of(0)), ("b", 0, of(3))]);
    let now = |topic: &str| (topic == "a").then_some(Uuid::from_u128(2));
    assert_eq!(offsets.of_missing(now), partitions(&[("a", 0), ("b", 0)]));
}
