//! The hashes by which producers of different families spread keys. Each must give what the others give, bit by bit.

/// MurmurHash2 with the seed and tail of Kafka's Java clients.
pub(super) fn murmur2(bytes: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    if !tail.is_empty() {
        for (index, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    (hash ^ (hash >> 15)).cast_signed()
}

/// CRC-32 (IEEE 802.3), as librdkafka's `consistent` partitioner.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut crc = index as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
                bit += 1;
            }
            table[index] = crc;
            index += 1;
        }
        table
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ *byte)])
}

/// SipHash-2-4 with zero keys over the length (8 bytes, little endian) and the bytes: how Rust's `Hash` feeds a byte
/// slice to the hasher of Fluvio's partitioner.
pub(super) fn siphash_of_slice(bytes: &[u8]) -> u64 {
    let mut input = Vec::with_capacity(8 + bytes.len());
    input.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    input.extend_from_slice(bytes);
    siphash_2_4(0, 0, &input)
}

fn siphash_2_4(key_0: u64, key_1: u64, bytes: &[u8]) -> u64 {
    let mut state = [
        key_0 ^ 0x736f_6d65_7073_6575,
        key_1 ^ 0x646f_7261_6e64_6f6d,
        key_0 ^ 0x6c79_6765_6e65_7261,
        key_1 ^ 0x7465_6462_7974_6573,
    ];
    let (words, tail) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..tail.len()].copy_from_slice(tail);
    last[7] = bytes.len() as u8;
    for word in words.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        state[3] ^= word;
        sip_rounds(&mut state, 2);
        state[0] ^= word;
    }
    state[2] ^= 0xff;
    sip_rounds(&mut state, 4);
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn sip_rounds(state: &mut [u64; 4], rounds: u32) {
    let [mut a, mut b, mut c, mut d] = *state;
    for _ in 0..rounds {
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
    }
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_is_that_of_javas_own_tests() {
        for (text, expected) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn crc32_is_the_one_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"this is another string with more length to it perhaps"), 0xb015_0df7);
    }

    #[test]
    fn siphash_is_that_of_its_authors() {
        let key: Vec<u8> = (0..16).collect();
        let half = |at: usize| u64::from_le_bytes(key[at..at + 8].try_into().unwrap());
        let input: Vec<u8> = (0..15).collect();
        assert_eq!(siphash_2_4(half(0), half(8), &input), 0xa129_ca61_49be_45e5);
        assert_eq!(siphash_2_4(half(0), half(8), &[]), 0x726f_db47_dd0e_0e31);
    }

    #[test]
    #[expect(deprecated, reason = "the standard library's SipHash-2-4 is the one to agree with")]
    fn a_slice_is_hashed_as_by_the_standard_library() {
        use std::hash::{Hash, Hasher, SipHasher};
        for key in ["", "a", "Norway", "0123456789abcdef"] {
            let mut hasher = SipHasher::new();
            key.as_bytes().hash(&mut hasher);
            assert_eq!(siphash_of_slice(key.as_bytes()), hasher.finish());
        }
    }
}
