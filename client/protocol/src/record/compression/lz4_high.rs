//! LZ4 blocks with fewer bytes, for more time: of the earlier places with the same four bytes the one with the longest match is
//! taken, and as many are looked at as the level allows.
//!
//! ```text
//! (token | more literal lengths | literals | distance 2 | more match lengths)*     the last has literals alone
//!  token: literals 4 bits, match length - 4 in 4 bits; 15 means that more follows, up to a byte that is not 255
//! ```

/// A block may look back this far, which is all of it.
pub(super) const BLOCK_SIZE: usize = 64 << 10;

const MATCH_MIN: usize = 4;

/// The last bytes of a block are literals, and no match begins among the last twelve: readers rely on it.
const LITERALS_LAST: usize = 5;
const MATCH_START_LAST: usize = 12;

const HASH_BITS: u32 = 15;
const NONE: u32 = u32::MAX;

/// Where each four bytes were seen last, and for each place where they were seen before that.
struct Chains {
    heads: Vec<u32>,
    before: Vec<u32>,
}

impl Chains {
    fn insert(&mut self, block: &[u8], at: usize) {
        let Some(slot) = self.heads.get_mut(hash(block, at)) else { return };
        if let Some(before) = self.before.get_mut(at) {
            *before = std::mem::replace(slot, at as u32);
        }
    }

    /// The longest match of what stands at `at`, as its place and length, among the latest `depth` places.
    fn longest(&self, block: &[u8], at: usize, depth: usize) -> Option<(usize, usize)> {
        let rest = block.get(at..block.len() - LITERALS_LAST)?;
        let mut candidate = self.heads.get(hash(block, at)).copied().unwrap_or(NONE);
        let mut best: Option<(usize, usize)> = None;
        for _ in 0..depth {
            let place = candidate as usize;
            let Some(there) = block.get(place..).filter(|_| candidate != NONE && at - place < BLOCK_SIZE)
            else {
                break;
            };
            let length = rest.iter().zip(there).take_while(|(here, there)| here == there).count();
            if length >= MATCH_MIN && best.is_none_or(|(_, longest)| length > longest) {
                best = Some((place, length));
            }
            candidate = self.before.get(place).copied().unwrap_or(NONE);
        }
        best
    }
}

fn hash(block: &[u8], at: usize) -> usize {
    let four = block.get(at..).and_then(|rest| rest.first_chunk::<4>());
    let number = u32::from_le_bytes(*four.unwrap_or(&[0; 4]));
    (number.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// Appends `block`, of at most [`BLOCK_SIZE`] bytes, compressed. The result may be larger than the block.
pub(super) fn compress(block: &[u8], level: u32, out: &mut Vec<u8>) {
    let depth = 1_usize << level.clamp(1, 17).saturating_sub(1);
    let mut chains = Chains { heads: vec![NONE; 1 << HASH_BITS], before: vec![NONE; block.len()] };
    let starts_end = block.len().saturating_sub(MATCH_START_LAST);
    let (mut at, mut literals_from) = (0, 0);
    while at < starts_end {
        let found = chains.longest(block, at, depth);
        chains.insert(block, at);
        let Some((place, length)) = found else {
            at += 1;
            continue;
        };
        // A longer match that begins with the next byte is worth one literal.
        let later = (at + 1 < starts_end).then(|| chains.longest(block, at + 1, depth)).flatten();
        if later.is_some_and(|(_, longer)| longer > length + 1) {
            at += 1;
            continue;
        }
        sequence(block.get(literals_from..at).unwrap_or_default(), Some((at - place, length)), out);
        for passed in at + 1..(at + length).min(starts_end) {
            chains.insert(block, passed);
        }
        at += length;
        literals_from = at;
    }
    sequence(block.get(literals_from..).unwrap_or_default(), None, out);
}

fn sequence(literals: &[u8], matched: Option<(usize, usize)>, out: &mut Vec<u8>) {
    let more = matched.map_or(0, |(_, length)| length - MATCH_MIN);
    out.push((literals.len().min(15) << 4 | more.min(15)) as u8);
    push_length(literals.len(), out);
    out.extend_from_slice(literals);
    if let Some((distance, _)) = matched {
        out.extend_from_slice(&(distance as u16).to_le_bytes());
        push_length(more, out);
    }
}

/// What four bits did not hold.
fn push_length(length: usize, out: &mut Vec<u8>) {
    let Some(mut rest) = length.checked_sub(15) else { return };
    while rest >= 255 {
        out.push(255);
        rest -= 255;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that repeat, runs, and noise.
    fn sample(random: &mut fastrand::Rng) -> Vec<u8> {
        let words: Vec<Vec<u8>> =
            (0..50).map(|_| (0..random.usize(1..30)).map(|_| random.u8(..)).collect()).collect();
        let mut bytes = Vec::new();
        let size = random.usize(..BLOCK_SIZE);
        while bytes.len() < size {
            match random.u8(..10) {
                0 => bytes.extend(std::iter::repeat_n(random.u8(..), random.usize(..2_000))),
                1 => bytes.extend((0..random.usize(..400)).map(|_| random.u8(..))),
                _ => bytes.extend(&words[random.usize(..words.len())]),
            }
        }
        bytes.truncate(size);
        bytes
    }

    #[test]
    fn every_block_comes_back_and_a_higher_level_makes_it_no_larger() {
        let mut random = fastrand::Rng::with_seed(3);
        let (mut low, mut high) = (0, 0);
        for _ in 0..60 {
            let block = sample(&mut random);
            for (level, total) in [(1, &mut low), (10, &mut high)] {
                let mut out = Vec::new();
                compress(&block, level, &mut out);
                assert_eq!(lz4_flex::block::decompress(&out, block.len()).unwrap(), block);
                *total += out.len();
            }
        }
        assert!(high < low, "{high} bytes at level 10, {low} at level 1");
    }

    #[test]
    fn short_blocks_and_long_runs_come_back() {
        for size in (0..40).chain([254, 255, 256, 269, 270, 271, 1_000, BLOCK_SIZE]) {
            for block in [vec![7; size], (0..size).map(|at| (at % 251) as u8).collect()] {
                let mut out = Vec::new();
                compress(&block, 17, &mut out);
                assert_eq!(lz4_flex::block::decompress(&out, size).unwrap(), block, "{size}");
            }
        }
    }
}
