//! Random messages of every version, for tests of whoever speaks the protocol.

use bytes::Bytes;
use uuid::Uuid;

use super::Layout;
use crate::error_code::ErrorCode;

/// Random values for tests, with only those fields set that the version has.
pub trait Sample: Sized {
    /// A random value.
    fn sample(random: &mut fastrand::Rng, layout: Layout) -> Self;
}

macro_rules! numbers {
    ($($type:ident),+) => {
        $(impl Sample for $type {
            fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
                random.$type(..)
            }
        })+
    };
}
numbers!(i8, i16, u16, i32, u32, i64);

impl Sample for bool {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        random.bool()
    }
}

impl Sample for f64 {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        random.f64()
    }
}

impl Sample for ErrorCode {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        ErrorCode(random.i16(-1..=133))
    }
}

impl Sample for Uuid {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        Uuid::from_u128(random.u128(..))
    }
}

impl Sample for String {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        let length = random.usize(..12);
        std::iter::repeat_with(|| random.char('a'..='\u{ff}')).take(length).collect()
    }
}

impl Sample for Bytes {
    fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
        let length = random.usize(..20);
        std::iter::repeat_with(|| random.u8(..)).take(length).collect()
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(random: &mut fastrand::Rng, layout: Layout) -> Self {
        let length = random.usize(..4);
        std::iter::repeat_with(|| T::sample(random, layout)).take(length).collect()
    }
}
