//! The readers and writers by hand say the same as the described messages, in every version, whatever the content.

#![expect(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use std::ops::Range;

use fluxmq_protocol::message::{Layout, Sample};
use fluxmq_protocol::messages::{api_versions, fetch, produce};
use fluxmq_protocol::view::api_versions::ApiVersionsView;
use fluxmq_protocol::view::fetch::{FetchOutcome, FetchResponseWriter, FetchView};
use fluxmq_protocol::view::produce::{ProduceOutcome, ProduceRefusal, ProduceView, write_response};
use fluxmq_protocol::wire::{Reader, WireError, Writer};
use fluxmq_protocol::{ApiKey, Decode, Encode, ErrorCode};
use proptest::prelude::*;

fn encoded(message: &impl Encode, version: i16) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(&mut Writer::new(&mut out), version).unwrap();
    out
}

fn text(body: &[u8], range: &Range<usize>) -> String {
    String::from_utf8(body[range.clone()].to_vec()).unwrap()
}

/// Reading any beginning of `body` fails cleanly.
fn truncated_everywhere(body: &[u8], mut read: impl FnMut(&[u8]) -> Result<(), WireError>) {
    for end in 0..body.len() {
        assert!(read(&body[..end]).is_err(), "{end} of {} bytes were accepted", body.len());
    }
}

proptest! {
    #[test]
    fn a_produce_request_reads_the_same(seed: u64, version in 3_i16..=13) {
        let mut random = fastrand::Rng::with_seed(seed);
        let request = produce::ProduceRequest::sample(&mut random, Layout::of(ApiKey::Produce, version));
        let body = encoded(&request, version);
        let mut view = ProduceView::default();
        view.read(&body, version).unwrap();
        let topics = view.topics.iter().map(|topic| produce::TopicProduceData {
            name: text(&body, &topic.name),
            topic_id: topic.topic_id,
            partition_data: view.partitions[topic.partitions.clone()].iter().map(|part| produce::PartitionProduceData {
                index: part.index,
                records: part.records.clone().map(|range| body[range].to_vec().into()),
            }).collect(),
        });
        let read = produce::ProduceRequest {
            transactional_id: view.transactional_id.as_ref().map(|range| text(&body, range)),
            acks: view.acks,
            timeout_ms: view.timeout_ms,
            topic_data: topics.collect(),
        };
        prop_assert_eq!(read, request);
        truncated_everywhere(&body, |body| view.read(body, version));
    }

    #[test]
    fn a_produce_response_is_written_the_same(seed: u64, version in 0_i16..=13) {
        let mut random = fastrand::Rng::with_seed(seed);
        let layout = Layout::of(ApiKey::Produce, version);
        let request = produce::ProduceRequest::sample(&mut random, layout);
        let body = encoded(&request, version);
        let mut view = ProduceView::default();
        view.read(&body, version).unwrap();
        let mut outcomes = Vec::new();
        let mut response = produce::ProduceResponse::default();
        for topic in &view.topics {
            let mut answers = Vec::new();
            for part in &view.partitions[topic.partitions.clone()] {
                let mut answer = produce::PartitionProduceResponse::sample(&mut random, layout);
                answer.index = part.index;
                answer.current_leader = produce::LeaderIdAndEpoch::default();
                outcomes.push(ProduceOutcome {
                    index: answer.index,
                    error_code: answer.error_code,
                    base_offset: answer.base_offset,
                    log_append_time_ms: answer.log_append_time_ms,
                    log_start_offset: answer.log_start_offset,
                    refusal: Some(Box::new(ProduceRefusal {
                        message: answer.error_message.clone(),
                        record_errors: answer.record_errors.iter()
                            .map(|error| (error.batch_index, error.batch_index_error_message.clone()))
                            .collect(),
                    })),
                });
                answers.push(answer);
            }
            response.responses.push(produce::TopicProduceResponse {
                name: text(&body, &topic.name),
                topic_id: topic.topic_id,
                partition_responses: answers,
            });
        }
        let mut out = Vec::new();
        write_response(&mut Writer::new(&mut out), version, &body, &view.topics, &outcomes, 0).unwrap();
        prop_assert_eq!(out, encoded(&response, version));
    }

    #[test]
    fn a_fetch_request_reads_the_same(seed: u64, version in 0_i16..=18) {
        let mut random = fastrand::Rng::with_seed(seed);
        let request = fetch::FetchRequest::sample(&mut random, Layout::of(ApiKey::Fetch, version));
        let body = encoded(&request, version);
        let mut view = FetchView::default();
        view.read(&body, version).unwrap();
        let replica_id = if version >= 15 { request.replica_state.replica_id } else { request.replica_id };
        prop_assert_eq!(view.replica_id, replica_id);
        prop_assert_eq!(
            (view.max_wait_ms, view.min_bytes, view.max_bytes, view.isolation_level),
            (request.max_wait_ms, request.min_bytes, request.max_bytes, request.isolation_level)
        );
        prop_assert_eq!((view.session_id, view.session_epoch), (request.session_id, request.session_epoch));
        prop_assert_eq!(view.topics.len(), request.topics.len());
        for (topic, expected) in view.topics.iter().zip(&request.topics) {
            prop_assert_eq!(text(&body, &topic.name), expected.topic.clone());
            prop_assert_eq!(topic.topic_id, expected.topic_id);
            let parts = &view.partitions[topic.partitions.clone()];
            prop_assert_eq!(parts.len(), expected.partitions.len());
            for (part, expected) in parts.iter().zip(&expected.partitions) {
                prop_assert_eq!(
                    (part.index, part.current_leader_epoch, part.fetch_offset),
                    (expected.partition, expected.current_leader_epoch, expected.fetch_offset)
                );
                prop_assert_eq!(
                    (part.last_fetched_epoch, part.max_bytes),
                    (expected.last_fetched_epoch, expected.partition_max_bytes)
                );
            }
        }
        truncated_everywhere(&body, |body| view.read(body, version));
    }

    #[test]
    fn a_fetch_response_is_written_the_same(seed: u64, version in 4_i16..=18) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut response = fetch::FetchResponse::sample(&mut random, Layout::of(ApiKey::Fetch, version));
        response.throttle_time_ms = 0;
        response.node_endpoints.clear();
        let parts = FetchResponseWriter::new(version);
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        parts.start(&mut writer, response.error_code, response.session_id, response.responses.len()).unwrap();
        for topic in &mut response.responses {
            parts.topic_start(&mut writer, topic.topic.as_bytes(), &topic.topic_id, topic.partitions.len()).unwrap();
            for partition in &mut topic.partitions {
                partition.current_leader = fetch::LeaderIdAndEpoch::default();
                partition.snapshot_id = fetch::SnapshotId::default();
                partition.preferred_read_replica = -1;
                let records = partition.records.get_or_insert_default().clone();
                let diverges = partition.diverging_epoch != fetch::EpochEndOffset::default();
                let aborted = partition.aborted_transactions.as_ref();
                let outcome = FetchOutcome {
                    index: partition.partition_index,
                    error_code: partition.error_code,
                    high_watermark: partition.high_watermark,
                    last_stable_offset: partition.last_stable_offset,
                    log_start_offset: partition.log_start_offset,
                    diverging_epoch: diverges.then_some((partition.diverging_epoch.epoch, partition.diverging_epoch.end_offset)),
                    aborted_transactions: aborted.map(|list| list.iter().map(|txn| (txn.producer_id, txn.first_offset)).collect()),
                    records_size: records.len(),
                };
                parts.partition_start(&mut writer, &outcome).unwrap();
                writer.raw(&records);
                parts.partition_end(&mut writer, &outcome).unwrap();
            }
            parts.end_struct(&mut writer);
        }
        parts.end_struct(&mut writer);
        prop_assert_eq!(out, encoded(&response, version));
    }

    #[test]
    fn an_api_versions_request_reads_the_same(seed: u64, version in 0_i16..=5) {
        let mut random = fastrand::Rng::with_seed(seed);
        let request = api_versions::ApiVersionsRequest::sample(&mut random, Layout::of(ApiKey::ApiVersions, version));
        let body = encoded(&request, version);
        let mut reader = Reader::over(&body);
        let view = ApiVersionsView::read(&mut reader, version).unwrap();
        prop_assert_eq!(view.client_software_name, request.client_software_name);
        prop_assert_eq!(view.client_software_version, request.client_software_version);
        prop_assert_eq!(view.cluster_id.map(str::to_owned), request.cluster_id);
        prop_assert_eq!(view.node_id, request.node_id);
        prop_assert_eq!(reader.finish(), Ok(()));
        truncated_everywhere(&body, |body| ApiVersionsView::read(&mut Reader::over(body), version).map(|_| ()));
    }
}

#[test]
fn an_api_versions_response_reads_back() {
    for version in 0..=5 {
        let ranges = [(ApiKey::Produce, 0, 13), (ApiKey::Fetch, 4, 18)];
        let mut out = Vec::new();
        fluxmq_protocol::view::api_versions::write_response(
            &mut Writer::new(&mut out),
            version,
            ErrorCode::UNSUPPORTED_VERSION,
            ranges.into_iter(),
        )
        .unwrap();
        let frame = out.into();
        let mut reader = Reader::new(&frame);
        let response = api_versions::ApiVersionsResponse::decode(&mut reader, version).unwrap();
        assert_eq!(reader.finish(), Ok(()));
        assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
        let keys: Vec<_> =
            response.api_keys.iter().map(|key| (key.api_key, key.min_version, key.max_version)).collect();
        assert_eq!(keys, [(0, 0, 13), (1, 4, 18)]);
    }
}

#[test]
fn a_software_name_is_a_word() {
    let valid = |name| {
        ApiVersionsView { client_software_name: name, client_software_version: "4.0", ..Default::default() }
            .is_valid()
    };
    assert!(valid("apache-kafka-java") && valid("a") && valid("a.b-c"));
    assert!(!valid("") && !valid("-a") && !valid("a.") && !valid("a b") && !valid("ä"));
}
