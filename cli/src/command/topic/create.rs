//! `fluxctl topic create`.

use std::collections::BTreeMap;

use clap::Args;
use fluxmq_client::admin::CreatedTopic;
use fluxmq_client::{ClientError, ErrorCode, NewTopic};
use serde::Serialize;

use super::topic_id;
use crate::command::outcome;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl topic create orders -p 3
  fluxctl topic create orders payments -p 6 -r 3 -c retention.ms=86400000
  fluxctl topic create state -c cleanup.policy=compact --if-not-exists
  fluxctl topic create orders -p 3 --dry-run              the broker checks, and creates nothing";

/// Create topics
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CreateArgs {
    /// Names of the topics
    #[arg(required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    /// How many partitions [default: the broker's]
    #[arg(short = 'p', long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many replicas of each partition [default: the broker's]
    #[arg(short = 'r', long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// Configuration by its Kafka name
    #[arg(short = 'c', long = "topic-config", value_name = "KEY=VALUE")]
    configs: Vec<String>,
    /// A topic that exists already is no error
    #[arg(long)]
    if_not_exists: bool,
    /// Let the broker check, and create nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct CreatedView {
    topic: String,
    /// `created`, or `exists`.
    result: &'static str,
    topic_id: Option<String>,
    partitions: Option<i32>,
    replication_factor: Option<i16>,
    dry_run: bool,
}

impl View for CreatedView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::new("RESULT"),
        Column::number("PARTITIONS"),
        Column::number("REPLICATION FACTOR"),
        Column::new("TOPIC ID").wide(),
    ];

    fn name(&self) -> String {
        self.topic.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.result.to_owned(),
            self.partitions.map_or_else(String::new, |partitions| partitions.to_string()),
            self.replication_factor.map_or_else(String::new, |replicas| replicas.to_string()),
            self.topic_id.clone().unwrap_or_default(),
        ]
    }
}

pub(super) fn run(args: &CreateArgs, context: &Context) -> Result<(), CommandError> {
    let configs = configs(&args.configs)?;
    confirm::writable(context)?;
    let new = |name: &String| NewTopic {
        name: name.clone(),
        partitions: args.partitions,
        replication_factor: args.replication_factor,
        configs: configs.clone(),
        assignments: Vec::new(),
    };
    let topics: Vec<NewTopic> = args.topics.iter().map(new).collect();
    let outcomes = context.block_on(async {
        let client = context.client().await?;
        Ok(client.admin().create_topics(&topics, args.dry_run).await?)
    })?;
    let mut created = Vec::new();
    let mut failures = Vec::new();
    for (topic, outcome) in outcomes {
        match outcome {
            Ok(done) => created.push(view(topic, "created", Some(&done), args)),
            Err(error)
                if args.if_not_exists && error.error_code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) =>
            {
                created.push(view(topic, "exists", None, args));
            }
            Err(error) => failures.push(refused(&topic, error)),
        }
    }
    if !created.is_empty() || failures.is_empty() {
        context.output.changed(&created, sentence)?;
    }
    outcome::finish(context, args.topics.len(), failures, "topics", "created")
}

fn configs(texts: &[String]) -> Result<BTreeMap<String, String>, CommandError> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err(CommandError::usage(format!("`-c {text}` is not of the form KEY=VALUE"))
            .with_hint("write the key as Kafka does, as in `-c retention.ms=86400000`")),
    };
    texts.iter().map(pair).collect()
}

fn view(
    topic: String,
    result: &'static str,
    created: Option<&CreatedTopic>,
    args: &CreateArgs,
) -> CreatedView {
    CreatedView {
        topic,
        result,
        topic_id: created.and_then(|created| topic_id(created.topic_id)),
        partitions: created.and_then(|created| created.partitions),
        replication_factor: created.and_then(|created| created.replication_factor),
        dry_run: args.dry_run,
    }
}

fn sentence(view: &CreatedView) -> String {
    if view.result == "exists" {
        return format!("topic `{}` exists already", view.topic);
    }
    let prefix = if view.dry_run { "dry run: " } else { "" };
    let partitions = match view.partitions {
        Some(1) => " with 1 partition".to_owned(),
        Some(partitions) => format!(" with {partitions} partitions"),
        None => String::new(),
    };
    format!("{prefix}created topic `{}`{partitions}", view.topic)
}

fn refused(topic: &str, error: ClientError) -> CommandError {
    let hint = match error.error_code() {
        Some(ErrorCode::TOPIC_ALREADY_EXISTS) => {
            Some(format!("`fluxctl topic describe {topic}` shows it; with `--if-not-exists` it is no error"))
        }
        Some(ErrorCode::INVALID_REPLICATION_FACTOR) => {
            Some("there are not that many brokers; without `-r` the broker's default counts".to_owned())
        }
        _ => None,
    };
    let error = CommandError::from(error);
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_pairs() {
        let texts = ["a=1".to_owned(), " b =x=y".to_owned(), "c=".to_owned()];
        let configs = configs(&texts).unwrap();
        assert_eq!((configs["a"].as_str(), configs["b"].as_str(), configs["c"].as_str()), ("1", "x=y", ""));
        assert!(super::configs(&["x".to_owned()]).is_err());
        assert!(super::configs(&["=x".to_owned()]).is_err());
    }
}
