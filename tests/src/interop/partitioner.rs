//! Where clients put a record with a key, computed here a second time.

use super::client::KeyHash;

/// The partition that every client with this hash chooses; `None` where it chooses by chance.
pub fn partition_of(hash: KeyHash, key: &[u8], partitions: i32) -> Option<i32> {
    let partitions = u32::try_from(partitions).expect("a topic has partitions");
    let index = match hash {
        KeyHash::Murmur2 => (murmur2(key) & 0x7fff_ffff) % partitions,
        // librdkafka's `consistent_random` treats a key without content as none.
        KeyHash::Crc32 if key.is_empty() => return None,
        KeyHash::Crc32 => crc32(key) % partitions,
    };
    Some(i32::try_from(index).expect("a partition is a small number"))
}

fn murmur2(data: &[u8]) -> u32 {
    const MULTIPLIER: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ u32::try_from(data.len()).expect("a key is short");
    let words = data.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let word = u32::from_le_bytes(word.try_into().expect("4 bytes")).wrapping_mul(MULTIPLIER);
        let word = (word ^ (word >> 24)).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ word;
    }
    for (index, &byte) in rest.iter().enumerate().rev() {
        hash ^= u32::from(byte) << (8 * index);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_matches_the_vectors_of_kafka() {
        let vectors =
            [("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536)];
        for (key, hash) in vectors {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn crc32_matches_its_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
