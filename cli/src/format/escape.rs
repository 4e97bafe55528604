//! Backslash escapes in formats and separators: `\t \n \r \\ \0 \xNN`.

use crate::grammar::syntax::{Cursor, SyntaxError};

/// Parses a separator such as `:` or `\x1f` into its bytes; it may not be empty.
pub(crate) fn separator(text: &str) -> Result<Vec<u8>, SyntaxError> {
    let bytes = bytes(text)?;
    if bytes.is_empty() {
        return Err(Cursor::new("separator", r"\t", text).error("it is empty"));
    }
    Ok(bytes)
}

/// Parses a text in which only escapes are special.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, SyntaxError> {
    let mut cursor = Cursor::new("separator", r"\t", text);
    let mut bytes = Vec::with_capacity(text.len());
    while let Some(next) = cursor.peek() {
        if next == '\\' {
            bytes.push(escaped(&mut cursor)?);
        } else {
            bytes.extend_from_slice(cursor.take_bytes(next.len_utf8()).as_bytes());
        }
    }
    Ok(bytes)
}

/// Takes one escape; the cursor stands on its backslash.
pub(crate) fn escaped(cursor: &mut Cursor<'_>) -> Result<u8, SyntaxError> {
    let from = cursor.at();
    cursor.next();
    match cursor.next() {
        Some('t') => Ok(b'\t'),
        Some('n') => Ok(b'\n'),
        Some('r') => Ok(b'\r'),
        Some('0') => Ok(0),
        Some('\\') => Ok(b'\\'),
        Some('x') => {
            let digits =
                cursor.rest().get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            cursor.take_bytes(digits.map_or(0, str::len));
            byte.ok_or_else(|| cursor.error_at(from, r"`\x` needs two hexadecimal digits"))
        }
        _ => Err(cursor.error_at(from, r"only the escapes `\t`, `\n`, `\r`, `\0`, `\\` and `\xNN` exist,")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_bytes() {
        assert_eq!(separator(r"\t\n\r\\\0\x1F\xfe=é").unwrap(), b"\t\n\r\\\0\x1f\xfe=\xc3\xa9");
        assert_eq!(separator("::").unwrap(), b"::");
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            ("", r"separator ``: it is empty at the end; for example `\t`"),
            (
                r"a\x1",
                r"separator `a\x1`: `\x` needs two hexadecimal digits at character 2; for example `\t`",
            ),
            (
                r"\q",
                r"separator `\q`: only the escapes `\t`, `\n`, `\r`, `\0`, `\\` and `\xNN` exist, at character 1; for example `\t`",
            ),
        ] {
            assert_eq!(separator(text).unwrap_err().to_string(), wanted);
        }
    }
}
