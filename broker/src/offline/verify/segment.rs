//! One file of batches, and the indexes beside it.

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use fluxmq_protocol::record::{BatchHeader, ControlType};

use super::super::files::{open, read};
use super::super::indexes::WrongEntry;
use super::super::pieces::{DamagedBytes, Piece, each_piece, each_record};
use super::super::transactions::{AbortedTransaction, entries};
use super::super::{Finding, OfflineError, Severity};
use super::index::{OffsetIndexCheck, TimeIndexCheck};
use super::relative;
use super::replay::Replay;
use crate::storage::segment::{OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX};

/// A sealed segment of this size has an entry in its index.
const INDEXED_MIN: u64 = 64 << 10;

/// What is to be done about a wrong index.
pub(super) const REBUILD: &str = "the next start of a broker, or a repair, makes it anew";

/// What a file of batches holds.
#[derive(Debug)]
pub(in crate::offline) struct SegmentFacts {
    pub(in crate::offline) path: PathBuf,
    pub(in crate::offline) base_offset: i64,
    pub(in crate::offline) size: u64,
    pub(in crate::offline) batches: u64,
    pub(super) records: u64,
    /// After the last intact batch; where the segment should begin when there is none.
    pub(super) next_offset: i64,
    /// How many offsets are missing between batches.
    pub(super) missing: i64,
    /// With the number of intact batches before it.
    pub(in crate::offline) damaged: Vec<(DamagedBytes, u64)>,
    /// The transactions whose abort is told here.
    pub(in crate::offline) aborted: Vec<AbortedTransaction>,
    /// Of the indexes, and of batches that are intact but cannot be read.
    pub(super) findings: Vec<Finding>,
}

/// Which segment is to be looked at.
#[derive(Debug)]
pub(super) struct SegmentPlace<'a> {
    pub(super) path: PathBuf,
    pub(super) base_offset: i64,
    /// What its offsets must lie in.
    pub(super) offsets: Range<i64>,
    /// Whether nothing is appended to it any more, so that its indexes should be there.
    pub(super) is_sealed: bool,
    /// Whether records may have been removed from it.
    pub(super) is_compacted: bool,
    /// The directory that names of files begin at.
    pub(super) root: &'a Path,
}

/// Walks over a segment; `each` is shown every intact batch before `replay` takes note of it.
pub(super) fn verify(
    place: &SegmentPlace<'_>,
    replay: &mut Replay,
    mut each: impl FnMut(&BatchHeader, &Replay),
) -> Result<SegmentFacts, OfflineError> {
    let (file, size) = open(&place.path)?;
    let mut facts = SegmentFacts {
        path: place.path.clone(),
        base_offset: place.base_offset,
        size,
        batches: 0,
        records: 0,
        next_offset: place.offsets.start,
        missing: 0,
        damaged: Vec::new(),
        aborted: Vec::new(),
        findings: Vec::new(),
    };
    let mut indexes = IndexChecks::read(place)?;
    each_piece(&*file, size, place.offsets.clone(), |piece| {
        match piece {
            Piece::Damaged(damaged) => facts.damaged.push((damaged, facts.batches)),
            Piece::Batch(batch) => {
                each(&batch.header, replay);
                let control = facts.batch(&batch.header, batch.position, batch.bytes, place);
                facts.aborted.extend(replay.note(&batch.header, control));
                indexes.batch(&batch.header, batch.position);
            }
        }
        Ok(ControlFlow::Continue(()))
    })
    .map_err(OfflineError::at(&place.path))?;
    // Beside damage an index cannot be judged, and is made anew with the segment.
    if facts.damaged.is_empty() {
        let findings = indexes.finish(place, &facts);
        facts.findings.extend(findings);
    }
    Ok(facts)
}

impl SegmentFacts {
    /// Looks into an intact batch; returns what it controls.
    fn batch(
        &mut self,
        header: &BatchHeader,
        position: u64,
        bytes: &[u8],
        place: &SegmentPlace<'_>,
    ) -> Option<ControlType> {
        self.batches += 1;
        if self.damaged.is_empty() {
            self.missing += header.base_offset - self.next_offset;
        }
        self.next_offset = header.next_offset();
        let mut control = None;
        let read = each_record(header, bytes, |record| {
            self.records += 1;
            if header.attributes.is_control() {
                control = record.key.and_then(|key| ControlType::parse(key).ok());
            }
        });
        if let Err(what) = read {
            let what = format!("the batch is as it was written, but its records cannot be read: {what}");
            let advice = format!("let consumers go on at offset {}", header.next_offset());
            let finding = Finding::new(Severity::Damage, relative(place.root, &self.path), what, advice);
            self.findings.push(finding.at(position).of(header.base_offset));
        }
        control
    }
}

/// The three indexes of a segment.
#[derive(Debug)]
struct IndexChecks {
    offsets: Option<OffsetIndexCheck>,
    times: Option<TimeIndexCheck>,
    transactions: (Vec<AbortedTransaction>, Option<String>),
}

impl IndexChecks {
    fn read(place: &SegmentPlace<'_>) -> Result<Self, OfflineError> {
        let bytes = |extension| read(&place.path.with_extension(extension));
        let base_offset = place.base_offset;
        Ok(IndexChecks {
            offsets: bytes(OFFSET_INDEX)?.map(|bytes| OffsetIndexCheck::new(&bytes, base_offset)),
            times: bytes(TIME_INDEX)?.map(|bytes| TimeIndexCheck::new(&bytes, base_offset)),
            transactions: entries(&bytes(TRANSACTION_INDEX)?.unwrap_or_default()),
        })
    }

    fn batch(&mut self, header: &BatchHeader, position: u64) {
        if let Some(offsets) = &mut self.offsets {
            offsets.batch(header, position);
        }
        if let Some(times) = &mut self.times {
            times.batch(header);
        }
    }

    fn finish(self, place: &SegmentPlace<'_>, facts: &SegmentFacts) -> Vec<Finding> {
        let finding = |extension: &str, what: String| {
            let path = place.path.with_extension(extension);
            Finding::new(Severity::Rebuildable, relative(place.root, &path), what, REBUILD)
        };
        let entry = |extension: &str, (number, what): WrongEntry, size: usize| {
            finding(extension, format!("entry {number} {what}")).at((number * size) as u64)
        };
        let is_missing = place.is_sealed && facts.size >= INDEXED_MIN;
        let missing = |extension: &str| is_missing.then(|| finding(extension, "it is missing".to_owned()));
        let transactions = self.wrong_transactions(&facts.aborted, place.is_compacted);
        let offsets = match self.offsets {
            None => missing(OFFSET_INDEX),
            Some(check) => check.finish().map(|wrong| entry(OFFSET_INDEX, wrong, 8)),
        };
        let times = match self.times {
            None => missing(TIME_INDEX),
            Some(check) => check.finish(facts.next_offset).map(|wrong| entry(TIME_INDEX, wrong, 12)),
        };
        let transactions = transactions.map(|what| finding(TRANSACTION_INDEX, what));
        [offsets, times, transactions].into_iter().flatten().collect()
    }

    /// What is wrong with the index of aborted transactions. One whose beginning is not in the log any more is not looked for.
    fn wrong_transactions(&self, aborted: &[AbortedTransaction], is_compacted: bool) -> Option<String> {
        let (entries, wrong) = &self.transactions;
        if wrong.is_some() {
            return wrong.clone();
        }
        let key = |transaction: &AbortedTransaction| (transaction.producer_id, transaction.last_offset);
        let is_there =
            |transaction: &&AbortedTransaction| entries.iter().any(|entry| key(entry) == key(transaction));
        let forgotten = aborted.iter().find(|transaction| !is_there(transaction))?;
        (!is_compacted).then(|| {
            format!(
                "the transaction of producer {} that was aborted at offset {} is not in it",
                forgotten.producer_id, forgotten.last_offset
            )
        })
    }
}
