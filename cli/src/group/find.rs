//! Which groups are meant, whether they exist, and whether anybody reads with them.

use std::time::Duration;

use fluxmq_client::admin::{Group, GroupFilter, GroupListing};
use fluxmq_client::{Admin, ErrorCode};
use regex::Regex;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// How long a coordinator that is moving or loading is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How many members an error names.
const NAMED_MAX: usize = 3;

/// Connects to the cluster, for questions about groups.
pub(crate) async fn admin(context: &Context) -> Result<Admin, CommandError> {
    Ok(context.client().await?.admin().timeout(PATIENCE))
}

/// All groups, by name. A broker that does not answer makes the list wrong, so that is a failure.
pub(crate) async fn list(admin: &Admin) -> Result<Vec<GroupListing>, CommandError> {
    let mut groups = Vec::new();
    for (_, listed) in admin.list_groups(&GroupFilter::default()).await? {
        groups.extend(listed?);
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups.dedup_by(|a, b| a.name == b.name);
    Ok(groups)
}

/// The groups that were named, each once; with `is_regex`, those whose whole name one of the words matches.
pub(crate) async fn named(
    admin: &Admin,
    words: &[String],
    is_regex: bool,
) -> Result<Vec<String>, CommandError> {
    if !is_regex {
        let mut names: Vec<String> = Vec::new();
        for word in words {
            if !names.contains(word) {
                names.push(word.clone());
            }
        }
        return Ok(names);
    }
    let pattern = |word: &String| {
        Regex::new(&format!("^(?:{word})$")).map_err(|error| {
            CommandError::caused(ErrorKind::Usage, format!("`{word}` is no regular expression"), error)
        })
    };
    let patterns = words.iter().map(pattern).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<String> = list(admin).await?.into_iter().map(|group| group.name).collect();
    names.retain(|name| patterns.iter().any(|pattern| pattern.is_match(name)));
    if names.is_empty() {
        return Err(CommandError::new(ErrorKind::NotFound, "no group has a name that matches")
            .with_hint("`fluxctl group list` shows all"));
    }
    Ok(names)
}

/// Describes groups; those that cannot be are failures, one that does not exist with the name that may have been meant.
pub(crate) async fn describe(admin: &Admin, names: &[String]) -> (Vec<Group>, Vec<CommandError>) {
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut groups = Vec::new();
    let mut failures = Vec::new();
    for (name, outcome) in admin.describe_groups(&asked).await {
        match outcome {
            Ok(group) => groups.push(group),
            Err(error) if error.error_code() == Some(ErrorCode::GROUP_ID_NOT_FOUND) => {
                failures.push(absent(admin, &name).await);
            }
            Err(error) => failures.push(error.into()),
        }
    }
    (groups, failures)
}

/// Describes one group, which has to exist.
pub(crate) async fn one(admin: &Admin, name: &str) -> Result<Group, CommandError> {
    match maybe(admin, name).await? {
        Some(group) => Ok(group),
        None => Err(absent(admin, name).await),
    }
}

/// Describes one group; `None` where it does not exist.
pub(crate) async fn maybe(admin: &Admin, name: &str) -> Result<Option<Group>, CommandError> {
    match admin.describe_groups(&[name]).await.into_iter().next() {
        Some((_, Ok(group))) => Ok(Some(group)),
        Some((_, Err(error))) if error.error_code() != Some(ErrorCode::GROUP_ID_NOT_FOUND) => {
            Err(error.into())
        }
        _ => Ok(None),
    }
}

/// The error of a group that does not exist.
pub(crate) async fn absent(admin: &Admin, name: &str) -> CommandError {
    let known = list(admin).await.unwrap_or_default();
    CommandError::no_group(name, known.iter().map(|group| group.name.as_str()))
}

/// Refuses to change what a group has committed while somebody reads with it: the members would not notice, and
/// overwrite the change.
pub(crate) fn require_idle(group: &Group) -> Result<(), CommandError> {
    if group.status.state.is_idle() { Ok(()) } else { Err(active(group)) }
}

fn active(group: &Group) -> CommandError {
    let (name, state) = (&group.spec.name, &group.status.state);
    let members = &group.status.members;
    let label = |member: &fluxmq_client::admin::GroupMember| {
        let id = member.instance_id.as_ref().unwrap_or(&member.client_id);
        format!("`{id}` at {}", member.host.trim_start_matches('/'))
    };
    let mut who: Vec<String> = members.iter().take(NAMED_MAX).map(label).collect();
    if members.len() > NAMED_MAX {
        who.push(format!("{} more", members.len() - NAMED_MAX));
    }
    let who = match members.len() {
        0 => "its members are joining".to_owned(),
        1 => format!("1 member reads with it: {}", who.join(", ")),
        count => format!("{count} members read with it: {}", who.join(", ")),
    };
    let mut error =
        CommandError::new(ErrorKind::Exists, format!("group `{name}` is in use ({state}): {who}"));
    error.code = Some(ErrorCode::NON_EMPTY_GROUP);
    error.with_hint(format!(
        "stop them first; one that crashed is gone after its session time-out. `fluxctl group describe {name} \
         --members` shows them"
    ))
}
