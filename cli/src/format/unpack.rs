//! `{unpack[...]}`: binary fields of a key or value as text.
//!
//! ```text
//! < > byte order of what follows (big-endian until then)    x one byte, not shown
//! b B  8 bits, signed and unsigned       i I  32 bits         c .  one byte as it is
//! h H 16 bits                            q Q  64 bits         s    all the rest as it is
//! $   nothing may be left                (space) a space
//! ```

/// One field, in the order of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Number { code: char, bytes: usize, is_signed: bool, is_little: bool },
    Skip,
    Byte,
    Rest,
    End,
    Space,
}

/// A template, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpack {
    fields: Vec<Field>,
}

impl Unpack {
    /// Reads a template; an error is the letter that means nothing.
    pub(crate) fn parse(template: &str) -> Result<Self, char> {
        let mut is_little = false;
        let mut fields = Vec::new();
        for code in template.chars() {
            let number =
                |bytes| Field::Number { code, bytes, is_signed: code.is_ascii_lowercase(), is_little };
            fields.push(match code {
                '<' | '>' => {
                    is_little = code == '<';
                    continue;
                }
                'x' => Field::Skip,
                'b' | 'B' => number(1),
                'h' | 'H' => number(2),
                'i' | 'I' => number(4),
                'q' | 'Q' => number(8),
                'c' | '.' => Field::Byte,
                's' => Field::Rest,
                '$' => Field::End,
                ' ' => Field::Space,
                other => return Err(other),
            });
        }
        Ok(Self { fields })
    }

    /// Appends the fields of `bytes`; where they do not fit, a text in angle brackets says so and
    /// the rest of the template is left out.
    pub(crate) fn write(&self, mut bytes: &[u8], out: &mut Vec<u8>) {
        for field in &self.fields {
            let wanted = match field {
                Field::Number { bytes, .. } => *bytes,
                Field::Skip | Field::Byte => 1,
                Field::Rest => bytes.len(),
                Field::End | Field::Space => 0,
            };
            let Some((taken, rest)) = bytes.split_at_checked(wanted) else {
                let code = match field {
                    Field::Number { code, .. } => *code,
                    Field::Skip => 'x',
                    _ => 'c',
                };
                let have = bytes.len();
                let text = format!("<unpack: `{code}` needs {wanted} bytes, {have} are left>");
                out.extend_from_slice(text.as_bytes());
                return;
            };
            bytes = rest;
            match field {
                Field::Number { is_signed, is_little, .. } => {
                    let text = number_text(taken, *is_signed, *is_little);
                    out.extend_from_slice(text.as_bytes());
                }
                Field::Byte | Field::Rest => out.extend_from_slice(taken),
                Field::Skip => {}
                Field::Space => out.push(b' '),
                Field::End if bytes.is_empty() => {}
                Field::End => {
                    let text = format!("<unpack: {} bytes are left over>", bytes.len());
                    out.extend_from_slice(text.as_bytes());
                    return;
                }
            }
        }
    }
}

fn number_text(bytes: &[u8], is_signed: bool, is_little: bool) -> String {
    let fold = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
    let number = if is_little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) };
    if !is_signed {
        return number.to_string();
    }
    let unused_bits = 64 - 8 * bytes.len().clamp(1, 8);
    ((number << unused_bits).cast_signed() >> unused_bits).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(template: &str, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Unpack::parse(template).unwrap().write(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_code() {
        assert_eq!(unpack("b B", b"\xff\xff"), "-1 255");
        assert_eq!(unpack("h H <h", b"\x01\x02\xff\xff\x01\x02"), "258 65535 513");
        assert_eq!(unpack("<i >I", b"\x01\0\0\0\x80\0\0\0"), "1 2147483648");
        assert_eq!(unpack("q<Q", b"\xff\xff\xff\xff\xff\xff\xff\xfe\x01\0\0\0\0\0\0\0"), "-21");
        assert_eq!(unpack("c.xs", b"abcdef"), "abdef");
        assert_eq!(unpack("b$", b"\x05"), "5");
    }

    #[test]
    fn what_does_not_fit_is_said_in_the_output() {
        assert_eq!(unpack("bi b", b"\x05\x01"), "5<unpack: `i` needs 4 bytes, 1 are left>");
        assert_eq!(unpack("b$", b"\x05\x06\x07"), "5<unpack: 2 bytes are left over>");
        assert_eq!(Unpack::parse("bz"), Err('z'));
    }
}
