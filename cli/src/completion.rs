//! Live completion: names of profiles, topics and groups as they are now. Quick, silent, and never a failure.

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use clap::FromArgMatches;
use clap_complete::CompletionCandidate;
use fluxmq_client::admin::GroupFilter;
use fluxmq_client::protocol::messages::metadata::MetadataRequest;

use crate::args::{self, GlobalArgs};
use crate::client_properties;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Output;

/// Longer than this nobody waits at a prompt.
const WAIT_MAX: Duration = Duration::from_millis(250);

/// Names of profiles.
pub(crate) fn profiles() -> Vec<CompletionCandidate> {
    let Some(store) = context().and_then(|context| context.store().ok()) else { return Vec::new() };
    let profiles = store.list().unwrap_or_default();
    profiles
        .into_iter()
        .map(|(name, profile)| {
            let about = profile.description.unwrap_or_else(|| profile.bootstrap_servers.join(","));
            CompletionCandidate::new(name).help(Some(about.into()))
        })
        .collect()
}

/// Names of the cluster's topics.
pub(crate) fn topics() -> Vec<CompletionCandidate> {
    asked(topic_names)
}

/// Names of the cluster's groups.
pub(crate) fn groups() -> Vec<CompletionCandidate> {
    asked(group_names)
}

/// What the cluster answers in time; nothing where it does not.
fn asked(names: impl AsyncFn(&Context) -> Result<Vec<String>, CommandError>) -> Vec<CompletionCandidate> {
    let Some(context) = context() else { return Vec::new() };
    let found = context.block_on(async {
        match tokio::time::timeout(WAIT_MAX, names(&context)).await {
            Ok(names) => names,
            Err(_) => Ok(Vec::new()),
        }
    });
    found.unwrap_or_default().into_iter().map(CompletionCandidate::new).collect()
}

/// Keys of client properties.
pub(crate) fn properties() -> Vec<CompletionCandidate> {
    client_properties::PROPERTIES
        .iter()
        .map(|property| {
            CompletionCandidate::new(format!("{}=", property.name)).help(Some(property.about.into()))
        })
        .collect()
}

async fn topic_names(context: &Context) -> Result<Vec<String>, CommandError> {
    let client = context.client().await?;
    let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let topics = client.send(request).await?.topics;
    Ok(topics.into_iter().filter(|topic| !topic.is_internal).filter_map(|topic| topic.name).collect())
}

async fn group_names(context: &Context) -> Result<Vec<String>, CommandError> {
    let admin = context.client().await?.admin();
    let listed = admin.list_groups(&GroupFilter::default()).await?;
    Ok(listed
        .into_iter()
        .flat_map(|(_, groups)| groups.unwrap_or_default())
        .map(|group| group.name)
        .collect())
}

/// The flags that the unfinished line has so far, as good as they can be understood.
fn context() -> Option<Context> {
    let words = env::args_os().skip_while(|word| word != "--").skip(1);
    let matches = args::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let global = GlobalArgs::from_arg_matches(&matches).ok()?;
    let environment: BTreeMap<String, String> = env::vars().collect();
    let output = Output { quiet: true, silent: true, ..Output::new(&global) };
    Context::new(global, environment, output).ok()
}
