//! Which partitions of which topic: `orders`, `orders:0`, `orders:0,2,5-7`.

use std::fmt;

use fluxmq_client::TopicPartition;

use super::syntax::{Cursor, SyntaxError};

const EXAMPLE: &str = "orders:0,2-4";

/// A topic, or some of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    pub(crate) topic: String,
    /// `None` for all of them.
    pub(crate) partitions: Option<Vec<i32>>,
}

impl Selector {
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new("partitions", EXAMPLE, text);
        // No topic's name has a colon in it.
        let topic = cursor.take_while(|c| c != ':').to_owned();
        if topic.is_empty() {
            return Err(cursor.error("a topic is missing"));
        }
        if !cursor.eat(":") {
            return Ok(Selector { topic, partitions: None });
        }
        let mut partitions = Vec::new();
        loop {
            let from = cursor.at();
            let first = number(&mut cursor)?;
            let last = if cursor.eat("-") { number(&mut cursor)? } else { first };
            if last < first {
                return Err(cursor.error_at(from, "the range ends before it starts"));
            }
            partitions.extend(first..=last);
            if !cursor.eat(",") {
                break;
            }
        }
        if !cursor.is_done() {
            return Err(cursor.error("text follows the partitions"));
        }
        partitions.sort_unstable();
        partitions.dedup();
        Ok(Selector { topic, partitions: Some(partitions) })
    }

    /// Exactly one partition, as `orders:0`.
    pub(crate) fn parse_one(text: &str) -> Result<TopicPartition, SyntaxError> {
        let selector = Selector::parse(text)?;
        if let Some([partition]) = selector.partitions.as_deref() {
            return Ok(TopicPartition::new(selector.topic, *partition));
        }
        let cursor = Cursor::new("partition", "orders:0", text);
        Err(cursor.error_at(text.len(), "one partition has to be named"))
    }

    pub(crate) fn takes(&self, partition: &TopicPartition) -> bool {
        let is_chosen = |chosen: &Vec<i32>| chosen.contains(&partition.partition);
        self.topic == partition.topic && self.partitions.as_ref().is_none_or(is_chosen)
    }
}

/// As errors name it: topic `orders`, or `orders:0,2`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(partitions) = &self.partitions else { return write!(f, "topic `{}`", self.topic) };
        let numbers: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        write!(f, "`{}:{}`", self.topic, numbers.join(","))
    }
}

fn number(cursor: &mut Cursor<'_>) -> Result<i32, SyntaxError> {
    let from = cursor.at();
    let number = cursor.number()?;
    // A range is spelled out, so what no topic has is not accepted either.
    match i32::try_from(number) {
        Ok(partition) if partition < 1_000_000 => Ok(partition),
        _ => Err(cursor.error_at(from, "no topic has that many partitions")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_and_some_of_its_partitions() {
        let parsed = |text: &str| {
            let selector = Selector::parse(text).unwrap();
            (selector.topic, selector.partitions)
        };
        assert_eq!(parsed("orders"), ("orders".to_owned(), None));
        assert_eq!(parsed("a.b-c_d:0"), ("a.b-c_d".to_owned(), Some(vec![0])));
        assert_eq!(parsed("t:7,2-4,3"), ("t".to_owned(), Some(vec![2, 3, 4, 7])));
        let chosen = Selector::parse("t:1").unwrap();
        assert!(chosen.takes(&TopicPartition::new("t", 1)));
        assert!(!chosen.takes(&TopicPartition::new("t", 2)) && !chosen.takes(&TopicPartition::new("u", 1)));
        assert_eq!(chosen.to_string(), "`t:1`");
        assert_eq!(Selector::parse_one("t:3").unwrap(), TopicPartition::new("t", 3));
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            ("", "partitions ``: a topic is missing at the end; for example `orders:0,2-4`"),
            ("t:", "partitions `t:`: a number is missing at the end; for example `orders:0,2-4`"),
            ("t:x", "partitions `t:x`: a number is missing at character 3; for example `orders:0,2-4`"),
            (
                "t:4-2",
                "partitions `t:4-2`: the range ends before it starts at character 3; for example `orders:0,2-4`",
            ),
            (
                "t:1 ",
                "partitions `t:1 `: text follows the partitions at character 4; for example `orders:0,2-4`",
            ),
            (
                "t:0-9999999",
                "partitions `t:0-9999999`: no topic has that many partitions at character 5; for example \
                 `orders:0,2-4`",
            ),
        ] {
            assert_eq!(Selector::parse(text).unwrap_err().to_string(), wanted);
        }
        let error = Selector::parse_one("t:1,2").unwrap_err().to_string();
        assert_eq!(
            error,
            "partition `t:1,2`: one partition has to be named at the end; for example `orders:0`"
        );
    }
}
