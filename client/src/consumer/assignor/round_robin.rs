//! `roundrobin`: all partitions in order of topic and number, dealt to the members in line; whoever does not read a
//! topic is passed over.

use super::{Assignments, Assignor, GroupMember, Topics, in_line, nothing_for, readers_by_topic};
use crate::topic_partition::TopicPartition;

#[derive(Debug)]
pub(super) struct RoundRobin;

impl Assignor for RoundRobin {
    fn name(&self) -> &'static str {
        "roundrobin"
    }

    fn assign(&self, members: &[GroupMember], topics: &Topics) -> Assignments {
        let mut assignments = nothing_for(members);
        let line = in_line(members);
        let readers = readers_by_topic(&line);
        let mut turn = 0;
        for (topic, layout) in topics {
            let Some(readers) = readers.get(topic.as_str()) else { continue };
            for partition in layout.partitions() {
                let at = readers.partition_point(|place| *place < turn);
                let next = readers.get(at).or(readers.first());
                let Some((place, member)) = next.and_then(|place| Some((place, line.get(*place)?))) else {
                    continue;
                };
                if let Some(partitions) = assignments.get_mut(&member.id) {
                    partitions.push(TopicPartition::new(topic, partition));
                }
                turn = place + 1;
            }
        }
        assignments
    }
}
