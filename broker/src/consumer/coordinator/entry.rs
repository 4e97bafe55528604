//! What the coordinator keeps of one group: the group itself, its committed offsets, and who waits for answers.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use super::super::classic::ClassicGroup;
use super::super::log::Written;
use super::super::next_gen::ConsumerGroup;
use super::super::offsets::GroupOffsets;
use super::super::turn::{Answer, Ticket, Turn};
use crate::metadata::image::MetadataImage;

/// One group.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// `None` where only offsets are left, or nothing yet.
    pub(super) group: Option<Group>,
    pub(super) offsets: GroupOffsets,
    /// Whether it has offsets or had some: a group that nobody has joined is shown until it is looked for expired ones.
    pub(super) had_offsets: bool,
    waiting: HashMap<Ticket, oneshot::Sender<Reply>>,
    /// The last append: what every answer waits for.
    pub(super) written: Option<Written>,
    /// What existed at the last event. An image is not kept alive for groups that are quiet.
    image: Weak<MetadataImage>,
    /// The deadline that the timer knows.
    wakes_at: Option<i64>,
    /// Whether another entry has, or will have, this one's place.
    pub(super) is_removed: bool,
}

/// A group, by the protocol that it speaks.
#[derive(Debug)]
pub(super) enum Group {
    Classic(ClassicGroup),
    Consumer(ConsumerGroup),
}

/// An answer, to be given when what was appended before is durable.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) after: Option<Written>,
}

impl Entry {
    /// A group as it was written down.
    pub(super) fn of(group: Group, offsets: GroupOffsets) -> Self {
        Entry { group: Some(group), had_offsets: !offsets.is_empty(), offsets, ..Default::default() }
    }

    /// Somebody begins to wait.
    pub(super) fn wait(&mut self, ticket: Ticket) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert(ticket, sender);
        receiver
    }

    pub(super) fn answer(&mut self, ticket: Ticket, reply: Reply) {
        if let Some(sender) = self.waiting.remove(&ticket) {
            // Who went away does not want to know.
            let _ = sender.send(reply);
        }
    }

    /// Somebody will not be answered.
    pub(super) fn stop_waiting(&mut self, ticket: Ticket) {
        self.waiting.remove(&ticket);
    }

    /// Tells the group when the topics are not those of its last event.
    pub(super) fn see(&mut self, image: &Arc<MetadataImage>) {
        let image = Arc::downgrade(image);
        if Weak::ptr_eq(&self.image, &image) {
            return;
        }
        if let Some(Group::Consumer(group)) = &mut self.group {
            group.topics_changed();
        }
        self.image = image;
    }

    /// A deadline has come.
    pub(super) fn wake(&mut self, deadline: i64, turn: &mut Turn<'_>) {
        if self.wakes_at != Some(deadline) {
            return;
        }
        self.wakes_at = None;
        match &mut self.group {
            Some(Group::Classic(group)) => group.on_time(turn),
            Some(Group::Consumer(group)) => {
                group.on_time(turn);
                self.downgrade(turn);
            }
            None => {}
        }
    }

    /// The deadline to tell the timer, when it does not know it.
    pub(super) fn wants_to_wake(&mut self) -> Option<i64> {
        let wake_at = match self.group.as_ref()? {
            Group::Classic(group) => group.wake_at(),
            Group::Consumer(group) => group.wake_at(),
        }?;
        if self.wakes_at.is_some_and(|known| known <= wake_at) {
            return None;
        }
        self.wakes_at = Some(wake_at);
        self.wakes_at
    }

    /// Whether nothing would be lost with it.
    pub(super) fn is_unused(&self) -> bool {
        let is_unused = match &self.group {
            None => true,
            Some(Group::Classic(group)) => group.is_unused() && !self.had_offsets,
            Some(Group::Consumer(group)) => group.is_unused(),
        };
        is_unused && self.offsets.is_empty() && self.waiting.is_empty()
    }

    /// The topics that members read; `None` where it cannot be known.
    pub(super) fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        match &self.group {
            Some(Group::Classic(group)) if !self.is_empty() => group.subscribed_topics(),
            Some(Group::Consumer(group)) => Some(group.subscribed_topics()),
            _ => Some(BTreeSet::new()),
        }
    }
}
