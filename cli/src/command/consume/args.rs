//! The flags of `consume`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::IsolationLevel;

use crate::completion;
use crate::grammar::duration;

/// Read records from topics and print them
///
/// Without a flag that says where to start, only new records are shown.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES, after_long_help = LONG_HELP)]
pub(crate) struct ConsumeArgs {
    /// Topics to read [default: the profile's default topic, or pick one from a list]
    #[arg(value_name = "TOPIC", add = ArgValueCandidates::new(completion::topics))]
    pub(crate) topics: Vec<String>,

    /// Read as a member of this group; what was printed is committed
    #[arg(long, short = 'g', value_name = "GROUP", conflicts_with_all = ["partitions", "tail"],
          add = ArgValueCandidates::new(completion::groups))]
    pub(crate) group: Option<String>,

    /// How the group agrees on who reads what
    #[arg(long, value_enum, value_name = "PROTOCOL", default_value_t, requires = "group")]
    pub(crate) group_protocol: Protocol,

    /// How the group's partitions are shared out; in order of preference [default: range]
    #[arg(long, value_enum, value_name = "ASSIGNOR", value_delimiter = ',', requires = "group")]
    pub(crate) assignor: Vec<Assignor>,

    /// Name of this member, under which it comes back after a restart without a rebalance
    #[arg(long, value_name = "NAME", requires = "group")]
    pub(crate) group_instance_id: Option<String>,

    /// Take each TOPIC as a regular expression that must match the whole name
    #[arg(long, short = 'r', requires = "topics")]
    pub(crate) regex: bool,

    /// Read only these partitions
    #[arg(long = "partition", short = 'p', value_name = "N", value_delimiter = ',')]
    pub(crate) partitions: Vec<i32>,

    /// Where to start and stop: start, end, N, -N, +N, A:B, :end, @TIME, @T1:T2
    #[arg(long, short = 'o', value_name = "OFFSET", allow_hyphen_values = true,
          conflicts_with_all = ["from_beginning", "tail", "head", "since", "until"])]
    pub(crate) offset: Option<String>,

    /// Start at the first record
    #[arg(long, short = 'B', conflicts_with_all = ["tail", "since"])]
    pub(crate) from_beginning: bool,

    /// Start with the last N records
    #[arg(long, value_name = "N", conflicts_with_all = ["head", "since", "until"])]
    pub(crate) tail: Option<u64>,

    /// Show the first N records and stop
    #[arg(long, value_name = "N", conflicts_with_all = ["since", "num"])]
    pub(crate) head: Option<u64>,

    /// Start at a time, or so long ago: 1h, 2024-02-14, 2024-02-14T10:30:00Z
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,

    /// Stop at a time, or so long ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,

    /// Stop at the current end instead of waiting for more
    #[arg(long, short = 'e')]
    pub(crate) exit: bool,

    /// Stop after N records
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) num: Option<u64>,

    /// Stop when no record comes for so long
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) idle_timeout: Option<Duration>,

    /// Print each record so: %t topic, %p partition, %o offset, %k key, %v value, %d time, %h{..} headers
    #[arg(long, short = 'f', value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// What -f and text output print for a null key or value
    #[arg(long, short = 'Z', value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) null_text: String,

    /// In JSON output, embed values that are JSON instead of quoting them
    #[arg(long)]
    pub(crate) json_values: bool,

    /// Which records of transactions to show
    #[arg(long, value_enum, default_value_t = Isolation::ReadUncommitted)]
    pub(crate) isolation: Isolation,

    /// Show transaction markers as well
    #[arg(long)]
    pub(crate) control_records: bool,

    /// Where this consumer stands, to read from the nearest replica
    #[arg(long, value_name = "RACK")]
    pub(crate) rack: Option<String>,
}

/// Kafka's group protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Protocol {
    /// A member assigns the partitions; every broker knows it
    #[default]
    Classic,
    /// The coordinator assigns the partitions (KIP-848)
    Consumer,
}

/// Ways to share partitions out, by the names that members and brokers agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Assignor {
    /// Neighbouring partitions to one member
    Range,
    /// One by one
    #[value(name = "roundrobin")]
    RoundRobin,
    /// Evenly, and as before where that can be
    Sticky,
    /// The same, without a pause for partitions that stay where they are
    CooperativeSticky,
    /// Evenly, by the coordinator (only with the protocol `consumer`)
    Uniform,
}

/// Kafka's isolation levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Isolation {
    /// All records
    ReadUncommitted,
    /// Only those of finished transactions that were not aborted
    ReadCommitted,
}

impl From<Isolation> for IsolationLevel {
    fn from(isolation: Isolation) -> Self {
        match isolation {
            Isolation::ReadUncommitted => Self::ReadUncommitted,
            Isolation::ReadCommitted => Self::ReadCommitted,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  fluxctl consume orders                         new records, until Ctrl-C
  fluxctl consume orders --from-beginning -n 3   the first three
  fluxctl consume orders --tail 5 -e             the last five, then stop
  fluxctl consume orders --since 1h -O ndjson    the last hour, one line of JSON each
  fluxctl consume orders -o :end -f '%o %k %v\\n' all there is, as offset, key and value
  fluxctl consume orders -g billing              as a member of a group, from where it has committed";

const LONG_HELP: &str = "\
Examples:
  fluxctl consume orders                         new records, until Ctrl-C
  fluxctl consume orders --from-beginning -n 3   the first three
  fluxctl consume orders --tail 5 -e             the last five, then stop
  fluxctl consume orders --since 1h -O ndjson    the last hour, one line of JSON each
  fluxctl consume orders -o :end -f '%o %k %v\\n' all there is, as offset, key and value
  fluxctl consume orders -g billing              as a member of a group, from where it has committed

Offsets (-o), per partition:
  start, end          the first record, or what is written from now on
  +N, -N              N after the start, the last N (start+N and end-N are the same)
  N, N:, :N, A:B      from N, up to N, from A up to B; ends are exclusive
  :end, -10:end       until the current end, then stop
  :end+2              until two more records have come
  @T, @:T, @T1:T2     from a time, up to a time, between times
  T is 13 digits (ms), 10 digits (s), a date, RFC 3339, now, or a duration such as -1h30m;
  the second of two may count from the first: @2024-02-14:1h

Formats (-f):
  %t topic  %p partition  %o offset  %k key  %v value  %d timestamp  %h{%k=%v } headers
  %T %K %V lengths  %H number of headers  %e leader epoch  %x producer id  %y producer epoch
  %i records so far  %[ log start offset  %| last stable offset  %] high watermark
  %a{compression|timestamp-type|transactional-bit|control-bit}  %% %{ %} \\n \\t \\xNN
  numbers: %o{ascii|hex|hex64..hex4|big64..big8|little64..little8|byte|bool}
  text:    %v{hex|base64|base64raw|json|utf8|quoted|hexdump|trunc40|unpack[>iq]}
  time:    %d{rfc3339|rfc3339ms|local|ago|strftime[%F %T]|go[2006-01-02]}
  or {{key}} {{value}} {{topic}} {{partition}} {{offset}} {{time}} {{timestamp}}";
