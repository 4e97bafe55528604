//! What is kept of the answers: everything but what must differ from run to run.

use std::fmt::{Debug, Write};

use fluxmq_protocol::ProtocolRequest;
use fluxmq_protocol::messages::consumer_group_describe::ConsumerGroupDescribeResponse;
use fluxmq_protocol::messages::consumer_group_heartbeat::ConsumerGroupHeartbeatResponse;
use fluxmq_protocol::messages::delete_groups::DeleteGroupsResponse;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsResponse;
use fluxmq_protocol::messages::find_coordinator::FindCoordinatorResponse;
use fluxmq_protocol::messages::heartbeat::HeartbeatResponse;
use fluxmq_protocol::messages::join_group::JoinGroupResponse;
use fluxmq_protocol::messages::leave_group::LeaveGroupResponse;
use fluxmq_protocol::messages::list_groups::ListGroupsResponse;
use fluxmq_protocol::messages::offset_commit::OffsetCommitResponse;
use fluxmq_protocol::messages::offset_delete::OffsetDeleteResponse;
use fluxmq_protocol::messages::offset_fetch::OffsetFetchResponse;
use fluxmq_protocol::messages::sync_group::SyncGroupResponse;

/// As long as an id that a coordinator gives out, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
const UUID_LENGTH: usize = 36;
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// What the lines of answers begin with.
const ANSWER: &str = "  ";

/// The lines of a scene.
pub(super) struct Transcript {
    run: String,
    /// What stands for values that differ from run to run, the longest first.
    names: Vec<(String, String)>,
    text: String,
}

impl Transcript {
    pub(super) fn new(run: String) -> Transcript {
        Transcript { run, names: Vec::new(), text: String::new() }
    }

    /// What every name of this run ends in.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    pub(super) fn name(&mut self, value: &str, name: &str) {
        if !value.is_empty() && self.names.iter().all(|(known, _)| known != value) {
            self.names.push((value.to_owned(), format!("<{name}>")));
            self.names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    /// The next ones of these names are others.
    pub(super) fn forget(&mut self, names: &[&str]) {
        self.names.retain(|(_, name)| !names.contains(&name.trim_matches(['<', '>'])));
    }

    pub(super) fn heading(&mut self, text: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        writeln!(self.text, "{gap}# {text}").expect("a string takes all");
    }

    /// What was asked; its answers follow.
    pub(super) fn question(&mut self, what: &str) {
        writeln!(self.text, "{what}").expect("a string takes all");
    }

    pub(super) fn answer<R>(&mut self, first: i16, last: i16, answer: R::Response)
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        let versions = if first == last { first.to_string() } else { format!("{first}-{last}") };
        let answer = self.masked(answer);
        writeln!(self.text, "{ANSWER}{} {versions}: {answer}", R::API_KEY).expect("a string takes all");
    }

    pub(super) fn is_alike<A: Tidy>(&self, one: &A, other: &A) -> bool {
        self.masked(one.clone()) == self.masked(other.clone())
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn masked<A: Tidy>(&self, mut answer: A) -> String {
        answer.tidy(self);
        let text = format!("{answer:?}");
        // The type stands beside it already.
        let text = text.split_once(' ').map_or(text.as_str(), |(_, fields)| fields);
        self.mask(&without_sentences(text))
    }

    fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.names {
            text = text.replace(value, name);
        }
        without_uuids(&text.replace(&self.run, ""))
    }
}

/// An answer whose lists stand in an order that does not depend on chance.
pub(super) trait Tidy: Debug + Clone {
    fn tidy(&mut self, transcript: &Transcript);
}

impl Tidy for JoinGroupResponse {
    fn tidy(&mut self, transcript: &Transcript) {
        self.members.sort_by_key(|member| transcript.mask(&member.member_id));
    }
}

impl Tidy for DescribeGroupsResponse {
    /// Kafka answers partition by partition of the topic that holds the groups.
    fn tidy(&mut self, transcript: &Transcript) {
        self.groups.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        for group in &mut self.groups {
            group.members.sort_by_key(|member| transcript.mask(&member.member_id));
        }
    }
}

impl Tidy for ConsumerGroupDescribeResponse {
    fn tidy(&mut self, transcript: &Transcript) {
        self.groups.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        for group in &mut self.groups {
            group.members.sort_by_key(|member| transcript.mask(&member.member_id));
            for member in &mut group.members {
                member.subscribed_topic_names.sort();
                for assignment in [&mut member.assignment, &mut member.target_assignment] {
                    assignment.topic_partitions.sort_by(|one, other| one.topic_name.cmp(&other.topic_name));
                }
            }
        }
    }
}

impl Tidy for ConsumerGroupHeartbeatResponse {
    fn tidy(&mut self, transcript: &Transcript) {
        if let Some(assignment) = &mut self.assignment {
            assignment.topic_partitions.sort_by_key(|topic| transcript.mask(&topic.topic_id.to_string()));
        }
    }
}

impl Tidy for ListGroupsResponse {
    /// Leaves out the groups of others.
    fn tidy(&mut self, transcript: &Transcript) {
        self.groups.retain(|group| group.group_id.contains(transcript.run()));
        self.groups.sort_by(|one, other| one.group_id.cmp(&other.group_id));
    }
}

impl Tidy for OffsetFetchResponse {
    fn tidy(&mut self, transcript: &Transcript) {
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        for group in &mut self.groups {
            group.topics.sort_by_key(|topic| transcript.mask(&format!("{}{}", topic.name, topic.topic_id)));
            for topic in &mut group.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
        }
    }
}

impl Tidy for OffsetDeleteResponse {
    /// Kafka names first what it does not know.
    fn tidy(&mut self, _: &Transcript) {
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
    }
}

impl Tidy for DeleteGroupsResponse {
    fn tidy(&mut self, _: &Transcript) {
        self.results.sort_by(|one, other| one.group_id.cmp(&other.group_id));
    }
}

impl Tidy for FindCoordinatorResponse {
    /// Where a broker listens is its own business, and whether it does is not.
    fn tidy(&mut self, _: &Transcript) {
        self.port = self.port.min(1);
        self.coordinators.iter_mut().for_each(|coordinator| coordinator.port = coordinator.port.min(1));
    }
}

macro_rules! tidy_as_they_are {
    ($($answer:ty),+) => { $(impl Tidy for $answer { fn tidy(&mut self, _: &Transcript) {} })+ };
}

tidy_as_they_are!(SyncGroupResponse, HeartbeatResponse, LeaveGroupResponse, OffsetCommitResponse);

/// Where two transcripts of one script part, question by question.
pub fn differences(got: &str, expected: &str) -> Vec<String> {
    let (got, expected) = (questions(got), questions(expected));
    let mut differences = Vec::new();
    for (got, expected) in got.iter().zip(&expected) {
        if got.0 != expected.0 {
            differences.push(format!("asked was `{}`, and not `{}`", got.0, expected.0));
            return differences;
        }
        if got != expected {
            let (question, expected) = expected;
            differences.push(format!("{question}\n expected{expected}\n got{}", got.1));
        }
    }
    if got.len() != expected.len() {
        differences.push(format!("{} questions, and not {}", got.len(), expected.len()));
    }
    differences
}

/// Each question under its heading, with its answers.
fn questions(text: &str) -> Vec<(String, String)> {
    let (mut heading, mut all) = ("", Vec::<(String, String)>::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        match (line.strip_prefix(ANSWER), all.last_mut()) {
            (Some(answer), Some((_, answers))) => {
                write!(answers, "\n   {answer}").expect("a string takes all");
            }
            _ if line.starts_with('#') => heading = line,
            _ => all.push((format!("{heading}: {line}"), String::new())),
        }
    }
    all
}

/// Sentences are each broker's own; that there is one counts.
fn without_sentences(text: &str) -> String {
    const BEFORE: &str = "error_message: Some(\"";
    let mut pieces = text.split(BEFORE);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let quoted = piece.split_once("\")").map_or("", |(sentence, _)| sentence);
        let rest = &piece[quoted.len()..];
        let sentence = if quoted.is_empty() { "" } else { "..." };
        write!(out, "{BEFORE}{sentence}{rest}").expect("a string takes all");
    }
    out
}

/// Ids that nobody named.
fn without_uuids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match rest.get(..UUID_LENGTH) {
            Some(id) if is_uuid(id) => {
                out.push_str(if id == NIL { "nil" } else { "<some id>" });
                rest = &rest[UUID_LENGTH..];
            }
            _ => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
