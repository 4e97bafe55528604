//! The codecs of record batches, each read through a limit: no answer of a codec is ever larger than the caller allows.

mod gzip;
mod lz4;
mod lz4_high;
mod snappy;
mod zstd;

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// How many bytes a batch may decompress to when the caller knows no better.
pub const DECOMPRESSED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A codec of record batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Records as they are.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
    /// Snappy in the framing of the Java library xerial; bare snappy is read as well.
    Snappy,
    /// An LZ4 frame with independent blocks of 64 KiB; any frame without a dictionary is read.
    Lz4,
    /// RFC 8878, with a window of at most 8 MiB. Produce has it from version 7 on (KIP-110).
    Zstd,
}

/// Why a codec cannot do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompressionError {
    /// A number that belongs to no codec.
    #[error("the compression codec {0} is unknown")]
    UnknownCode(i16),
    /// A name that belongs to no codec.
    #[error("the compression `{0}` is unknown; use one of `none`, `gzip`, `snappy`, `lz4`, `zstd`")]
    UnknownName(String),
    /// A level that the codec does not have.
    #[error("the level {level} is not one of {codec}: {levels}")]
    Level { codec: Compression, level: i32, levels: String },
    /// The data is larger than the caller accepts.
    #[error("the data decompresses to more than {limit} bytes")]
    LimitExceeded { limit: usize },
    /// The data is not what the codec wrote.
    #[error("the data cannot be decompressed as {codec}: {reason}")]
    Corrupt { codec: Compression, reason: String },
    /// The codec refused to compress.
    #[error("the data cannot be compressed as {codec}: {reason}")]
    Failed { codec: Compression, reason: String },
}

impl Compression {
    /// All codecs by their number on the wire.
    pub const ALL: [Compression; 5] =
        [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

    /// The number in a batch's attributes, 0 to 4.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The codec with a number in a batch's attributes.
    pub fn from_code(code: i16) -> Result<Self, CompressionError> {
        let index = usize::try_from(code).ok();
        index.and_then(|index| Self::ALL.get(index).copied()).ok_or(CompressionError::UnknownCode(code))
    }

    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    /// The levels that Kafka's configuration allows (KIP-390), `None` where there are none. Gzip takes -1 for its
    /// default besides.
    pub fn levels(self) -> Option<RangeInclusive<i32>> {
        match self {
            Compression::None | Compression::Snappy => None,
            Compression::Gzip => Some(1..=9),
            Compression::Lz4 => Some(1..=17),
            Compression::Zstd => Some(-131_072..=22),
        }
    }

    /// Fails when `level` is not one of the codec's. Codecs without levels take none.
    pub fn check_level(self, level: i32) -> Result<(), CompressionError> {
        let levels = match self.levels() {
            Some(levels) if levels.contains(&level) => return Ok(()),
            _ if self == Compression::Gzip && level == gzip::LEVEL_DEFAULT => return Ok(()),
            Some(levels) => format!("{} to {}", levels.start(), levels.end()),
            None => "it has no levels".to_owned(),
        };
        Err(CompressionError::Level { codec: self, level, levels })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Compression {
    type Err = CompressionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name() == name)
            .ok_or_else(|| CompressionError::UnknownName(name.to_owned()))
    }
}

/// Appends `bytes`, compressed, to `out`. `level` is one of the codec's, `None` its default.
pub fn compress(
    codec: Compression,
    bytes: &[u8],
    level: Option<i32>,
    out: &mut Vec<u8>,
) -> Result<(), CompressionError> {
    if let Some(level) = level {
        codec.check_level(level)?;
    }
    match codec {
        Compression::None => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        Compression::Gzip => gzip::compress(bytes, level, out),
        Compression::Snappy => snappy::compress(bytes, out),
        Compression::Lz4 => lz4::compress(bytes, level, out),
        Compression::Zstd => zstd::compress(bytes, level, out),
    }
}

/// Decompresses `bytes` to at most `limit` bytes.
pub fn decompress(codec: Compression, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    match codec {
        Compression::None if bytes.len() > limit => Err(CompressionError::LimitExceeded { limit }),
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => gzip::decompress(bytes, limit),
        Compression::Snappy => snappy::decompress(bytes, limit),
        Compression::Lz4 => lz4::decompress(bytes, limit),
        Compression::Zstd => zstd::decompress(bytes, limit),
    }
}

/// The same, but bytes that are not compressed are lent, and not limited because they are there already.
pub fn decompressed(
    codec: Compression,
    bytes: &[u8],
    limit: usize,
) -> Result<Cow<'_, [u8]>, CompressionError> {
    match codec {
        Compression::None => Ok(Cow::Borrowed(bytes)),
        codec => decompress(codec, bytes, limit).map(Cow::Owned),
    }
}

/// Reads all of a decoder's output, one byte more than `limit` at most.
fn read_within(codec: Compression, decoder: impl Read, limit: usize) -> Result<Vec<u8>, CompressionError> {
    let mut out = Vec::new();
    let result = decoder.take(limit as u64 + 1).read_to_end(&mut out);
    if out.len() > limit {
        return Err(CompressionError::LimitExceeded { limit });
    }
    match result {
        Ok(_) => Ok(out),
        Err(error) => Err(corrupt(codec, &error)),
    }
}

fn corrupt(codec: Compression, reason: &(impl ToString + ?Sized)) -> CompressionError {
    CompressionError::Corrupt { codec, reason: reason.to_string() }
}

fn failed(codec: Compression, reason: &(impl ToString + ?Sized)) -> CompressionError {
    CompressionError::Failed { codec, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compressed(codec: Compression, bytes: &[u8], level: Option<i32>) -> Vec<u8> {
        let mut out = Vec::new();
        compress(codec, bytes, level, &mut out).unwrap();
        out
    }

    #[test]
    fn names_and_numbers_go_both_ways() {
        for codec in Compression::ALL {
            assert_eq!(Compression::from_code(codec.code()), Ok(codec));
            assert_eq!(codec.to_string().parse(), Ok(codec));
        }
        for code in [-1, 5, 6, 7, i16::MAX] {
            assert_eq!(Compression::from_code(code), Err(CompressionError::UnknownCode(code)));
        }
        assert!("GZIP".parse::<Compression>().is_err());
    }

    #[test]
    fn levels_are_those_of_kafka() {
        let allowed = |codec: Compression, level| codec.check_level(level).is_ok();
        for (codec, first, last) in
            [(Compression::Gzip, 1, 9), (Compression::Lz4, 1, 17), (Compression::Zstd, -131_072, 22)]
        {
            assert!(allowed(codec, first) && allowed(codec, last), "{codec}");
            assert!(!allowed(codec, first - 1) && !allowed(codec, last + 1), "{codec}");
        }
        assert!(allowed(Compression::Gzip, -1));
        assert!(!allowed(Compression::Snappy, 1) && !allowed(Compression::None, 1));
    }

    #[test]
    fn every_level_can_be_read_back() {
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
        for codec in Compression::ALL {
            for level in codec.levels().into_iter().flatten().filter(|level| *level > -3) {
                let back = decompress(codec, &compressed(codec, &bytes, Some(level)), bytes.len());
                assert!(back.as_ref() == Ok(&bytes), "{codec} {level}");
            }
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 8 * 1024 * 1024];
        for codec in Compression::ALL {
            let bomb = compressed(codec, &zeros, None);
            for limit in [0, 1, 100_000, zeros.len() - 1] {
                assert_eq!(decompress(codec, &bomb, limit), Err(CompressionError::LimitExceeded { limit }));
            }
            assert!(decompress(codec, &bomb, zeros.len()).is_ok(), "{codec}");
        }
    }

    #[test]
    fn what_is_cut_is_refused_and_so_is_what_follows() {
        let bytes: Vec<u8> = (0..1000_u32).flat_map(u32::to_le_bytes).collect();
        for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
            let whole = compressed(codec, &bytes, None);
            for length in 1..whole.len() {
                // Snappy's framing has no end mark: what is left after a whole block is whole.
                let cut = decompress(codec, &whole[..length], 1 << 20);
                assert!(cut.as_ref() != Ok(&bytes), "{codec} {length}");
                assert!(cut.is_err() || (codec == Compression::Snappy && length == 16), "{codec} {length}");
            }
            let more = [&whole[..], b"more"].concat();
            assert!(decompress(codec, &more, 1 << 20).is_err(), "{codec}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>, times in 0_usize..5000) {
            let bytes = bytes.repeat(times % 100);
            for codec in Compression::ALL {
                let back = decompress(codec, &compressed(codec, &bytes, None), bytes.len());
                prop_assert_eq!(back.as_ref(), Ok(&bytes));
            }
        }

        #[test]
        fn garbage_is_refused_or_read_within_the_limit(bytes: Vec<u8>) {
            for codec in Compression::ALL {
                let read = decompress(codec, &bytes, 1000).unwrap_or_default();
                prop_assert!(read.len() <= 1000);
            }
        }

        #[test]
        fn a_flipped_bit_costs_no_more_than_the_limit(bit in 0_usize..20_000) {
            let bytes: Vec<u8> = (0..5000_u32).flat_map(|number| (number % 321).to_le_bytes()).collect();
            for codec in Compression::ALL {
                let mut changed = compressed(codec, &bytes, None);
                let at = bit / 8 % changed.len();
                changed[at] ^= 1 << (bit % 8);
                let read = decompress(codec, &changed, bytes.len()).unwrap_or_default();
                prop_assert!(read.len() <= bytes.len());
            }
        }
    }
}
