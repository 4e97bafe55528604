//! The flags of `produce`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::{Acks, Compression};

use crate::completion;
use crate::grammar::{PartitionerName, duration};

/// Write records to a topic
///
/// Each line of standard input is a record, unless a flag says otherwise. Carriage returns and
/// bytes that are no UTF-8 are kept; the last line needs no line break.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES, after_long_help = LONG_HELP)]
pub(crate) struct ProduceArgs {
    /// Topic to write to [default: the profile's default topic, or pick one from a list]
    #[arg(value_name = "TOPIC", add = ArgValueCandidates::new(completion::topics))]
    pub(crate) topic: Option<String>,

    /// Values to write, one record each, instead of standard input
    #[arg(value_name = "VALUE")]
    pub(crate) values: Vec<String>,

    /// Read records from files instead of standard input; `-` is standard input
    #[arg(long = "file", short = 'F', value_name = "FILE", conflicts_with_all = ["values", "tombstone"])]
    pub(crate) files: Vec<PathBuf>,

    /// Make one record of the whole input, or of each file
    #[arg(long, conflicts_with_all = ["values", "input", "format", "key_separator", "delimiter"])]
    pub(crate) raw: bool,

    /// What the input is: lines, or the JSON lines that `consume -O ndjson` writes
    #[arg(long, value_enum, default_value_t = InputKind::Lines, conflicts_with = "values")]
    pub(crate) input: InputKind,

    /// How a record stands in the input, such as '%k %v\n'
    #[arg(long, short = 'f', value_name = "FORMAT", conflicts_with_all = ["values", "key_separator", "delimiter"])]
    pub(crate) format: Option<String>,

    /// What ends a record in the input
    #[arg(long, short = 'D', value_name = "TEXT", default_value = r"\n")]
    pub(crate) delimiter: String,

    /// Drop a carriage return at the end of each line
    #[arg(long)]
    pub(crate) trim_cr: bool,

    /// Key of every record
    #[arg(long, short = 'k', value_name = "KEY", conflicts_with = "key_separator")]
    pub(crate) key: Option<String>,

    /// What stands between key and value in a line; several characters and \xNN are possible
    #[arg(long, short = 'K', value_name = "TEXT")]
    pub(crate) key_separator: Option<String>,

    /// Header of every record; may be given more than once
    #[arg(long = "header", short = 'H', value_name = "KEY=VALUE")]
    pub(crate) headers: Vec<String>,

    /// Partition of every record
    #[arg(long, short = 'p', value_name = "N")]
    pub(crate) partition: Option<i32>,

    /// Choose partitions anew instead of keeping those that the input names
    #[arg(long, conflicts_with = "partition")]
    pub(crate) repartition: bool,

    /// How a partition is chosen: murmur2 (as Kafka's clients), crc32 (librdkafka), random, round-robin, siphash
    #[arg(long, value_name = "NAME")]
    pub(crate) partitioner: Option<PartitionerName>,

    /// Timestamp of every record: a time, or so long ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) timestamp: Option<String>,

    /// Write one record with a key and no value, which deletes the key in a compacted topic
    #[arg(long, requires = "key", conflicts_with_all = ["values", "raw", "format"])]
    pub(crate) tombstone: bool,

    /// Write null for an empty key or value
    #[arg(long, short = 'Z', conflicts_with = "null_marker")]
    pub(crate) empty_as_null: bool,

    /// The text that stands for a null key or value
    #[arg(long, value_name = "TEXT")]
    pub(crate) null_marker: Option<String>,

    /// Codec of the batches: none, gzip, snappy, lz4, zstd [default: `compression.type`, else none]
    #[arg(long, short = 'z', value_name = "CODEC")]
    pub(crate) compression: Option<Compression>,

    /// Level of the codec
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) compression_level: Option<i32>,

    /// Whose word a record needs: all in-sync replicas, the leader, or nobody's [default: `acks`, else all]
    #[arg(long, value_enum, value_name = "WHO")]
    pub(crate) acks: Option<AcksName>,

    /// How long a batch waits for more records [default: `linger.ms`, else 5ms]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) linger: Option<Duration>,

    /// How many bytes of a partition make a batch [default: `batch.size`, else 262144]
    #[arg(long, value_name = "BYTES")]
    pub(crate) batch_size: Option<usize>,

    /// Largest record and largest request, in bytes [default: `max.request.size`, else 1048576]
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_request_size: Option<usize>,

    /// How long a record may take, retries included [default: `delivery.timeout.ms`, else 120s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) delivery_timeout: Option<Duration>,

    /// Let the cluster create the topic when it does not exist
    #[arg(long)]
    pub(crate) auto_create: bool,

    /// Stop after N records
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) num: Option<u64>,

    /// Write at most N records a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rate: Option<u64>,

    /// What to do with a record that cannot be read or written
    #[arg(long, value_enum, default_value_t = OnError::Stop)]
    pub(crate) on_error: OnError,

    /// Print each record when it is stored, such as '%t[%p]@%o\n'
    #[arg(long, value_name = "FORMAT")]
    pub(crate) report_format: Option<String>,

    /// Read the input and show what would be written, without writing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The forms of input that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputKind {
    Lines,
    #[value(alias = "json")]
    Ndjson,
}

/// `acks` by Kafka's words and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AcksName {
    #[value(alias = "-1")]
    All,
    #[value(alias = "1")]
    Leader,
    #[value(alias = "0")]
    None,
}

impl From<AcksName> for Acks {
    fn from(name: AcksName) -> Self {
        match name {
            AcksName::All => Self::All,
            AcksName::Leader => Self::Leader,
            AcksName::None => Self::None,
        }
    }
}

/// What a failed record means for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// Stop at the first
    Stop,
    /// Say so and go on; the command still fails at its end
    Skip,
}

const EXAMPLES: &str = "\
Examples:
  fluxctl produce orders < lines.txt                 each line is a record
  fluxctl produce orders 'one value' 'another'       values from the command line
  fluxctl produce orders -K : < pairs.txt            key:value in each line
  fluxctl produce orders -f '%k %v{json}\\n'          key, then JSON that may span lines
  fluxctl consume a -e -O ndjson | fluxctl produce b --input ndjson";

const LONG_HELP: &str = "\
Examples:
  fluxctl produce orders < lines.txt                 each line is a record
  fluxctl produce orders 'one value' 'another'       values from the command line
  fluxctl produce orders -K : < pairs.txt            key:value in each line
  fluxctl produce orders -k user-1 --tombstone       a null value for the key
  fluxctl produce orders -H source=shop --raw -F a.bin -F b.bin
  fluxctl produce orders -f '%k %v{json}\\n'          key, then JSON that may span lines
  fluxctl produce orders -f '%K{big16}%k%V{big32}%v'  binary, with sizes
  fluxctl consume a -e -O ndjson | fluxctl produce b --input ndjson

Formats (-f):
  %t topic  %p partition  %k key  %v value  %d timestamp  %H%h{%k=%v } headers
  %T %K %V sizes, before what they size; without one, text goes up to what follows it
  sizes:  %K{ascii|hex64..hex4|big64..big8|little64..little8|byte|bool}, or the size itself: %K{3}
  text:   %v{hex|base64|json|null|null[NULL]|re[a+]}
  time:   %d (ms)  %d{rfc3339}  %d{strftime[%F %T]}  %d{go[2006-01-02]}
  %% %{ %} \\n \\t \\r \\\\ \\xNN; everything else must stand in the input as it is
  -f @FILE reads the format from a file. What the input says beats a flag; but of JSON lines the
  topic and partition count only where the command names none.";
