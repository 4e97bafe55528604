//! DescribeConfigs 0-4: every key of a resource with its value, where that comes from, and what stands behind it.
//!
//! - 0 tells only whether a value is a default. 1: sources and synonyms (KIP-226). 3: types and documentation (KIP-569). 4: flexible.
//! - Resources: 2 topic, 4 broker, 8 broker loggers, 16 client metrics, 32 group. A broker is named by its id; an empty name
//!   means the defaults of the whole cluster, of which there are none that were set at run time.
//! - Keys that are asked for and do not exist are left out, as in Kafka. Secrets have no value.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};

use super::context::Call;
use crate::config::{ConfigSource, DescribedConfig, describe_broker, describe_group, describe_topic};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

pub(super) async fn handle(call: &Call<'_>, request: &DescribeConfigsRequest) -> DescribeConfigsResponse {
    let results = request.resources.iter().map(|resource| {
        let (error_code, error_message, configs) = match describe(call, resource) {
            Ok(configs) => (ErrorCode::NONE, None, configs),
            Err((error_code, message)) => (error_code, Some(message), Vec::new()),
        };
        // An empty list of keys asks for all, as null does.
        let keys = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
        let wanted = |config: &DescribedConfig| keys.is_none_or(|keys| keys.contains(&config.name));
        DescribeConfigsResult {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs: configs.into_iter().filter(wanted).map(|config| row(request, config)).collect(),
        }
    });
    DescribeConfigsResponse { results: results.collect(), ..Default::default() }
}

fn describe(
    call: &Call<'_>,
    resource: &DescribeConfigsResource,
) -> Result<Vec<DescribedConfig>, (ErrorCode, String)> {
    let broker = call.broker;
    let name = resource.resource_name.as_str();
    match resource.resource_type {
        TOPIC if !crate::topic_manager::is_legal_name(name) => {
            Err((ErrorCode::INVALID_TOPIC_EXCEPTION, format!("`{name}` cannot be the name of a topic")))
        }
        TOPIC => {
            let image = broker.metadata.image();
            let topic = image.topic(name).ok_or_else(|| {
                (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic `{name}`"))
            })?;
            Ok(describe_topic(&topic.configs, &broker.settings.values))
        }
        BROKER if name.is_empty() => Ok(Vec::new()),
        BROKER | BROKER_LOGGER if name != broker.settings.node_id.to_string() => Err((
            ErrorCode::INVALID_REQUEST,
            format!("there is no broker `{name}`; this one is `{}`", broker.settings.node_id),
        )),
        BROKER => Ok(describe_broker(&broker.settings.values)),
        BROKER_LOGGER | CLIENT_METRICS => Ok(Vec::new()),
        GROUP if name.is_empty() => {
            Err((ErrorCode::INVALID_REQUEST, "a group cannot have an empty name".to_owned()))
        }
        GROUP => Ok(describe_group(&broker.settings.values)),
        other => Err((ErrorCode::INVALID_REQUEST, format!("there is no resource type {other}"))),
    }
}

fn row(request: &DescribeConfigsRequest, config: DescribedConfig) -> DescribeConfigsResourceResult {
    let synonyms = config.synonyms.into_iter().filter(|_| request.include_synonyms);
    DescribeConfigsResourceResult {
        name: config.name,
        value: config.value,
        read_only: config.read_only,
        is_default: config.source == ConfigSource::Default,
        config_source: config.source as i8,
        is_sensitive: config.sensitive,
        synonyms: synonyms
            .map(|synonym| DescribeConfigsSynonym {
                name: synonym.name,
                value: synonym.value,
                source: synonym.source as i8,
            })
            .collect(),
        config_type: config.kind as i8,
        documentation: config.documentation.filter(|_| request.include_documentation).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    async fn describe(
        bench: &Bench,
        resource_type: i8,
        name: &str,
        keys: Option<&[&str]>,
    ) -> DescribeConfigsResult {
        let resource = DescribeConfigsResource {
            resource_type,
            resource_name: name.to_owned(),
            configuration_keys: keys.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect()),
        };
        let request = DescribeConfigsRequest {
            resources: vec![resource],
            include_synonyms: true,
            include_documentation: true,
        };
        handle(&bench.call(4), &request).await.results.remove(0)
    }

    #[tokio::test]
    async fn a_topic_has_all_keys_or_those_that_are_asked_for() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[("cleanup.policy", "compact")]).await;
        for keys in [None, Some(&[][..])] {
            assert_eq!(describe(&bench, TOPIC, "orders", keys).await.configs.len(), 33);
        }
        let some = describe(&bench, TOPIC, "orders", Some(&["cleanup.policy", "no.such.key"])).await;
        assert_eq!(some.configs.len(), 1);
        let policy = &some.configs[0];
        assert_eq!(
            (policy.value.as_deref(), policy.config_source, policy.config_type),
            (Some("compact"), 1, 7)
        );
        let places: Vec<_> =
            policy.synonyms.iter().map(|place| (place.name.as_str(), place.source)).collect();
        assert_eq!(places, [("cleanup.policy", 1), ("log.cleanup.policy", 5)]);
        assert!(policy.documentation.is_some() && !policy.is_default && !policy.read_only);
    }

    #[tokio::test]
    async fn synonyms_and_documentation_only_when_they_are_wanted() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        let resource = DescribeConfigsResource {
            resource_type: TOPIC,
            resource_name: "orders".to_owned(),
            configuration_keys: None,
        };
        let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
        let result = handle(&bench.call(4), &request).await.results.remove(0);
        assert!(result.configs.iter().all(|row| row.synonyms.is_empty() && row.documentation.is_none()));
        assert!(result.configs.iter().all(|row| row.is_default && row.config_source == 5));
    }

    #[tokio::test]
    async fn resources_that_are_not_there() {
        let bench = Bench::new().await;
        for (resource_type, name, expected) in [
            (TOPIC, "missing", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            (TOPIC, "a b", ErrorCode::INVALID_TOPIC_EXCEPTION),
            (TOPIC, "", ErrorCode::INVALID_TOPIC_EXCEPTION),
            (BROKER, "1", ErrorCode::NONE),
            (BROKER, "", ErrorCode::NONE),
            (BROKER, "9", ErrorCode::INVALID_REQUEST),
            (BROKER, "x", ErrorCode::INVALID_REQUEST),
            (GROUP, "any", ErrorCode::NONE),
            (GROUP, "", ErrorCode::INVALID_REQUEST),
            (7, "x", ErrorCode::INVALID_REQUEST),
        ] {
            let result = describe(&bench, resource_type, name, None).await;
            assert_eq!(result.error_code, expected, "{resource_type} {name}");
            assert_eq!(result.error_message.is_some(), !expected.is_ok());
        }
    }

    #[tokio::test]
    async fn a_broker_shows_what_it_runs_with_and_no_secret() {
        let bench = Bench::with(&[
            ("num.partitions", "6"),
            ("ssl.key.password", "hunter2"),
            ("my.password", "hunter2"),
        ])
        .await;
        let result = describe(&bench, BROKER, "1", None).await;
        let row = |name: &str| result.configs.iter().find(|row| row.name == name).unwrap();
        assert_eq!(
            (row("num.partitions").value.as_deref(), row("num.partitions").config_source),
            (Some("6"), 4)
        );
        assert_eq!(row("node.id").value.as_deref(), Some("1"));
        assert!(row("ssl.key.password").is_sensitive);
        assert!(!format!("{result:?}").contains("hunter2"));
    }
}
