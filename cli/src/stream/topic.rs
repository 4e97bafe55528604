//! Which topic is meant when none is named, and whether a topic is there.

use dialoguer::FuzzySelect;
use fluxmq_client::{Client, ErrorCode, TopicMetadata};

use crate::{
    confirm,
    context::Context,
    error::{CommandError, ErrorKind},
};

/// The topic to use: `named`, else the profile's default topic.
pub(crate) fn named_or_default(
    named: Option<&str>,
    context: &Context,
) -> Result<Option<String>, CommandError> {
    let default = || Ok(context.settings()?.default_topic.as_ref().map(|topic| topic.value.clone()));
    named.map_or_else(default, |topic| Ok(Some(topic.to_owned())))
}

/// Refuses to go on without a topic where nobody can pick one. `command` is the one to show.
pub(crate) fn require(topic: Option<&str>, command: &str) -> Result<(), CommandError> {
    if topic.is_some() || confirm::is_terminal() { Ok(()) } else { Err(none_named(command)) }
}

/// Lets a person pick one of the cluster's topics.
pub(crate) async fn pick(client: &Client, command: &str) -> Result<String, CommandError> {
    let names = names(client).await?;
    if names.is_empty() {
        return Err(CommandError::new(ErrorKind::NotFound, "the cluster has no topics")
            .with_hint("`fluxctl topic create NAME` creates one"));
    }
    let question = FuzzySelect::new().with_prompt("Topic").items(&names).default(0);
    let picked = question.interact_opt().map_err(|dialoguer::Error::IO(error)| CommandError::from(error))?;
    picked.and_then(|index| names.into_iter().nth(index)).ok_or_else(|| none_named(command))
}

/// The topics, each with its partitions, in the order they were named. Fails on one that is not
/// there, with the name that may have been meant.
pub(crate) async fn describe(client: &Client, topics: &[String]) -> Result<Vec<TopicMetadata>, CommandError> {
    let asked: Vec<&str> = topics.iter().map(String::as_str).collect();
    let found = client.metadata_topics(&asked).await?;
    let mut described = Vec::with_capacity(topics.len());
    for name in topics {
        let topic = found.iter().find(|topic| *topic.name == **name);
        match topic.map(|topic| topic.error_code) {
            None | Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {
                let known = names(client).await.unwrap_or_default();
                return Err(CommandError::no_topic(name, known.iter().map(String::as_str)));
            }
            Some(code) if code != ErrorCode::LEADER_NOT_AVAILABLE => {
                fluxmq_client::ClientError::check(code, || format!("topic `{name}`"))?;
            }
            Some(_) => {}
        }
        described.extend(topic.cloned());
    }
    Ok(described)
}

/// Fails when a topic does not have a partition.
pub(crate) fn check_partition(topic: &TopicMetadata, partition: i32) -> Result<(), CommandError> {
    if topic.partition(partition).is_some() {
        return Ok(());
    }
    let (name, count) = (&topic.name, topic.partitions.len());
    Err(CommandError::new(ErrorKind::NotFound, format!("topic `{name}` has no partition {partition}"))
        .with_hint(format!(
            "its {count} partitions are numbered from 0; `fluxctl topic describe {name}` shows them"
        )))
}

/// The names of all topics that are not the cluster's own.
pub(crate) async fn names(client: &Client) -> Result<Vec<String>, CommandError> {
    let metadata = client.refresh_metadata_with(None, false).await?;
    let mut names: Vec<_> = metadata
        .topics
        .iter()
        .filter(|topic| !topic.is_internal)
        .map(|topic| topic.name.to_string())
        .collect();
    names.sort();
    Ok(names)
}

fn none_named(command: &str) -> CommandError {
    CommandError::usage("no topic was named, and the profile has no `default_topic`").with_hint(format!(
        "name one, as in `fluxctl {command} orders`; `fluxctl topic list` shows what there is"
    ))
}
