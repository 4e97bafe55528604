//! Gzip. Several members in a row are one stream, as RFC 1952 has it.

use std::io::Write;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Compression, CompressionError, failed, read_within};

/// The level that means the default.
pub(super) const LEVEL_DEFAULT: i32 = -1;

pub(super) fn compress(bytes: &[u8], level: Option<i32>, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let level = level.and_then(|level| u32::try_from(level).ok());
    let level = level.map_or_else(flate2::Compression::default, flate2::Compression::new);
    let mut encoder = GzEncoder::new(out, level);
    encoder.write_all(bytes).map_err(|error| failed(Compression::Gzip, &error))?;
    encoder.finish().map_err(|error| failed(Compression::Gzip, &error))?;
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    read_within(Compression::Gzip, MultiGzDecoder::new(bytes), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_in_a_row_are_one_stream() {
        let mut out = Vec::new();
        compress(b"one ", None, &mut out).unwrap();
        compress(b"two", Some(LEVEL_DEFAULT), &mut out).unwrap();
        assert_eq!(decompress(&out, 7).unwrap(), b"one two");
    }
}
