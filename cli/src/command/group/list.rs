//! `fluxctl group list`.

use std::collections::BTreeMap;

use clap::Args;
use fluxmq_client::Admin;
use fluxmq_client::admin::{Group, GroupFilter, GroupListing, GroupState, GroupType};
use regex::Regex;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::group::{find, text};
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl group list
  fluxctl group list '^orders'                names that fit a regular expression
  fluxctl group list --state empty            nobody reads with these
  fluxctl group list --type consumer -O wide
  fluxctl group list -O name | xargs fluxctl group describe";

/// List groups
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only names that this regular expression finds something in
    #[arg(value_name = "REGEX")]
    pattern: Option<Regex>,
    /// Only groups in this state: stable, empty, preparing-rebalance, ..; may be given again
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = state)]
    states: Vec<GroupState>,
    /// Only groups of this type: classic, consumer, share, streams; may be given again
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = group_type)]
    types: Vec<GroupType>,
}

#[derive(Debug, Serialize)]
struct ListedView {
    name: String,
    state: Option<GroupState>,
    #[serde(rename = "type")]
    group_type: Option<GroupType>,
    /// The protocol that the members speak among themselves.
    protocol_type: String,
    /// How partitions are shared out.
    assignor: Option<String>,
    /// The broker that coordinates the group.
    coordinator: i32,
    members: Option<usize>,
}

impl View for ListedView {
    const COLUMNS: &'static [Column] = &[
        Column::new("GROUP"),
        Column::new("STATE"),
        Column::new("TYPE"),
        Column::new("PROTOCOL"),
        Column::number("COORDINATOR"),
        Column::number("MEMBERS"),
        Column::new("ASSIGNOR").wide(),
    ];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            text::number(self.state.as_ref()),
            text::number(self.group_type.as_ref()),
            text::or_dash(&self.protocol_type),
            self.coordinator.to_string(),
            text::number(self.members),
            text::or_dash(self.assignor.as_deref().unwrap_or_default()),
        ]
    }
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<(), CommandError> {
    let (views, failures) = context.block_on(list(args, context))?;
    let is_filtered = args.pattern.is_some() || !args.states.is_empty() || !args.types.is_empty();
    if views.is_empty() && failures.is_empty() {
        context.output.note(if is_filtered {
            "no group fits; `fluxctl group list` shows all"
        } else {
            "there is no group yet; the first consumer that names one makes it"
        });
    }
    if !views.is_empty() || failures.is_empty() {
        context.output.list(&views)?;
    }
    // What a broker did not tell leaves the list short, so that is no success.
    failures.into_iter().next().map_or(Ok(()), Err)
}

async fn list(
    args: &ListArgs,
    context: &Context,
) -> Result<(Vec<ListedView>, Vec<CommandError>), CommandError> {
    let admin = find::admin(context).await?;
    let filter = GroupFilter { states: args.states.clone(), types: args.types.clone() };
    let mut listed: BTreeMap<String, GroupListing> = BTreeMap::new();
    let mut failures = Vec::new();
    for (_, groups) in admin.list_groups(&filter).await? {
        match groups {
            Ok(groups) => listed.extend(groups.into_iter().map(|group| (group.name.clone(), group))),
            Err(error) => failures.push(error.into()),
        }
    }
    listed.retain(|name, _| args.pattern.as_ref().is_none_or(|pattern| pattern.is_match(name)));
    let described = described(&admin, &listed).await;
    let mut views: Vec<ListedView> = listed.into_values().map(|group| view(&described, group)).collect();
    // Old brokers do not filter.
    views.retain(|view| {
        fits(view.state.as_ref(), &args.states) && fits(view.group_type.as_ref(), &args.types)
    });
    Ok((views, failures))
}

fn fits<T: PartialEq>(value: Option<&T>, wanted: &[T]) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
}

/// The members of groups. A group that may not be described, or is of a type that this client cannot describe, is
/// listed without them.
async fn described(admin: &Admin, listed: &BTreeMap<String, GroupListing>) -> BTreeMap<String, Group> {
    let is_known = |group: &&GroupListing| {
        matches!(group.group_type, None | Some(GroupType::Classic | GroupType::Consumer))
    };
    let names: Vec<&str> = listed.values().filter(is_known).map(|group| group.name.as_str()).collect();
    let outcomes = admin.describe_groups(&names).await.into_iter();
    outcomes.filter_map(|(name, group)| Some((name, group.ok()?))).collect()
}

fn view(described: &BTreeMap<String, Group>, group: GroupListing) -> ListedView {
    let known = described.get(&group.name);
    ListedView {
        state: group.state.or_else(|| known.map(|known| known.status.state.clone())),
        group_type: group.group_type.or_else(|| known.map(|known| known.spec.group_type.clone())),
        protocol_type: group.protocol_type,
        assignor: known.map(|known| known.status.assignor.clone()).filter(|assignor| !assignor.is_empty()),
        coordinator: group.coordinator,
        members: known.map(|known| known.status.members.len()),
        name: group.name,
    }
}

/// A state as it is typed: `preparing-rebalance` and `PreparingRebalance` are the same.
pub(super) fn state(typed: &str) -> Result<GroupState, String> {
    match GroupState::from_name(&typed.replace(['-', '_'], "")) {
        GroupState::Other(_) => Err(format!("the states are {}", names(GroupState::KNOWN))),
        known => Ok(known),
    }
}

fn group_type(typed: &str) -> Result<GroupType, String> {
    match GroupType::from_name(typed) {
        GroupType::Other(_) => Err(format!("the types are {}", names(GroupType::KNOWN))),
        known => Ok(known),
    }
}

fn names<T: ToString>(known: &[T]) -> String {
    known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_types_in_any_spelling() {
        for typed in ["preparing-rebalance", "PreparingRebalance", "PREPARING_REBALANCE"] {
            assert_eq!(state(typed), Ok(GroupState::PreparingRebalance));
        }
        assert_eq!(group_type("Classic"), Ok(GroupType::Classic));
        assert_eq!(group_type("clasic").unwrap_err(), "the types are classic, consumer, share, streams");
    }
}
