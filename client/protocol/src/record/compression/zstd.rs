//! Zstandard, with a window of at most 8 MiB: what the format asks of every decoder, and what levels up to 19 need.

use std::io::Write;

use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;
use zstd::zstd_safe::CParameter;

use super::{Compression, CompressionError, corrupt, failed, read_within};

/// The largest window as a power of two: 8 MiB.
const WINDOW_LOG_MAX: u32 = 23;
/// From this level on the encoder would like a larger window.
const LEVEL_WITH_LARGE_WINDOW: i32 = 20;

pub(super) fn compress(bytes: &[u8], level: Option<i32>, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    encode(bytes, level.unwrap_or(::zstd::DEFAULT_COMPRESSION_LEVEL), out)
        .map_err(|error| failed(Compression::Zstd, &error))
}

fn encode(bytes: &[u8], level: i32, out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut encoder = Encoder::new(out, level)?;
    if level >= LEVEL_WITH_LARGE_WINDOW {
        encoder.set_parameter(CParameter::WindowLog(WINDOW_LOG_MAX))?;
    }
    // Small batches then get small tables.
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.write_all(bytes)?;
    encoder.finish()?;
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    let mut decoder = Decoder::with_buffer(bytes).map_err(|error| corrupt(Compression::Zstd, &error))?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(|error| corrupt(Compression::Zstd, &error))?;
    read_within(Compression::Zstd, decoder, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_window(log: u32) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new(), 1).unwrap();
        encoder.set_parameter(CParameter::WindowLog(log)).unwrap();
        encoder.write_all(&[7; 100]).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_window_above_8_mib_is_refused() {
        assert_eq!(decompress(&with_window(23), 100).unwrap(), [7; 100]);
        assert!(matches!(decompress(&with_window(24), 100), Err(CompressionError::Corrupt { .. })));
    }

    #[test]
    fn the_highest_level_can_be_read_back_when_there_is_more_than_a_window() {
        let bytes = vec![7; 9 * 1024 * 1024];
        let mut out = Vec::new();
        compress(&bytes, Some(22), &mut out).unwrap();
        assert!(decompress(&out, bytes.len()).as_ref() == Ok(&bytes));
    }
}
