//! LZ4 frames.
//!
//! ```text
//! 04 22 4d 18 | FLG | BD | [content size 8] | [dictionary 4] | HC | (size 4 | data | [checksum 4])* | 0 0 0 0 | [checksum 4]
//! ```
//!
//! Written as Kafka's Java client does: independent blocks of 64 KiB (FLG 0x60, BD 0x40), no checksums. Read is one
//! frame of any legal form without a dictionary.

use std::io::Write;

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::{Compression, CompressionError, corrupt, failed, lz4_high, read_within};
use crate::wire::{Reader, WireResult};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const FLAG_BLOCK_CHECKSUMS: u8 = 1 << 4;
const FLAG_CONTENT_SIZE: u8 = 1 << 3;
const FLAG_CONTENT_CHECKSUM: u8 = 1 << 2;
const FLAG_DICTIONARY: u8 = 1;
/// The bit of a block's size that says the block is not compressed.
const BLOCK_PLAIN: u32 = 1 << 31;

/// The level that Kafka's clients have by default: like them, at this level the fast search is taken.
const LEVEL_DEFAULT: i32 = 9;

/// What a frame of independent blocks of 64 KiB without checksums begins with, the header's checksum included.
const FORM: [u8; 3] = [0x60, 0x40, 0x82];

pub(super) fn compress(bytes: &[u8], level: Option<i32>, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    match level
        .and_then(|level| u32::try_from(level).ok())
        .filter(|level| *level != LEVEL_DEFAULT.unsigned_abs())
    {
        Some(level) => {
            compress_high(bytes, level, out);
            Ok(())
        }
        None => compress_fast(bytes, out),
    }
}

fn compress_high(bytes: &[u8], level: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORM);
    let mut compressed = Vec::new();
    for block in bytes.chunks(lz4_high::BLOCK_SIZE) {
        compressed.clear();
        lz4_high::compress(block, level, &mut compressed);
        let (flag, stored) =
            if compressed.len() < block.len() { (0, compressed.as_slice()) } else { (BLOCK_PLAIN, block) };
        out.extend_from_slice(&(stored.len() as u32 | flag).to_le_bytes());
        out.extend_from_slice(stored);
    }
    out.extend_from_slice(&[0; 4]);
}

fn compress_fast(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let form = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(form, out);
    encoder.write_all(bytes).map_err(|error| failed(Compression::Lz4, &error))?;
    encoder.finish().map_err(|error| failed(Compression::Lz4, &error))?;
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(corrupt(Compression::Lz4, "it does not begin as an LZ4 frame"));
    }
    let size = frame_size(bytes).map_err(|error| corrupt(Compression::Lz4, &error))?;
    if size != bytes.len() {
        return Err(corrupt(Compression::Lz4, &format!("{} bytes follow the frame", bytes.len() - size)));
    }
    let mut decoder = FrameDecoder::new(bytes);
    let out = read_within(Compression::Lz4, &mut decoder, limit)?;
    if !decoder.get_ref().is_empty() {
        return Err(corrupt(Compression::Lz4, "an empty block stands before the end of the frame"));
    }
    Ok(out)
}

/// The bytes of the frame, found by stepping over its blocks. The decoder takes a frame that is cut between two blocks
/// for a whole one, so this is asked before.
fn frame_size(bytes: &[u8]) -> WireResult<usize> {
    let mut reader = Reader::over(bytes);
    reader.take(MAGIC.len())?;
    let flags = reader.i8()?.cast_unsigned();
    let has = |flag: u8, size: usize| if flags & flag == 0 { 0 } else { size };
    // The block size, the header's checksum, and what the flags announce.
    reader.take(2 + has(FLAG_CONTENT_SIZE, 8) + has(FLAG_DICTIONARY, 4))?;
    loop {
        match reader.u32()?.swap_bytes() {
            0 => break,
            size => reader.take((size & !BLOCK_PLAIN) as usize + has(FLAG_BLOCK_CHECKSUMS, 4))?,
        };
    }
    reader.take(has(FLAG_CONTENT_CHECKSUM, 4))?;
    Ok(bytes.len() - reader.remaining())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(form: FrameInfo, bytes: &[u8]) -> Vec<u8> {
        let mut encoder = FrameEncoder::with_frame_info(form, Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_frame_begins_as_those_of_java() {
        for level in [None, Some(1), Some(9), Some(17)] {
            for bytes in [vec![], b"text".to_vec(), vec![7; 200_000]] {
                let mut out = Vec::new();
                compress(&bytes, level, &mut out).unwrap();
                assert_eq!(out[..7], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
                assert_eq!(out[out.len() - 4..], [0; 4]);
                assert_eq!(decompress(&out, bytes.len()).as_ref(), Ok(&bytes));
            }
        }
    }

    #[test]
    fn what_does_not_get_smaller_is_kept_plain() {
        let mut random = fastrand::Rng::with_seed(5);
        let bytes: Vec<u8> = (0..100_000).map(|_| random.u8(..)).collect();
        let mut out = Vec::new();
        compress(&bytes, Some(12), &mut out).unwrap();
        assert_eq!(out.len(), 7 + 4 + 4 + bytes.len() + 4);
        assert!(decompress(&out, bytes.len()).as_ref() == Ok(&bytes));
    }

    #[test]
    fn every_form_of_frame_is_read() {
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(|number| (number / 5).to_le_bytes()).collect();
        for form in 0..32 {
            let has = |bit| form & (1 << bit) != 0;
            let info = FrameInfo::new()
                .block_mode(if has(0) { BlockMode::Linked } else { BlockMode::Independent })
                .block_size(if has(1) { BlockSize::Max64KB } else { BlockSize::Max1MB })
                .block_checksums(has(2))
                .content_checksum(has(3))
                .content_size(has(4).then_some(bytes.len() as u64));
            let frame = framed(info, &bytes);
            assert!(decompress(&frame, bytes.len()).as_ref() == Ok(&bytes), "{form:b}");
            assert!(decompress(&frame[..frame.len() - 1], bytes.len()).is_err(), "{form:b}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_noticed() {
        let mut frame = framed(FrameInfo::new().content_checksum(true), b"text");
        let last = frame.len() - 1;
        frame[last] ^= 1;
        assert!(matches!(decompress(&frame, 4), Err(CompressionError::Corrupt { .. })));
    }

    #[test]
    fn a_block_larger_than_the_frame_allows_is_refused() {
        let bytes: Vec<u8> = (0..60_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut frame = framed(FrameInfo::new().block_size(BlockSize::Max256KB), &bytes);
        // Say 64 KiB instead, with the header's checksum for that.
        assert_eq!(frame[4..7], [0x60, 0x50, 0xfb]);
        frame[5..7].copy_from_slice(&[0x40, 0x82]);
        assert!(decompress(&frame, bytes.len()).is_err());
    }

    #[test]
    fn an_empty_block_does_not_hide_what_follows() {
        let mut frame = framed(FrameInfo::new().block_size(BlockSize::Max64KB), b"text");
        frame.splice(7..7, [0, 0, 0, 0x80]);
        assert!(matches!(decompress(&frame, 4), Err(CompressionError::Corrupt { .. })));
    }
}
