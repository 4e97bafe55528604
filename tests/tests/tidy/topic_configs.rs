//! Every topic key with the test that shows what it does.

use std::collections::BTreeSet;

use super::scan::tokens;
use super::workspace::{Problem, Workspace, problem};

/// The table of keys that the broker describes.
const KEYS: &str = "broker/src/config/topic.rs";

/// A key, the file of its test, and the test; some have two, one for the key and one for what comes of it. Keys that have nothing to do on one node, or whose feature is not there, are
/// checked and described; turning the feature on is refused.
#[rustfmt::skip] // a table
const SHOWN: &[(&str, &str, &str)] = &[
    ("cleanup.policy", "tests/tests/retention.rs", "as_many_records_survive_as_in_apache_kafka"),
    ("cleanup.policy", "broker/src/partition/housekeeping/tests.rs", "logs_with_the_policy_are_compacted_and_others_are_not"),
    ("compression.gzip.level", "tests/tests/topic_configs.rs", "a_higher_gzip_level_stores_fewer_bytes"),
    ("compression.lz4.level", "tests/tests/topic_configs.rs", "a_higher_lz4_level_stores_fewer_bytes"),
    ("compression.type", "tests/tests/topic_configs.rs", "records_are_compressed_as_the_topic_says"),
    ("compression.zstd.level", "tests/tests/topic_configs.rs", "a_higher_zstd_level_stores_fewer_bytes"),
    ("delete.retention.ms", "broker/src/config/topic_settings.rs", "compaction_follows_its_keys"),
    ("delete.retention.ms", "broker/src/storage/cleaner/tests.rs", "what_is_left_is_what_the_model_says"),
    ("file.delete.delay.ms", "broker/src/partition/housekeeping/tests.rs", "a_pass_moves_the_start_writes_it_down_and_retires_what_is_before"),
    ("flush.messages", "broker/src/partition/tests.rs", "the_record_that_completes_flush_messages_waits_for_the_disk_even_where_nothing_else_does"),
    ("flush.ms", "broker/src/partition/tests.rs", "flush_ms_brings_the_flusher_where_nothing_else_does"),
    ("follower.replication.throttled.replicas", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("index.interval.bytes", "tests/tests/topic_configs.rs", "index_entries_are_as_far_apart_as_the_topic_says"),
    ("internal.segment.bytes", "tests/tests/topic_configs.rs", "segments_are_as_large_as_the_topic_says"),
    ("leader.replication.throttled.replicas", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("local.retention.bytes", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("local.retention.ms", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("max.compaction.lag.ms", "broker/src/config/topic_settings.rs", "compaction_follows_its_keys"),
    ("max.compaction.lag.ms", "broker/src/storage/cleaner/tests/edges.rs", "nothing_is_cleaned_before_it_is_worth_it"),
    ("max.message.bytes", "tests/tests/topic_configs.rs", "a_batch_is_as_large_as_the_topic_allows"),
    ("message.timestamp.after.max.ms", "tests/tests/topic_configs.rs", "timestamps_are_within_what_the_topic_allows"),
    ("message.timestamp.before.max.ms", "tests/tests/topic_configs.rs", "timestamps_are_within_what_the_topic_allows"),
    ("message.timestamp.type", "tests/tests/topic_configs.rs", "records_have_the_brokers_time_where_the_topic_says_so"),
    ("min.cleanable.dirty.ratio", "broker/src/config/topic_settings.rs", "compaction_follows_its_keys"),
    ("min.cleanable.dirty.ratio", "broker/src/storage/cleaner/tests/edges.rs", "nothing_is_cleaned_before_it_is_worth_it"),
    ("min.compaction.lag.ms", "broker/src/config/topic_settings.rs", "compaction_follows_its_keys"),
    ("min.compaction.lag.ms", "broker/src/storage/cleaner/tests/edges.rs", "nothing_is_cleaned_before_it_is_worth_it"),
    ("min.insync.replicas", "tests/tests/topic_configs.rs", "more_replicas_than_there_are_refuse_acks_all_alone"),
    ("preallocate", "tests/tests/topic_configs.rs", "a_preallocated_segment_has_its_size_at_once_and_loses_what_is_too_much"),
    ("remote.log.copy.disable", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("remote.log.delete.on.disable", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("remote.storage.enable", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
    ("retention.bytes", "tests/tests/retention.rs", "as_many_records_survive_as_in_apache_kafka"),
    ("retention.ms", "tests/tests/retention.rs", "as_many_records_survive_as_in_apache_kafka"),
    ("segment.bytes", "tests/tests/topic_configs.rs", "segments_are_as_large_as_the_topic_says"),
    ("segment.index.bytes", "tests/tests/topic_configs.rs", "a_full_index_ends_a_segment"),
    ("segment.jitter.ms", "tests/tests/topic_configs.rs", "segments_are_as_old_as_the_topic_says"),
    ("segment.jitter.ms", "broker/src/storage/log/tests/retention.rs", "a_segment_is_rolled_earlier_by_its_jitter"),
    ("segment.ms", "tests/tests/topic_configs.rs", "segments_are_as_old_as_the_topic_says"),
    ("unclean.leader.election.enable", "broker/src/config/described.rs", "keys_without_a_feature_are_checked_and_described"),
];

pub(crate) fn keys_without_a_test(workspace: &Workspace) -> Vec<Problem> {
    let described = described(workspace.text(KEYS));
    let mut problems = Vec::new();
    if described.is_empty() {
        problems.push(problem(KEYS, 1, "no table of keys found: rows of the form `key(\"name\", …`"));
    }
    for key in &described {
        if !SHOWN.iter().any(|(shown, ..)| shown == key) {
            problems.push(problem(KEYS, 1, &format!("`{key}` has no test in {}", file!())));
        }
    }
    for (key, path, test) in SHOWN {
        if !described.contains(key) {
            problems.push(problem(file!(), 1, &format!("`{key}` is no topic key any more")));
        }
        if !has_test(workspace, path, test) {
            problems.push(problem(path, 1, &format!("there is no test `{test}`, which should show `{key}`")));
        }
    }
    problems
}

/// The names in the rows `key("name", …)`.
fn described(text: &str) -> BTreeSet<&str> {
    text.split("    key(\"").skip(1).filter_map(|row| row.split('"').next()).collect()
}

/// Whether `fn test` stands in the file, for tests.
fn has_test(workspace: &Workspace, path: &str, test: &str) -> bool {
    workspace.rust.get(path).is_some_and(|rust| {
        tokens(&rust.code).windows(2).any(|pair| {
            pair[0].text == "fn"
                && pair[1].text == test
                && (rust.is_test(pair[0].at) || workspace.is_test_file(path))
        })
    })
}

#[test]
fn rows_of_keys_are_read() {
    let text = "const A: &[ConfigKey] = &[\n    key(\"a.b\", Int),\n    key(\"c\", Long).internal(),\n];";
    assert_eq!(described(text), BTreeSet::from(["a.b", "c"]));
}
