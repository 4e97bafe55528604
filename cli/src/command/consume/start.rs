//! Where to start and stop, from whichever flag says it.

use crate::{
    error::CommandError,
    grammar::{OffsetRange, SyntaxError, offset::Position, timestamp},
};

use super::args::ConsumeArgs;

/// What the flags say about start and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) range: OffsetRange,
    /// Show the last so many records first; the range is then what comes after them.
    pub(super) tail: Option<u64>,
    /// Stop at the end that the partitions have now.
    pub(super) exits: bool,
    /// No flag said where to start.
    is_default: bool,
}

impl Start {
    pub(super) fn from_args(args: &ConsumeArgs, now_ms: i64) -> Result<Self, CommandError> {
        let usage = |error: SyntaxError| {
            CommandError::from(error).with_hint("`fluxctl consume --help` lists every form")
        };
        let mut range = match &args.offset {
            Some(text) => OffsetRange::parse(text, now_ms).map_err(usage)?,
            None if args.from_beginning || args.head.is_some() => OffsetRange::BEGINNING,
            None => OffsetRange::END,
        };
        if let Some(text) = &args.since {
            range.start = Position::Timestamp(timestamp::parse_past(text, now_ms).map_err(usage)?);
        }
        if let Some(text) = &args.until {
            let until_ms = timestamp::parse_past(text, now_ms).map_err(usage)?;
            if matches!(range.start, Position::Timestamp(since_ms) if since_ms > until_ms) {
                return Err(CommandError::usage("`--until` lies before `--since`"));
            }
            // Up to a time, from the beginning unless a flag says otherwise.
            if args.since.is_none() {
                range.start = Position::FromStart(0);
            }
            range.end = Some(Position::Timestamp(until_ms));
        }
        if args.exit && range.end.is_none() {
            range.end = Some(Position::FromEnd(0));
            // Everything before the end, rather than nothing between the end and the end.
            if args.offset.is_none() && range.start == Position::FromEnd(0) {
                range.start = Position::FromStart(0);
            }
        }
        let is_default = args.offset.is_none()
            && !(args.from_beginning || args.exit)
            && args.tail.is_none()
            && args.head.is_none()
            && args.since.is_none()
            && args.until.is_none();
        Ok(Self { range, tail: args.tail, exits: args.exit, is_default })
    }

    /// One line that tells where reading starts, so that nobody takes waiting for hanging.
    pub(super) fn announcement(&self, topics: &str) -> String {
        if let Some(count) = self.tail {
            let records = if count == 1 { "record".to_owned() } else { format!("{count} records") };
            return format!(
                "reading {topics}: the last {records}{}",
                if self.exits { "" } else { ", then new ones" }
            );
        }
        let advice = if self.is_default { "; use --from-beginning for all" } else { "" };
        format!("reading {topics} {}{advice}", self.bounds())
    }

    /// As [`Self::announcement`], for a member of a group: what the group has committed comes first.
    pub(super) fn group_announcement(&self, topics: &str, group: &str) -> String {
        let advice = if self.is_default { "; use --from-beginning for all of those" } else { "" };
        format!(
            "reading {topics} as a member of group `{group}`: from its committed offsets, where there are none {}{advice}",
            self.bounds()
        )
    }

    /// From where to where, in words.
    fn bounds(&self) -> String {
        let start = match self.range.start {
            Position::FromStart(0) => "from the beginning".to_owned(),
            Position::FromStart(after) => format!("from {after} after the beginning"),
            Position::FromEnd(0) => "from the end".to_owned(),
            Position::FromEnd(after) if after < 0 => format!("from {} before the end", -after),
            Position::FromEnd(after) => format!("from {after} after the end"),
            Position::Offset(offset) => format!("from offset {offset}"),
            Position::Timestamp(ms) => format!("from {}", time(ms)),
        };
        let end = match self.range.end {
            None => String::new(),
            Some(Position::FromStart(after)) => format!(" up to {after} after the beginning"),
            Some(Position::FromEnd(0)) => " up to the current end".to_owned(),
            Some(Position::FromEnd(after)) if after < 0 => format!(" up to {} before the end", -after),
            Some(Position::FromEnd(after)) => format!(" up to {after} after the current end"),
            Some(Position::Offset(offset)) => format!(" up to offset {offset}"),
            Some(Position::Timestamp(ms)) => format!(" up to {}", time(ms)),
        };
        format!("{start}{end}")
    }
}

fn time(timestamp_ms: i64) -> String {
    let mut text = Vec::new();
    crate::format::time::TimeFormat::Rfc3339.write(timestamp_ms, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ConsumeArgs,
    }

    const NOW_MS: i64 = 1_700_000_000_000;

    fn start(flags: &str) -> Result<Start, CommandError> {
        let line = std::iter::once("consume").chain(flags.split_whitespace());
        Start::from_args(&Line::try_parse_from(line).unwrap().args, NOW_MS)
    }

    #[test]
    fn every_flag_says_where_reading_starts() {
        for (flags, wanted) in [
            ("t", "reading `t` from the end; use --from-beginning for all"),
            ("t -B", "reading `t` from the beginning"),
            ("t -e", "reading `t` from the beginning up to the current end"),
            ("t -o end -e", "reading `t` from the end up to the current end"),
            ("t --head 3", "reading `t` from the beginning"),
            ("t --tail 3", "reading `t`: the last 3 records, then new ones"),
            ("t --tail 3 -e", "reading `t`: the last 3 records"),
            ("t -o -3", "reading `t` from 3 before the end"),
            ("t -o 5:7", "reading `t` from offset 5 up to offset 7"),
            ("t -o +5:end+2", "reading `t` from 5 after the beginning up to 2 after the current end"),
            ("t --since 1h", "reading `t` from 2023-11-14T21:13:20Z"),
            ("t --since -1h -e", "reading `t` from 2023-11-14T21:13:20Z up to the current end"),
            ("t --until 1h", "reading `t` from the beginning up to 2023-11-14T21:13:20Z"),
            ("t --since 2h --until 1h", "reading `t` from 2023-11-14T20:13:20Z up to 2023-11-14T21:13:20Z"),
        ] {
            assert_eq!(start(flags).unwrap().announcement("`t`"), wanted, "{flags}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for flags in ["t --since 1h --until 2h", "t -o bogus", "t --since bogus"] {
            assert!(start(flags).is_err(), "{flags}");
        }
        for flags in ["t -o 1 -B", "t --tail 1 --head 1", "t --head 1 -n 1", "t -B --since 1h"] {
            let line = std::iter::once("consume").chain(flags.split_whitespace());
            assert!(Line::try_parse_from(line).is_err(), "{flags}");
        }
    }
}
