//! Snappy as Kafka's Java clients write it: the framing of the library xerial.
//!
//! ```text
//! 82 'S' 'N' 'A' 'P' 'P' 'Y' 00 | version i32 | oldest compatible version i32 | (length i32 | bare snappy block)*
//! ```
//!
//! Other clients write bare snappy; whatever does not begin with the 8 bytes is read as that. The versions are not
//! looked at, because some clients write them in the other byte order.

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use super::{Compression, CompressionError, corrupt, failed};
use crate::wire::Reader;

const MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
const VERSIONS: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 1];
const BLOCK_BYTES: usize = 32 * 1024;

/// No snappy block grows by more: its densest element says 64 bytes in 3.
const RATIO_MAX: usize = 22;

pub(super) fn compress(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSIONS);
    let mut encoder = Encoder::new();
    for block in bytes.chunks(BLOCK_BYTES) {
        let length_at = out.len();
        let start = length_at + 4;
        out.resize(start + max_compress_len(block.len()), 0);
        let place = out.get_mut(start..).unwrap_or_default();
        let size = encoder.compress(block, place).map_err(|error| failed(Compression::Snappy, &error))?;
        out.truncate(start + size);
        if let Some(length) = out.get_mut(length_at..start) {
            length.copy_from_slice(&(size as u32).to_be_bytes());
        }
    }
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    let mut out = Vec::new();
    let mut decoder = Decoder::new();
    let Some(framed) = bytes.strip_prefix(MAGIC) else {
        append(&mut decoder, bytes, limit, &mut out)?;
        return Ok(out);
    };
    let mut reader = Reader::over(framed);
    reader.take(VERSIONS.len()).map_err(|error| corrupt(Compression::Snappy, &error))?;
    while reader.remaining() > 0 {
        let block = reader.u32().and_then(|length| reader.take(length as usize));
        append(&mut decoder, block.map_err(|error| corrupt(Compression::Snappy, &error))?, limit, &mut out)?;
    }
    Ok(out)
}

/// Decompresses one bare block to the end of `out`. Memory is taken for what the block states only when that is within
/// the limit and the block is large enough to hold it.
fn append(
    decoder: &mut Decoder,
    block: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), CompressionError> {
    let size = decompress_len(block).map_err(|error| corrupt(Compression::Snappy, &error))?;
    if size > block.len().saturating_mul(RATIO_MAX) {
        let reason = format!("a block of {} bytes states {size}", block.len());
        return Err(corrupt(Compression::Snappy, &reason));
    }
    let start = out.len();
    if size > limit.saturating_sub(start) {
        return Err(CompressionError::LimitExceeded { limit });
    }
    out.resize(start + size, 0);
    let place = out.get_mut(start..).unwrap_or_default();
    let written = decoder.decompress(block, place).map_err(|error| corrupt(Compression::Snappy, &error))?;
    out.truncate(start + written);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_snappy_is_read_as_well() {
        let text = b"a text that is said twice, a text that is said twice".repeat(10);
        let bare = Encoder::new().compress_vec(&text).unwrap();
        assert_eq!(decompress(&bare, text.len()).unwrap(), text);
        let limit = text.len() - 1;
        assert_eq!(decompress(&bare, limit), Err(CompressionError::LimitExceeded { limit }));
    }

    #[test]
    fn the_framing_is_that_of_xerial() {
        let mut out = Vec::new();
        compress(&vec![7; BLOCK_BYTES + 1], &mut out).unwrap();
        assert_eq!(&out[..16], b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01");
        let first = u32::from_be_bytes(out[16..20].try_into().unwrap()) as usize;
        assert_eq!(&out[20..23], [0x80, 0x80, 0x02]);
        assert_eq!(out[20 + first..20 + first + 4], [0, 0, 0, 3]);
        assert_eq!(&out[20 + first + 4..], [1, 0, 7]);
    }

    #[test]
    fn the_versions_may_be_anything() {
        let mut out = Vec::new();
        compress(b"text", &mut out).unwrap();
        out[8..16].copy_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(decompress(&out, 4).unwrap(), b"text");
    }

    #[test]
    fn a_small_block_that_states_much_takes_no_memory() {
        let bare = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        let refused = decompress(&bare, usize::MAX);
        assert!(matches!(refused, Err(CompressionError::Corrupt { .. })), "{refused:?}");
    }
}
