//! `fluxctl topic list`.

use clap::Args;
use fluxmq_client::admin::TopicListing;
use regex::Regex;
use serde::Serialize;

use super::topic_id;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl topic list
  fluxctl topic list '^order'                 names that fit a regular expression
  fluxctl topic list --internal -O wide
  fluxctl topic list -O name | xargs -n 1 fluxctl topic describe";

/// List topics
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only names that this regular expression finds something in
    #[arg(value_name = "REGEX")]
    pattern: Option<Regex>,
    /// The cluster's own topics too
    #[arg(long)]
    internal: bool,
}

#[derive(Debug, Serialize)]
struct TopicView {
    name: String,
    topic_id: Option<String>,
    partitions: usize,
    replication_factor: usize,
    internal: bool,
}

impl View for TopicView {
    const COLUMNS: &'static [Column] = &[
        Column::new("NAME"),
        Column::number("PARTITIONS"),
        Column::number("REPLICATION FACTOR"),
        Column::new("TOPIC ID").wide(),
        Column::new("INTERNAL").wide(),
    ];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.partitions.to_string(),
            self.replication_factor.to_string(),
            self.topic_id.clone().unwrap_or_default(),
            self.internal.to_string(),
        ]
    }
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<(), CommandError> {
    let topics = context.block_on(async {
        let client = context.client().await?;
        Ok(client.admin().list_topics(args.internal).await?)
    })?;
    let fits =
        |topic: &TopicListing| args.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&topic.name));
    let views: Vec<TopicView> = topics.into_iter().filter(fits).map(view).collect();
    if views.is_empty() {
        context.output.note(match &args.pattern {
            Some(_) => "no topic fits; `fluxctl topic list` shows all",
            None => "there is no topic yet; `fluxctl topic create NAME` creates one",
        });
    }
    context.output.list(&views)
}

fn view(topic: TopicListing) -> TopicView {
    TopicView {
        topic_id: topic_id(topic.topic_id),
        name: topic.name,
        partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        internal: topic.is_internal,
    }
}
