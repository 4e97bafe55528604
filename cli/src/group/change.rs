//! What would be committed, shown, asked for, and committed.

use std::collections::BTreeMap;

use fluxmq_client::admin::{Group, OffsetToCommit};
use fluxmq_client::{Admin, ConsumerRecord, TopicPartition};
use serde::Serialize;

use super::record::RecordRow;
use super::{find, text};
use crate::confirm;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Column, View};
use crate::stream::counted;

/// A partition and where a group is to be set in it.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) partition: TopicPartition,
    /// What is committed now.
    pub(crate) current: Option<i64>,
    /// What is to be committed; `None` leaves the partition alone.
    pub(crate) new: Option<i64>,
    /// What is not as it was asked for.
    pub(crate) note: Option<String>,
    pub(crate) leader_epoch: Option<i32>,
    pub(crate) metadata: String,
}

impl Move {
    pub(crate) fn new(partition: TopicPartition, current: Option<i64>, new: Option<i64>) -> Self {
        Move { partition, current, new, note: None, leader_epoch: None, metadata: String::new() }
    }

    fn is_change(&self) -> bool {
        self.new.is_some() && self.new != self.current
    }

    fn to_commit(&self) -> Option<OffsetToCommit> {
        let offset = self.new.filter(|_| self.is_change())?;
        Some(OffsetToCommit {
            leader_epoch: self.leader_epoch,
            metadata: self.metadata.clone(),
            ..OffsetToCommit::new(self.partition.clone(), offset)
        })
    }
}

/// A move as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct MoveView {
    group: String,
    topic: String,
    partition: i32,
    current_offset: Option<i64>,
    new_offset: Option<i64>,
    delta: Option<i64>,
    /// `committed`; `unchanged` where it is there already; `left` where it cannot be said where to.
    result: &'static str,
    note: Option<String>,
    dry_run: bool,
    /// The record that will be read next, where it was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordRow>,
}

const MOVE_COLUMNS: &[Column] = &[
    Column::new("TOPIC"),
    Column::number("PARTITION"),
    Column::number("CURRENT"),
    Column::number("NEW"),
    Column::number("DELTA"),
    Column::new("NOTE"),
    Column::new("RESULT").wide(),
];

impl View for MoveView {
    const COLUMNS: &'static [Column] = MOVE_COLUMNS;

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            text::number(self.current_offset),
            text::number(self.new_offset),
            text::signed(self.delta),
            self.note.clone().unwrap_or_default(),
            self.result.to_owned(),
        ]
    }
}

/// A move with the record that it lands on.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct LandingView(MoveView);

impl View for LandingView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("CURRENT"),
        Column::number("NEW"),
        Column::number("DELTA"),
        Column::new("NEXT RECORD"),
        Column::new("KEY"),
        Column::new("VALUE"),
        Column::new("NOTE"),
        Column::new("RESULT").wide(),
    ];

    fn name(&self) -> String {
        self.0.name()
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = self.0.cells();
        let rest = cells.split_off(5);
        match &self.0.record {
            Some(record) => cells.extend(record.short_cells()),
            None => cells.extend(["-"; 3].map(str::to_owned)),
        }
        cells.extend(rest);
        cells
    }
}

/// What is to be done to a group's committed offsets.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) group: &'a str,
    /// The group as it is, where it exists.
    pub(crate) existing: Option<Group>,
    pub(crate) moves: Vec<Move>,
    /// Records that moves land on, where they were looked up.
    pub(crate) records: Option<BTreeMap<TopicPartition, ConsumerRecord>>,
    pub(crate) dry_run: bool,
}

impl Change<'_> {
    /// Shows what changes, asks, and commits. A dry run shows it and says whether it could be done.
    pub(crate) async fn carry_out(mut self, admin: &Admin, context: &Context) -> Result<(), CommandError> {
        let idle = self.existing.as_ref().map_or(Ok(()), find::require_idle);
        if self.dry_run {
            self.print(context)?;
            context.output.note(&match &idle {
                Ok(()) if self.count() == 0 => {
                    format!("dry run: nothing to change in group `{}`", self.group)
                }
                Ok(()) => format!("dry run: nothing was committed; it would {}", self.sentence()),
                Err(_) => "dry run: nothing was committed".to_owned(),
            });
            return idle;
        }
        idle?;
        if self.count() == 0 {
            self.print(context)?;
            context.output.note(&format!("nothing to change in group `{}`", self.group));
            return Ok(());
        }
        let is_shown = confirm::is_terminal() && !context.global.yes;
        if is_shown {
            self.preview(context);
        }
        confirm::destroy_in_cluster(context, &self.sentence())?;
        let offsets: Vec<OffsetToCommit> = self.moves.iter().filter_map(Move::to_commit).collect();
        let mut failures = commit(admin, self.group, &offsets).await?;
        self.moves.retain(|change| !failures.contains_key(&change.partition));
        if !is_shown || context.output.format.is_some() {
            self.print(context)?;
        }
        if failures.is_empty() {
            let committed = counted(self.count() as u64, "offset");
            context.output.note(&format!("committed {committed} of group `{}`", self.group));
            return Ok(());
        }
        let first = failures.pop_first().map(|(_, error)| error);
        failures.values().for_each(|error| context.output.error(error));
        first.map_or(Ok(()), Err)
    }

    /// How many partitions change.
    fn count(&self) -> usize {
        self.moves.iter().filter(|change| change.is_change()).count()
    }

    fn sentence(&self) -> String {
        format!("commit {} of group `{}`", counted(self.count() as u64, "offset"), self.group)
    }

    fn print(&self, context: &Context) -> Result<(), CommandError> {
        if self.records.is_some() {
            context.output.list(&self.views().map(LandingView).collect::<Vec<_>>())
        } else {
            context.output.list(&self.views().collect::<Vec<_>>())
        }
    }

    fn preview(&self, context: &Context) {
        if self.records.is_some() {
            context.output.preview(&self.views().map(LandingView).collect::<Vec<_>>());
        } else {
            context.output.preview(&self.views().collect::<Vec<_>>());
        }
    }

    fn record_of(&self, partition: &TopicPartition) -> Option<RecordRow> {
        let record = self.records.as_ref()?.get(partition)?;
        Some(RecordRow::new(self.group, "next", record))
    }

    fn views(&self) -> impl Iterator<Item = MoveView> {
        self.moves.iter().map(|change| MoveView {
            group: self.group.to_owned(),
            topic: change.partition.topic.clone(),
            partition: change.partition.partition,
            current_offset: change.current,
            new_offset: change.new,
            delta: change
                .new
                .map(|new| new - change.current.unwrap_or(0))
                .filter(|_| change.current.is_some()),
            result: match (change.new, change.is_change()) {
                (None, _) => "left",
                (_, true) => "committed",
                (_, false) => "unchanged",
            },
            note: change.note.clone(),
            dry_run: self.dry_run,
            record: self.record_of(&change.partition),
        })
    }
}

/// Commits offsets of a group without members; the partitions that failed, each with its reason.
pub(crate) async fn commit(
    admin: &Admin,
    group: &str,
    offsets: &[OffsetToCommit],
) -> Result<BTreeMap<TopicPartition, CommandError>, CommandError> {
    let mut failures = BTreeMap::new();
    for (partition, outcome) in admin.commit_offsets(group, offsets).await? {
        if let Err(error) = outcome {
            failures.insert(partition, refused(group, error));
        }
    }
    Ok(failures)
}

/// To a commit without a member's name a group that has members says that it knows no such member.
fn refused(group: &str, error: fluxmq_client::ClientError) -> CommandError {
    use fluxmq_client::ErrorCode;
    let code = error.error_code();
    let mut error = CommandError::from(error);
    if let Some(
        ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION | ErrorCode::STALE_MEMBER_EPOCH,
    ) = code
    {
        error.kind = ErrorKind::Exists;
        error.hint = Some(format!(
            "a member joined group `{group}` meanwhile; `fluxctl group describe {group} --members` shows it"
        ));
    }
    error
}
