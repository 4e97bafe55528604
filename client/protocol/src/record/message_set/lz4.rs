//! The checksum in the header of LZ4 frames. Kafka took it over the frame's magic number as well until 0.10 (KIP-57):
//! readers of message sets of magic 0 expect it so, and take either.

use twox_hash::XxHash32;

/// The bytes of the frame's magic number, which the right checksum does not cover.
const MAGIC_LEN: usize = 4;
const FLAG_CONTENT_SIZE: u8 = 1 << 3;
const FLAG_DICTIONARY: u8 = 1;

/// Gives a frame the checksum that readers of magic 0 expect. What is no frame stays as it is.
pub(super) fn write_wrong_checksum(frame: &mut [u8]) {
    write_checksum(frame, 0);
}

/// Gives a frame the right checksum, whichever it has. What is no frame stays as it is.
pub(super) fn write_right_checksum(frame: &mut [u8]) {
    write_checksum(frame, MAGIC_LEN);
}

/// `from` is where the checksum begins to cover the header.
fn write_checksum(frame: &mut [u8], from: usize) {
    let Some(&flags) = frame.get(MAGIC_LEN) else { return };
    let has = |flag: u8, size: usize| if flags & flag == 0 { 0 } else { size };
    // Flags, block size, and what the flags announce.
    let at = MAGIC_LEN + 2 + has(FLAG_CONTENT_SIZE, 8) + has(FLAG_DICTIONARY, 4);
    let Some(covered) = frame.get(from..at) else { return };
    let [_, _, checksum, _] = XxHash32::oneshot(0, covered).to_be_bytes();
    if let Some(place) = frame.get_mut(at) {
        *place = checksum;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::compression::{Compression, compress, decompress};
    use super::*;

    #[test]
    fn the_wrong_checksum_is_wrong_and_can_be_put_right() {
        let mut frame = Vec::new();
        compress(Compression::Lz4, b"text", None, &mut frame).unwrap();
        let right = frame.clone();
        write_wrong_checksum(&mut frame);
        // What Kafka 0.9 writes behind these flags and this block size.
        assert_eq!(frame[4..7], [0x60, 0x40, 0x1a]);
        assert!(decompress(Compression::Lz4, &frame, 4).is_err());
        write_right_checksum(&mut frame);
        assert_eq!(frame, right);
    }

    #[test]
    fn what_is_no_frame_stays_as_it_is() {
        for length in 0..7 {
            let mut bytes = vec![0xff; length];
            write_right_checksum(&mut bytes);
            assert_eq!(bytes, vec![0xff; length]);
        }
    }
}
