//! Where each leader epoch began, in Kafka's `leader-epoch-checkpoint`: version, count, then `epoch start-offset` lines.

use std::fmt::Write as _;

/// Epochs and their start offsets, both rising.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeaderEpochs {
    entries: Vec<(i32, i64)>,
}

impl LeaderEpochs {
    /// Notes that `epoch` writes from `offset` on. Returns whether that is news.
    pub(crate) fn assign(&mut self, epoch: i32, offset: i64) -> bool {
        let is_news = self.entries.last().is_none_or(|(last, _)| *last < epoch);
        if is_news {
            self.entries.push((epoch, offset));
        }
        is_news
    }

    /// Every epoch and its start offset.
    pub(crate) fn entries(&self) -> &[(i32, i64)] {
        &self.entries
    }

    /// The newest epoch that has written.
    pub(crate) fn latest(&self) -> Option<i32> {
        self.entries.last().map(|(epoch, _)| *epoch)
    }

    /// The largest epoch not above `epoch` and its exclusive end offset; (-1, -1) when the epoch is newer than all that is
    /// known, or nothing is known (KIP-101).
    pub(crate) fn end_offset(&self, epoch: i32, log_end_offset: i64) -> (i32, i64) {
        let Some((newest, _)) = self.entries.last() else { return (-1, -1) };
        if epoch > *newest {
            return (-1, -1);
        }
        let after = self.entries.partition_point(|(known, _)| *known <= epoch);
        let end = self.entries.get(after).map_or(log_end_offset, |(_, start)| *start);
        match after.checked_sub(1).and_then(|last| self.entries.get(last)) {
            Some((known, _)) => (*known, end),
            // Older than all that is known: it ended where the log begins.
            None => (epoch, end),
        }
    }

    /// Forgets epochs that began at or after `offset`.
    pub(crate) fn truncate_end(&mut self, offset: i64) {
        self.entries.retain(|(_, start)| *start < offset);
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("0\n{}\n", self.entries.len());
        for (epoch, start) in &self.entries {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{epoch} {start}");
        }
        text
    }

    /// Reads the file's text; `None` when it is not one.
    pub(crate) fn from_text(text: &str) -> Option<LeaderEpochs> {
        let mut lines = text.lines();
        if lines.next()? != "0" {
            return None;
        }
        let count: usize = lines.next()?.parse().ok()?;
        let mut epochs = LeaderEpochs::default();
        for line in lines.by_ref().take(count) {
            let (epoch, start) = line.split_once(' ')?;
            epochs.entries.push((epoch.parse().ok()?, start.parse().ok()?));
        }
        let rises = epochs.entries.is_sorted_by(|left, right| left.0 < right.0 && left.1 <= right.1);
        (rises && epochs.entries.len() == count).then_some(epochs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs() -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        assert!(epochs.assign(1, 0));
        assert!(!epochs.assign(1, 5));
        assert!(epochs.assign(3, 10));
        epochs
    }

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let end = |epoch| epochs().end_offset(epoch, 20);
        assert_eq!([0, 1, 2, 3, 4].map(end), [(0, 0), (1, 10), (1, 10), (3, 20), (-1, -1)]);
        assert_eq!(LeaderEpochs::default().end_offset(0, 20), (-1, -1));
    }

    #[test]
    fn the_text_comes_back_and_a_wrong_one_does_not() {
        assert_eq!(epochs().to_text(), "0\n2\n1 0\n3 10\n");
        assert_eq!(LeaderEpochs::from_text(&epochs().to_text()), Some(epochs()));
        for wrong in ["", "1\n0\n", "0\n2\n1 0\n", "0\n2\n3 0\n1 5\n", "0\n1\nx 0\n"] {
            assert_eq!(LeaderEpochs::from_text(wrong), None, "{wrong:?}");
        }
    }
}
