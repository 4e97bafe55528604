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
        documentation: config
            .documentation
            .filter(|_| request.include_documentation)
            .map(str::to_owned),
    }
}
