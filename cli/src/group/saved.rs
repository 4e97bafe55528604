//! Offsets of a group in a file: what `offsets list --group` prints as csv, tsv, json or ndjson, and what
//! `kafka-consumer-groups --export` writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fluxmq_client::TopicPartition;
use serde::Deserialize;

use crate::error::{CommandError, ErrorKind};

/// Offsets by partition.
pub(crate) type Saved = BTreeMap<TopicPartition, i64>;

/// A row of JSON. What else it says is no matter.
#[derive(Debug, Deserialize)]
struct Row {
    topic: String,
    partition: i32,
    #[serde(alias = "offset")]
    committed_offset: Option<i64>,
}

/// Reads a file of offsets; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Saved, CommandError> {
    let name = path.display().to_string();
    let text = if name == "-" { std::io::read_to_string(std::io::stdin()) } else { fs::read_to_string(path) };
    let text = text.map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Failure,
        };
        CommandError::caused(kind, format!("the file of offsets `{name}` cannot be read"), error)
            .with_hint("`fluxctl offsets list --group GROUP -O csv` writes one")
    })?;
    parse(&text).map_err(|(line, reason)| {
        CommandError::usage(format!("{name}:{line}: {reason}"))
            .with_hint("`fluxctl offsets list --group GROUP -O csv` writes a file that can be read")
    })
}

/// The offsets of a text, or the line that cannot be understood, and why.
fn parse(text: &str) -> Result<Saved, (usize, String)> {
    let mut saved = Saved::new();
    let mut add = |line: usize, row: Row| {
        let Some(offset) = row.committed_offset else { return Ok(()) };
        let partition = TopicPartition::new(row.topic, row.partition);
        match saved.insert(partition.clone(), offset) {
            Some(other) if other != offset => {
                Err((line, format!("`{partition}` has offset {other} above and {offset} here")))
            }
            _ => Ok(()),
        }
    };
    let wrong = |error: serde_json::Error| (error.line(), error.to_string());
    match text.trim_start().chars().next() {
        Some('[') => {
            let rows: Vec<Row> = serde_json::from_str(text).map_err(wrong)?;
            rows.into_iter().try_for_each(|row| add(1, row))?;
        }
        Some('{') => {
            for (line, text) in lines(text) {
                add(line, serde_json::from_str(text).map_err(|error| (line, error.to_string()))?)?;
            }
        }
        _ => {
            let mut columns = None;
            for (line, text) in lines(text) {
                let fields = fields(text);
                if columns.is_none() {
                    columns = Some(Columns::of(&fields).map_err(|reason| (line, reason))?);
                    if columns.as_ref().is_some_and(|columns| columns.are_titles) {
                        continue;
                    }
                }
                if let Some(columns) = &columns {
                    add(line, columns.row(&fields).map_err(|reason| (line, reason))?)?;
                }
            }
        }
    }
    Ok(saved)
}

/// The lines that hold something, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// Where a row's fields stand.
#[derive(Debug)]
struct Columns {
    topic: usize,
    partition: usize,
    offset: usize,
    are_titles: bool,
}

impl Columns {
    /// From the titles, or by their number where the first line holds values already: `topic,partition,offset`, or with
    /// the group before, as Kafka's tool writes them.
    fn of(first: &[String]) -> Result<Self, String> {
        let find = |title: &str| first.iter().position(|field| field.trim().eq_ignore_ascii_case(title));
        let offset = find("COMMITTED").or_else(|| find("CURRENT")).or_else(|| find("OFFSET"));
        if let (Some(topic), Some(partition), Some(offset)) = (find("TOPIC"), find("PARTITION"), offset) {
            return Ok(Columns { topic, partition, offset, are_titles: true });
        }
        match first.len() {
            3 => Ok(Columns { topic: 0, partition: 1, offset: 2, are_titles: false }),
            4 => Ok(Columns { topic: 1, partition: 2, offset: 3, are_titles: false }),
            _ => Err("there are no columns TOPIC, PARTITION and COMMITTED".to_owned()),
        }
    }

    fn row(&self, fields: &[String]) -> Result<Row, String> {
        let field = |index: usize, what: &str| {
            fields.get(index).map(|field| field.trim()).ok_or_else(|| format!("the {what} is missing"))
        };
        let number = |text: &str, what: &str| {
            text.parse::<i64>().map_err(|_| format!("the {what} `{text}` is no number"))
        };
        let partition = number(field(self.partition, "partition")?, "partition")?;
        let offset = field(self.offset, "offset")?;
        Ok(Row {
            topic: field(self.topic, "topic")?.to_owned(),
            partition: i32::try_from(partition).map_err(|_| format!("there is no partition {partition}"))?,
            committed_offset: if matches!(offset, "-" | "") { None } else { Some(number(offset, "offset")?) },
        })
    }
}

/// The fields of a line, with tabs or commas between, quoted where they have to be (RFC 4180).
fn fields(line: &str) -> Vec<String> {
    let separator = if line.contains('\t') { '\t' } else { ',' };
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted || field.is_empty() => is_quoted = !is_quoted,
            other if other == separator && !is_quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(offsets: &[(&str, i32, i64)]) -> Saved {
        offsets
            .iter()
            .map(|(topic, partition, offset)| (TopicPartition::new(*topic, *partition), *offset))
            .collect()
    }

    #[test]
    fn every_form_that_is_written_can_be_read() {
        let wanted = saved(&[("a", 0, 5), ("b.c", 1, 7)]);
        for text in [
            "TOPIC,PARTITION,LOG START,LOG END,COMMITTED,LAG,METADATA\na,0,0,9,5,4,\"x, \"\"y\"\"\"\nb.c,1,0,7,7,0,-\n",
            "TOPIC\tPARTITION\tCOMMITTED\na\t0\t5\nb.c\t1\t7\nb.c\t2\t-\n",
            "a,0,5\n\nb.c,1,7\n",
            "\"my group\",a,0,5\n\"my group\",b.c,1,7\n",
            r#"[{"topic":"a","partition":0,"committed_offset":5},
                {"topic":"b.c","partition":1,"offset":7},{"topic":"d","partition":0,"committed_offset":null}]"#,
            "{\"topic\":\"a\",\"partition\":0,\"committed_offset\":5,\"lag\":3}\n{\"topic\":\"b.c\",\"partition\":1,\"offset\":7}\n",
        ] {
            assert_eq!(parse(text), Ok(wanted.clone()), "{text}");
        }
        assert_eq!(parse("[]"), Ok(Saved::new()));
        assert_eq!(parse(""), Ok(Saved::new()));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line, reason) in [
            ("a,0\n", 1, "there are no columns TOPIC, PARTITION and COMMITTED"),
            ("a,0,5\na,1\n", 2, "the offset is missing"),
            ("a,0,5\na,x,5\n", 2, "the partition `x` is no number"),
            ("a,0,5\na,0,6\n", 2, "`a-0` has offset 5 above and 6 here"),
            ("{\"topic\":\"a\"}\n", 1, "missing field `partition` at line 1 column 13"),
        ] {
            assert_eq!(parse(text), Err((line, reason.to_owned())), "{text}");
        }
    }
}
