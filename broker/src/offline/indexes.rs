//! The entries of the two sparse indexes, one by one. Apache Kafka makes the files of its active segment long beforehand: zeros
//! at the end are room for entries to come.

/// An entry that is wrong: its number, and what is wrong with it.
pub(super) type WrongEntry = (usize, String);

/// Entries of an offset index as offsets and positions; with the number of the first that is wrong, and what is.
pub(super) fn offset_entries(bytes: &[u8], base_offset: i64) -> (Vec<(i64, u64)>, Option<WrongEntry>) {
    entries::<8, _>(
        bytes,
        |entry: &(i64, u64), before: &(i64, u64)| entry.0 > before.0 && entry.1 > before.1,
        |chunk| {
            let (offset, position) = chunk.split_first_chunk::<4>()?;
            let position = u32::from_be_bytes(*position.first_chunk()?);
            Some((base_offset.saturating_add(u32::from_be_bytes(*offset).into()), position.into()))
        },
    )
}

/// Entries of a time index as timestamps and offsets; with the number of the first that is wrong, and what is.
pub(super) fn time_entries(bytes: &[u8], base_offset: i64) -> (Vec<(i64, i64)>, Option<WrongEntry>) {
    entries::<12, _>(
        bytes,
        |entry: &(i64, i64), before: &(i64, i64)| entry.0 >= before.0 && entry.1 >= before.1,
        |chunk| {
            let (timestamp, offset) = chunk.split_first_chunk::<8>()?;
            let offset = u32::from_be_bytes(*offset.first_chunk()?);
            Some((i64::from_be_bytes(*timestamp), base_offset.saturating_add(offset.into())))
        },
    )
}

fn entries<const SIZE: usize, T>(
    bytes: &[u8],
    rises: impl Fn(&T, &T) -> bool,
    read: impl Fn(&[u8; SIZE]) -> Option<T>,
) -> (Vec<T>, Option<WrongEntry>) {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let (chunks, rest) = bytes.as_chunks::<SIZE>();
    let mut entries: Vec<T> = Vec::new();
    for (number, chunk) in chunks.iter().take(used.div_ceil(SIZE)).enumerate() {
        let Some(entry) = read(chunk) else { break };
        if entries.last().is_some_and(|last| !rises(&entry, last)) {
            return (entries, Some((number, "does not rise above the one before".to_owned())));
        }
        entries.push(entry);
    }
    let number = entries.len();
    let is_cut = !rest.is_empty();
    (entries, is_cut.then(|| (number, format!("has {} bytes of {SIZE}", rest.len()))))
}
