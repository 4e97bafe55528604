//! Connections: versions, correlation, deadlines, cancellation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fluxmq_protocol::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use fluxmq_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use fluxmq_protocol::wire::Writer;
use fluxmq_protocol::{ApiKey, Encode, ErrorCode};
use tokio::sync::Notify;

use super::cluster::FakeCluster;
use crate::mock::{MockBroker, MockReply, MockRequest, api_versions};
use crate::{BrokerPool, Client, ClientError, Connection, ConnectionOptions, sync};

fn named(name: &str) -> MetadataRequest {
    let topic = MetadataRequestTopic { name: Some(name.to_owned()), ..MetadataRequestTopic::default() };
    MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() }
}

/// The topic that a metadata request names, sent back as the cluster id.
fn echo(request: &MockRequest) -> MockReply {
    let asked: MetadataRequest = request.decode().unwrap();
    let cluster_id = asked.topics.unwrap()[0].name.clone();
    request.reply(&MetadataResponse { cluster_id, ..MetadataResponse::default() })
}

#[tokio::test]
async fn an_old_broker_is_asked_again_in_its_own_version() {
    let versions = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&versions);
    let broker = MockBroker::start(move |request| {
        sync::lock(&seen).push((request.api_key, request.version));
        match (request.api_key, request.version) {
            (ApiKey::ApiVersions, 3..) => {
                let range = ApiVersion { api_key: 18, min_version: 0, max_version: 2 };
                let refusal = ApiVersionsResponse {
                    error_code: ErrorCode::UNSUPPORTED_VERSION,
                    api_keys: vec![range],
                    ..ApiVersionsResponse::default()
                };
                let mut body = Vec::new();
                refusal.encode(&mut Writer::new(&mut body), 0).unwrap();
                MockReply::Body(body)
            }
            (ApiKey::ApiVersions, _) => request.reply(&api_versions(&[(ApiKey::Metadata, 4)])),
            _ => echo(request),
        }
    })
    .await
    .unwrap();
    let connection = Connection::connect(broker.address()).await.unwrap();
    assert_eq!(connection.advertised_api_range(ApiKey::Metadata), Some((0, 4)));
    let response = connection.send(named("x")).await.unwrap();
    assert_eq!(response.cluster_id.as_deref(), Some("x"));
    let last = sync::lock(&versions).last().copied();
    assert_eq!(last, Some((ApiKey::Metadata, 4)), "the highest version that both speak");
}

#[tokio::test]
async fn answers_find_their_callers_in_whatever_order_they_come() {
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    let broker = MockBroker::start(move |request| match request.decode::<MetadataRequest>() {
        None => MockReply::Default,
        Some(asked) if asked.topics.as_ref().unwrap()[0].name.as_deref() == Some("first") => {
            let held = Arc::clone(&held);
            echo(request).when(async move { held.notified().await })
        }
        Some(_) => echo(request),
    })
    .await
    .unwrap();
    let connection = Arc::new(Connection::connect(broker.address()).await.unwrap());
    let first = tokio::spawn({
        let connection = Arc::clone(&connection);
        async move { connection.send(named("first")).await }
    });
    let second = connection.send(named("second")).await.unwrap();
    assert_eq!(second.cluster_id.as_deref(), Some("second"));
    release.notify_one();
    let first = first.await.unwrap().unwrap();
    assert_eq!(first.cluster_id.as_deref(), Some("first"));
    assert_eq!(connection.in_flight(), 0);
}

#[tokio::test]
async fn a_caller_that_leaves_disturbs_nobody() {
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    let broker = MockBroker::start(move |request| {
        if request.api_key == ApiKey::ApiVersions {
            return MockReply::Default;
        }
        let held = Arc::clone(&held);
        echo(request).when(async move { held.notified().await })
    })
    .await
    .unwrap();
    let connection = Connection::connect(broker.address()).await.unwrap();
    let impatient = tokio::time::timeout(Duration::from_millis(20), connection.send(named("gone"))).await;
    assert!(impatient.is_err());
    // Both answers come now, in the order of the requests; the first is for nobody.
    let waiting = connection.send(named("here"));
    release.notify_waiters();
    release.notify_one();
    release.notify_one();
    let response = tokio::join!(waiting, async {
        tokio::task::yield_now().await;
        release.notify_one();
        release.notify_one();
    });
    assert_eq!(response.0.unwrap().cluster_id.as_deref(), Some("here"));
    assert!(!connection.is_closed());
}

#[tokio::test]
async fn silence_ends_in_a_time_out_and_a_closed_connection() {
    let broker = MockBroker::start(|request| match request.api_key {
        ApiKey::ApiVersions => MockReply::Default,
        _ => MockReply::Silence,
    })
    .await
    .unwrap();
    let options = ConnectionOptions { request_timeout: Duration::from_millis(50), ..Default::default() };
    let connection = Connection::connect_with_options(broker.address(), options).await.unwrap();
    let error = connection.send(named("x")).await.unwrap_err();
    assert!(matches!(error, ClientError::Timeout { .. }), "{error}");
    assert!(connection.is_closed());
    let error = connection.send(named("x")).await.unwrap_err();
    assert!(matches!(error, ClientError::Disconnected { .. }), "{error}");
}

#[tokio::test]
async fn a_connection_that_ends_fails_what_is_under_way_and_the_pool_makes_a_new_one() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let broker = MockBroker::start(move |request| match request.api_key {
        ApiKey::ApiVersions => MockReply::Default,
        _ if counted.fetch_add(1, Ordering::Relaxed) == 0 => MockReply::Close,
        _ => echo(request),
    })
    .await
    .unwrap();
    let client = Client::builder().bootstrap(broker.address()).build().await.unwrap();
    let error = client.send(named("x")).await.unwrap_err();
    assert!(matches!(error, ClientError::Disconnected { .. }), "{error}");
    assert!(client.send(named("x")).await.is_ok());
}

#[tokio::test]
async fn an_address_without_a_broker_is_named() {
    let broker = MockBroker::start(|_| MockReply::Close).await.unwrap();
    let address = broker.address().to_owned();
    broker.stop().await;
    let error = Client::builder().bootstrap(format!("{address},{address}")).build().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot connect to `{address}` (connection refused), `{address}` (connection refused)")
    );
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_refused_before_memory_is_taken() {
    let broker = MockBroker::start(|request| match request.api_key {
        ApiKey::ApiVersions => MockReply::Default,
        _ => MockReply::Body(vec![0; 4096]),
    })
    .await
    .unwrap();
    let options = ConnectionOptions { frame_max: 2048, ..Default::default() };
    let connection = Connection::connect_with_options(broker.address(), options).await.unwrap();
    let error = connection.send(named("x")).await.unwrap_err().to_string();
    assert!(error.contains("at most 2048 are accepted"), "{error}");
}

#[tokio::test]
async fn any_stream_will_do() {
    let broker = MockBroker::start(|request| match request.api_key {
        ApiKey::ApiVersions => MockReply::Default,
        _ => echo(request),
    })
    .await
    .unwrap();
    let stream = tokio::net::TcpStream::connect(broker.address()).await.unwrap();
    let connection =
        Connection::from_stream("a pipe", Box::new(stream), ConnectionOptions::default()).await.unwrap();
    assert_eq!(connection.send(named("x")).await.unwrap().cluster_id.as_deref(), Some("x"));
    let body = connection.raw_request(ApiKey::ApiVersions, 0, &[]).await.unwrap();
    assert_eq!(&body[..2], [0, 0]);
}

#[tokio::test]
async fn requests_go_to_the_broker_that_is_named() {
    let cluster = FakeCluster::start(2, 1).await;
    let client = cluster.client().await;
    assert!(!client.knows_broker(1));
    let response = client.broker(1).send(ApiVersionsRequest::default()).await.unwrap();
    assert!(!response.api_keys.is_empty());
    assert!(client.knows_broker(1));
    let error = client.broker(9).send(ApiVersionsRequest::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot connect to `broker 9` (the cluster names no such broker)");
    let error = client.send_at_least(MetadataRequest::default(), 99).await.unwrap_err();
    assert!(matches!(error, ClientError::IncompatibleVersion { client_min: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_listener_that_says_nothing_is_given_up_like_one_that_is_not_there() {
    let broker = MockBroker::start(|_| MockReply::Silence).await.unwrap();
    let error = Client::builder()
        .bootstrap(broker.address())
        .socket_connection_setup_timeout(Duration::from_millis(50), Duration::from_millis(50))
        .build()
        .await
        .unwrap_err();
    let address = broker.address();
    let expected =
        format!("cannot connect to `{address}` (ApiVersions to `{address}` did not finish within 50 ms)");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_caller_who_stops_waiting_for_a_connection_keeps_nobody_from_it() {
    let broker =
        MockBroker::start(|request| request.reply(&api_versions(&[(ApiKey::Metadata, 4)]))).await.unwrap();
    let pool = BrokerPool::new(vec![broker.address().to_owned()], ConnectionOptions::default());
    // An application that has asked for records, and works on others now: nobody polls this.
    let mut idle = Box::pin(pool.bootstrap_connection());
    assert!(futures_util::poll!(&mut idle).is_pending());
    let other = tokio::time::timeout(Duration::from_secs(30), pool.bootstrap_connection()).await;
    assert!(other.expect("nobody waits for the idle one").is_ok());
    assert!(idle.await.is_ok());
}
