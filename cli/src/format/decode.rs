//! Text modifiers of `produce -f`: what is done with bytes after they were cut out.

use base64::{Engine, engine::general_purpose};
use bytes::Bytes;
use serde_json::value::RawValue;

/// One step from what stands in the input to what goes into the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoder {
    Hex,
    /// With or without padding.
    Base64,
    /// Checked and stripped of space; digits and strings stay as they were written.
    Json,
    /// This text (empty when none was given) stands for null.
    Null(Vec<u8>),
}

impl Decoder {
    pub(crate) fn from_modifier(name: &str, argument: Option<&str>) -> Option<Self> {
        match (name, argument) {
            ("hex", None) => Some(Self::Hex),
            ("base64", None) => Some(Self::Base64),
            ("json", None) => Some(Self::Json),
            ("null", marker) => Some(Self::Null(marker.unwrap_or_default().as_bytes().to_vec())),
            _ => None,
        }
    }

    fn apply(&self, bytes: Bytes) -> Result<Option<Bytes>, String> {
        match self {
            Self::Null(marker) if bytes == *marker => Ok(None),
            Self::Null(_) => Ok(Some(bytes)),
            Self::Hex => from_hex(&bytes).map(Some),
            Self::Base64 => {
                let engine = if bytes.last() == Some(&b'=') {
                    general_purpose::STANDARD
                } else {
                    general_purpose::STANDARD_NO_PAD
                };
                engine
                    .decode(&bytes)
                    .map(|bytes| Some(bytes.into()))
                    .map_err(|error| format!("no base64: {error}"))
            }
            Self::Json => compact_json(&bytes).map(Some),
        }
    }
}

/// Applies the decoders from left to right; null ends it.
pub(crate) fn apply(decoders: &[Decoder], bytes: Bytes) -> Result<Option<Bytes>, String> {
    let mut bytes = bytes;
    for decoder in decoders {
        match decoder.apply(bytes)? {
            Some(decoded) => bytes = decoded,
            None => return Ok(None),
        }
    }
    Ok(Some(bytes))
}

fn from_hex(bytes: &[u8]) -> Result<Bytes, String> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .map(|digit| digit as u8)
            .ok_or_else(|| format!("`{}` is no hexadecimal digit", byte.escape_ascii()))
    };
    if !bytes.len().is_multiple_of(2) {
        return Err(format!("{} hexadecimal digits are not a whole number of bytes", bytes.len()));
    }
    let pair = |pair: &[u8]| match pair {
        [high, low] => Ok(digit(*high)? << 4 | digit(*low)?),
        _ => Err(String::new()),
    };
    bytes.chunks(2).map(pair).collect::<Result<Vec<u8>, _>>().map(Bytes::from)
}

fn compact_json(bytes: &Bytes) -> Result<Bytes, String> {
    serde_json::from_slice::<&RawValue>(bytes).map_err(|error| {
        let text = error.to_string();
        format!("no JSON: {}", text.split(" at line ").next().unwrap_or_default())
    })?;
    let mut scan = JsonScan::default();
    let is_kept = |byte: &u8| {
        let was_in_string = scan.in_string;
        scan.push(*byte);
        was_in_string || !byte.is_ascii_whitespace()
    };
    Ok(bytes.iter().copied().filter(is_kept).collect())
}

/// Finds where a JSON value ends, byte by byte, without judging what is in it.
#[derive(Debug, Default)]
pub(crate) struct JsonScan {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

impl JsonScan {
    /// Takes the next byte; true when it closes the value. A number or a word has no closing
    /// byte: it ends where [`is_in_word`] does.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        if self.in_string {
            self.in_string = self.is_escaped || byte != b'"';
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            return !self.in_string && self.depth == 0;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

/// Whether a byte can be part of a JSON number or of `true`, `false`, `null`.
pub(crate) fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(name: &str, argument: Option<&str>, text: &'static str) -> Result<Option<Vec<u8>>, String> {
        let decoder = Decoder::from_modifier(name, argument).unwrap();
        apply(&[decoder], Bytes::from_static(text.as_bytes())).map(|bytes| bytes.map(|bytes| bytes.to_vec()))
    }

    #[test]
    fn every_modifier() {
        for (name, argument, text, wanted) in [
            ("hex", None, "666F6f", Ok(Some(&b"foo"[..]))),
            ("hex", None, "6", Err("1 hexadecimal digits are not a whole number of bytes")),
            ("hex", None, "6+", Err("`+` is no hexadecimal digit")),
            ("base64", None, "Zm9vIQ==", Ok(Some(b"foo!"))),
            ("base64", None, "Zm9vIQ", Ok(Some(b"foo!"))),
            ("base64", None, "!", Err("no base64: Invalid symbol 33, offset 0.")),
            ("json", None, " { \"a b\" : [1.50 , \"\\\" \"]}\n", Ok(Some(b"{\"a b\":[1.50,\"\\\" \"]}"))),
            ("json", None, "{]", Err("no JSON: key must be a string")),
            ("null", None, "", Ok(None)),
            ("null", Some("NULL"), "NULL", Ok(None)),
            ("null", Some("NULL"), "", Ok(Some(b""))),
        ] {
            let wanted = wanted.map(|bytes| bytes.map(<[u8]>::to_vec)).map_err(str::to_owned);
            assert_eq!(decoded(name, argument, text), wanted, "{name} {text}");
        }
        assert_eq!(Decoder::from_modifier("hex", Some("x")), None);
    }
}
