//! How a number is spelled: in digits or as bytes.

/// The number modifiers; the same words for reading and writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NumberFormat {
    /// Decimal digits (`ascii`, `number`).
    #[default]
    Ascii,
    /// Hexadecimal digits, as many as needed (`hex`, writing only).
    Hex,
    /// Exactly this many hexadecimal digits (`hex64` is 16 of them).
    HexDigits(usize),
    /// This many bytes, most significant first (`big32` is 4, `byte` is 1).
    Big(usize),
    /// This many bytes, least significant first.
    Little(usize),
    /// `true` for anything but zero, or `false`.
    Bool,
}

pub(crate) const NAMES: &str = "ascii, hex, hex64, hex32, hex16, hex8, hex4, big64, big32, big16, big8, little64, little32, little16, little8, byte, bool";

impl NumberFormat {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let bits = |prefix: &str| name.strip_prefix(prefix).and_then(|bits| bits.parse::<usize>().ok());
        let whole = |bits: usize| [8, 16, 32, 64].contains(&bits);
        match name {
            "ascii" | "number" => return Some(Self::Ascii),
            "hex" => return Some(Self::Hex),
            "hex4" => return Some(Self::HexDigits(1)),
            "byte" => return Some(Self::Big(1)),
            "bool" => return Some(Self::Bool),
            _ => {}
        }
        None.or_else(|| bits("hex").filter(|bits| whole(*bits)).map(|bits| Self::HexDigits(bits / 4)))
            .or_else(|| bits("big").filter(|bits| whole(*bits)).map(|bits| Self::Big(bits / 8)))
            .or_else(|| bits("little").filter(|bits| whole(*bits)).map(|bits| Self::Little(bits / 8)))
    }

    /// Appends `number`, cut to the low bits where the format is narrower.
    pub(crate) fn write(self, number: i64, out: &mut Vec<u8>) {
        match self {
            Self::Ascii => write_decimal(number, out),
            Self::Hex => out.extend_from_slice(format!("{number:x}").as_bytes()),
            Self::HexDigits(digits) => {
                let all = format!("{number:016x}");
                out.extend(all.bytes().skip(16 - digits.min(16)));
            }
            Self::Big(bytes) => out.extend(number.to_be_bytes().into_iter().skip(8 - bytes.min(8))),
            Self::Little(bytes) => out.extend(number.to_le_bytes().into_iter().take(bytes)),
            Self::Bool => out.extend_from_slice(if number == 0 { b"false" } else { b"true" }),
        }
    }

    /// How many bytes a number takes when read; `None` where the text itself tells.
    pub(crate) fn width(self) -> Option<usize> {
        match self {
            Self::HexDigits(width) | Self::Big(width) | Self::Little(width) => Some(width),
            Self::Ascii | Self::Hex | Self::Bool => None,
        }
    }

    /// The number in exactly [`NumberFormat::width`] bytes, unsigned below 64 bits; `None` when
    /// they are no number of this format.
    pub(crate) fn read_fixed(self, bytes: &[u8]) -> Option<i64> {
        let fold = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        match self {
            Self::HexDigits(_) => {
                let digits = std::str::from_utf8(bytes).ok()?;
                // `from_str_radix` takes a sign, which is no digit.
                let all_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                u64::from_str_radix(digits, 16).ok().filter(|_| all_digits).map(u64::cast_signed)
            }
            Self::Big(_) => Some(bytes.iter().fold(0, fold).cast_signed()),
            Self::Little(_) => Some(bytes.iter().rev().fold(0, fold).cast_signed()),
            Self::Ascii | Self::Hex | Self::Bool => None,
        }
    }
}

/// Decimal digits without going through the formatting machinery: offsets and sizes are on the
/// path of every record.
fn write_decimal(number: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut used = 0;
    let mut rest = number.unsigned_abs();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend(digits.iter().skip(20 - used));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_writes_as_documented() {
        for (name, number, wanted) in [
            ("ascii", -42, &b"-42"[..]),
            ("ascii", i64::MIN, b"-9223372036854775808"),
            ("number", 0, b"0"),
            ("hex", 255, b"ff"),
            ("hex64", 255, b"00000000000000ff"),
            ("hex32", 255, b"000000ff"),
            ("hex16", 255, b"00ff"),
            ("hex8", 255, b"ff"),
            ("hex4", 255, b"f"),
            ("big64", 258, b"\0\0\0\0\0\0\x01\x02"),
            ("big32", 258, b"\0\0\x01\x02"),
            ("big16", 258, b"\x01\x02"),
            ("big8", 258, b"\x02"),
            ("little64", 258, b"\x02\x01\0\0\0\0\0\0"),
            ("little32", 258, b"\x02\x01\0\0"),
            ("little16", 258, b"\x02\x01"),
            ("little8", 258, b"\x02"),
            ("byte", 65, b"A"),
            ("bool", 2, b"true"),
            ("bool", 0, b"false"),
        ] {
            let mut out = Vec::new();
            NumberFormat::from_name(name).unwrap_or_else(|| panic!("{name}")).write(number, &mut out);
            assert_eq!(out, wanted, "{name}");
        }
        assert_eq!(NumberFormat::from_name("big12"), None);
        assert_eq!(NumberFormat::from_name("hexx"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_was_written_in_a_fixed_width_is_read_back(number: i64) {
            for name in ["hex64", "big64", "little64", "hex32", "big32", "little32", "hex4", "byte"] {
                let format = NumberFormat::from_name(name).unwrap();
                let mut out = Vec::new();
                format.write(number, &mut out);
                proptest::prop_assert_eq!(Some(out.len()), format.width());
                let bits = if name == "hex4" { 4 } else { 8 * out.len() / if name.starts_with("hex") { 2 } else { 1 } };
                let mask = u64::MAX >> (64 - bits);
                proptest::prop_assert_eq!(format.read_fixed(&out), Some((number.cast_unsigned() & mask).cast_signed()));
            }
        }

        #[test]
        fn decimal_digits_are_those_of_the_standard_library(number: i64) {
            let mut out = Vec::new();
            NumberFormat::Ascii.write(number, &mut out);
            proptest::prop_assert_eq!(out, number.to_string().into_bytes());
        }
    }
}
