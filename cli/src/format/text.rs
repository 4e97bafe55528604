//! How bytes (topics, keys, values) are spelled when written.

use base64::{Engine, engine::general_purpose};
use serde_json::value::RawValue;

use crate::grammar::{SyntaxError, syntax::Cursor};

use super::{pattern::Modifier, unpack::Unpack};

/// The text modifiers of `consume -f`; several are applied from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextFormat {
    Hex,
    Base64,
    /// Base64 without padding.
    Base64Raw,
    Unpack(Unpack),
    /// Indented JSON; what is no JSON stays as it is.
    Json,
    /// Invalid UTF-8 replaced.
    Utf8,
    /// In double quotes, with escapes for what a terminal would not show.
    Quoted,
    Hexdump,
    /// At most this many characters.
    Truncated(usize),
}

const NAMES: &str = "hex, base64, base64raw, unpack[...], json, utf8, quoted, hexdump, trunc40";

/// Reads the text modifiers of one verb.
pub(crate) fn parse(modifiers: &[Modifier], cursor: &Cursor<'_>) -> Result<Vec<TextFormat>, SyntaxError> {
    modifiers.iter().map(|modifier| parse_one(modifier, cursor)).collect()
}

fn parse_one(modifier: &Modifier, cursor: &Cursor<'_>) -> Result<TextFormat, SyntaxError> {
    let Modifier { name, argument, at } = modifier;
    let format = match (name.as_str(), argument) {
        ("unpack", Some(template)) => {
            return Unpack::parse(template)
                .map(TextFormat::Unpack)
                .map_err(|code| cursor.error_at(*at, format!("`unpack` knows no code `{code}`")));
        }
        ("unpack", None) => {
            return Err(cursor.error_at(*at, "`unpack` needs a template, as in `unpack[>iq]`,"));
        }
        ("hex", None) => TextFormat::Hex,
        ("base64", None) => TextFormat::Base64,
        ("base64raw", None) => TextFormat::Base64Raw,
        ("json", None) => TextFormat::Json,
        ("utf8", None) => TextFormat::Utf8,
        ("quoted", None) => TextFormat::Quoted,
        ("hexdump", None) => TextFormat::Hexdump,
        (name, None) => match name.strip_prefix("trunc").and_then(|digits| digits.parse().ok()) {
            Some(characters) => TextFormat::Truncated(characters),
            None => {
                return Err(
                    cursor.error_at(*at, format!("there is no text modifier `{name}` (there are {NAMES})"))
                );
            }
        },
        (name, Some(_)) => return Err(cursor.error_at(*at, format!("`{name}` takes no argument"))),
    };
    Ok(format)
}

/// Appends `bytes` as `formats` say; with none, as they are.
pub(crate) fn write(formats: &[TextFormat], bytes: &[u8], out: &mut Vec<u8>) {
    match formats {
        [] => out.extend_from_slice(bytes),
        [only] => only.write(bytes, out),
        [first, rest @ ..] => {
            let mut between = Vec::new();
            first.write(bytes, &mut between);
            write(rest, &between, out);
        }
    }
}

impl TextFormat {
    fn write(&self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Hex => write_hex(bytes, out),
            Self::Base64 => out.extend_from_slice(general_purpose::STANDARD.encode(bytes).as_bytes()),
            Self::Base64Raw => {
                out.extend_from_slice(general_purpose::STANDARD_NO_PAD.encode(bytes).as_bytes());
            }
            Self::Unpack(unpack) => unpack.write(bytes, out),
            Self::Json => write_indented_json(bytes, out),
            Self::Utf8 => out.extend_from_slice(String::from_utf8_lossy(bytes).as_bytes()),
            Self::Quoted => write_quoted(bytes, out),
            Self::Hexdump => write_hexdump(bytes, out),
            Self::Truncated(characters) => {
                let text = String::from_utf8_lossy(bytes);
                match text.char_indices().nth(*characters) {
                    None => out.extend_from_slice(bytes),
                    Some((end, _)) => {
                        out.extend_from_slice(text.get(..end).unwrap_or_default().as_bytes());
                        out.extend_from_slice("…".as_bytes());
                    }
                }
            }
        }
    }
}

pub(crate) fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Numbers keep the digits they were written with, so the tokens are indented rather than parsed.
fn write_indented_json(bytes: &[u8], out: &mut Vec<u8>) {
    if serde_json::from_slice::<&RawValue>(bytes).is_err() {
        out.extend_from_slice(bytes);
        return;
    }
    let mut depth = 0;
    let mut in_string = false;
    let mut is_escaped = false;
    let mut just_opened = false;
    let new_line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', 2 * depth));
    };
    for &byte in bytes {
        if in_string {
            out.push(byte);
            in_string = is_escaped || byte != b'"';
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        let is_closing = matches!(byte, b'}' | b']');
        if byte.is_ascii_whitespace() {
            continue;
        }
        if is_closing {
            depth -= 1;
            if !just_opened {
                new_line(out, depth);
            }
        } else if just_opened {
            new_line(out, depth);
        }
        just_opened = matches!(byte, b'{' | b'[');
        out.push(byte);
        match byte {
            b'{' | b'[' => depth += 1,
            b',' => new_line(out, depth),
            b':' => out.push(b' '),
            b'"' => in_string = true,
            _ => {}
        }
    }
}

pub(crate) fn write_quoted(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => out.extend_from_slice(b"\\\""),
                '\'' => out.push(b'\''),
                other => out.extend_from_slice(other.escape_debug().to_string().as_bytes()),
            }
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(b'"');
}

/// Sixteen bytes a line: position, bytes, and what is printable.
pub(crate) fn write_hexdump(bytes: &[u8], out: &mut Vec<u8>) {
    for (line, chunk) in bytes.chunks(16).enumerate() {
        if line > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(format!("{:08x} ", 16 * line).as_bytes());
        for column in 0..16 {
            if column == 8 {
                out.push(b' ');
            }
            match chunk.get(column) {
                Some(byte) => out.extend_from_slice(format!(" {byte:02x}").as_bytes()),
                None => out.extend_from_slice(b"   "),
            }
        }
        out.extend_from_slice(b"  |");
        out.extend(chunk.iter().map(|byte| if (b' '..=b'~').contains(byte) { *byte } else { b'.' }));
        out.push(b'|');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, argument: Option<&str>, bytes: &[u8]) -> String {
        let modifier = Modifier { name: name.to_owned(), argument: argument.map(str::to_owned), at: 0 };
        let formats = parse(&[modifier], &Cursor::new("format", "%v", "")).unwrap();
        let mut out = Vec::new();
        write(&formats, bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_modifier() {
        for (name, bytes, wanted) in [
            ("hex", &b"foo\xff"[..], "666f6fff"),
            ("base64", b"foo!", "Zm9vIQ=="),
            ("base64raw", b"foo!", "Zm9vIQ"),
            ("utf8", b"a\xffb", "a\u{fffd}b"),
            ("quoted", b"it's \"x\"\n\xff\x1b", "\"it's \\\"x\\\"\\n\\xff\\u{1b}\""),
            ("trunc3", "äöüß".as_bytes(), "äöü…"),
            ("trunc4", "äöüß".as_bytes(), "äöüß"),
            (
                "json",
                br#" {"a":[1.50,{}, []],"b":"x:, \"{"} "#,
                "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \"b\": \"x:, \\\"{\"\n}",
            ),
            ("json", b"{broken", "{broken"),
            ("json", b"12345678901234567890.10", "12345678901234567890.10"),
            (
                "hexdump",
                b"0123456789abcdef\x00z",
                "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n00000010  00 7a                                             |.z|",
            ),
        ] {
            assert_eq!(written(name, None, bytes), wanted, "{name}");
        }
        assert_eq!(written("unpack", Some(">h"), b"\x01\x00"), "256");
    }

    #[test]
    fn unknown_modifiers_name_the_known_ones() {
        let modifier = |name: &str, argument: Option<&str>| Modifier {
            name: name.to_owned(),
            argument: argument.map(str::to_owned),
            at: 3,
        };
        let error = |modifier| parse(&[modifier], &Cursor::new("format", "%v", "%v{hx}")).unwrap_err().reason;
        assert_eq!(
            error(modifier("hx", None)),
            "there is no text modifier `hx` (there are hex, base64, base64raw, unpack[...], json, utf8, quoted, hexdump, trunc40)"
        );
        assert_eq!(error(modifier("hex", Some("x"))), "`hex` takes no argument");
        assert_eq!(error(modifier("unpack", Some("z"))), "`unpack` knows no code `z`");
    }
}
