//! What the flags say about every record; what the input says wins.

use bytes::Bytes;
use fluxmq_client::{Header, ProducerRecord};

use crate::{error::CommandError, format::escape, grammar::timestamp, record::NewRecord};

use super::args::{InputKind, ProduceArgs};

/// Defaults for each record.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    partition: Option<i32>,
    key: Option<Bytes>,
    headers: Vec<Header>,
    timestamp_ms: Option<i64>,
    /// A key or value that equals this is null.
    null_marker: Option<Vec<u8>>,
    /// JSON lines come from another topic: one that the command names is meant to be another.
    ignores_topic: bool,
    ignores_partition: bool,
}

impl Template {
    pub(super) fn from_args(args: &ProduceArgs, now_ms: i64) -> Result<Self, CommandError> {
        let timestamp_ms =
            args.timestamp.as_deref().map(|text| timestamp::parse_past(text, now_ms)).transpose();
        let null_marker = match &args.null_marker {
            Some(text) => Some(escape::bytes(text)?),
            None => args.empty_as_null.then(Vec::new),
        };
        if let Some(partition @ ..0) = args.partition {
            return Err(CommandError::usage(format!(
                "there is no partition {partition}; they are numbered from 0"
            )));
        }
        Ok(Self {
            partition: args.partition,
            key: args.key.as_ref().map(|key| Bytes::copy_from_slice(key.as_bytes())),
            headers: args.headers.iter().map(|text| header(text)).collect::<Result<_, _>>()?,
            timestamp_ms: timestamp_ms?,
            null_marker,
            ignores_topic: args.input == InputKind::Ndjson && args.topic.is_some(),
            ignores_partition: args.repartition
                || (args.input == InputKind::Ndjson && args.partition.is_some()),
        })
    }

    /// The record to send; an empty topic stands for the one that the command was given.
    pub(super) fn apply(&self, record: NewRecord) -> ProducerRecord {
        let null = |bytes: &Bytes| self.null_marker.as_ref().is_some_and(|marker| bytes == marker);
        let mut headers = record.headers;
        if !self.headers.is_empty() {
            headers.extend_from_slice(&self.headers);
        }
        ProducerRecord {
            topic: record.topic.filter(|_| !self.ignores_topic).unwrap_or_default(),
            partition: record.partition.filter(|_| !self.ignores_partition).or(self.partition),
            key: record.key.or_else(|| self.key.clone()).filter(|key| !null(key)),
            value: record.value.filter(|value| !null(value)),
            headers,
            timestamp: record.timestamp_ms.or(self.timestamp_ms),
        }
    }
}

/// `key=value`, or `key` alone for a null value.
fn header(text: &str) -> Result<Header, CommandError> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (text, None),
    };
    if key.is_empty() {
        return Err(CommandError::usage(format!("the header `{text}` has no key"))
            .with_hint("write it as `-H key=value`"));
    }
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    Ok(Header { key: bytes(key), value: value.map(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ProduceArgs,
    }

    fn template(flags: &str) -> Result<Template, CommandError> {
        let line = std::iter::once("produce").chain(flags.split_whitespace());
        Template::from_args(&Line::try_parse_from(line).unwrap().args, 1_700_000_000_000)
    }

    fn record(key: Option<&'static str>, value: &'static str) -> NewRecord {
        NewRecord {
            key: key.map(|key| Bytes::from_static(key.as_bytes())),
            value: Some(Bytes::from_static(value.as_bytes())),
            ..NewRecord::default()
        }
    }

    #[test]
    fn flags_fill_what_the_input_leaves_open() {
        let template = template("t -k flag -p 3 -H a=1=2 -H b --timestamp 1700000000").unwrap();
        let sent = template.apply(record(None, "v"));
        assert_eq!(sent.key.as_deref(), Some(&b"flag"[..]));
        assert_eq!((sent.partition, sent.timestamp), (Some(3), Some(1_700_000_000_000)));
        let headers: Vec<_> =
            sent.headers.iter().map(|header| (&*header.key, header.value.as_deref())).collect();
        assert_eq!(headers, [(&b"a"[..], Some(&b"1=2"[..])), (b"b", None)]);
        let own = NewRecord { partition: Some(1), timestamp_ms: Some(5), ..record(Some("own"), "v") };
        let sent = template.apply(own);
        assert_eq!(
            (sent.key.as_deref(), sent.partition, sent.timestamp),
            (Some(&b"own"[..]), Some(1), Some(5))
        );
    }

    #[test]
    fn the_topic_of_json_lines_counts_where_the_command_names_none() {
        for (flags, wanted) in [
            ("t", ("from", Some(4))),
            ("t --input ndjson", ("", Some(4))),
            ("--input ndjson", ("from", Some(4))),
            ("t --input ndjson -p 1", ("", Some(1))),
            ("t --input ndjson --repartition", ("", None)),
        ] {
            let line = NewRecord { topic: Some("from".to_owned()), partition: Some(4), ..record(None, "v") };
            let sent = template(flags).unwrap().apply(line);
            assert_eq!((sent.topic.as_str(), sent.partition), wanted, "{flags}");
        }
    }

    #[test]
    fn null_is_the_marker_or_emptiness_as_asked() {
        let plain = template("t").unwrap().apply(record(Some(""), ""));
        assert_eq!((plain.key.as_deref(), plain.value.as_deref()), (Some(&b""[..]), Some(&b""[..])));
        let empty = template("t -Z").unwrap().apply(record(Some(""), ""));
        assert_eq!((empty.key, empty.value), (None, None));
        let marked = template("t --null-marker NULL").unwrap().apply(record(Some(""), "NULL"));
        assert_eq!((marked.key.as_deref(), marked.value), (Some(&b""[..]), None));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for flags in ["t -H =v", "t --timestamp soon", r"t --null-marker \q", "t -p=-1"] {
            assert!(template(flags).is_err(), "{flags}");
        }
    }
}
