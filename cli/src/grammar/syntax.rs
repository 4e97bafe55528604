//! A cursor over the text of a flag, and the error it reports.

use std::fmt;

/// What is wrong in the text of a flag, where, and what would have been right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// What the text was meant to be, such as `offset`.
    pub(crate) subject: &'static str,
    /// The whole text as it was typed.
    pub(crate) text: String,
    /// Byte position of the fault in `text`, from 0; `text.len()` is its end.
    pub(crate) at: usize,
    /// What is wrong there.
    pub(crate) reason: String,
    /// A text that would have worked.
    pub(crate) example: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, text, reason, example, .. } = self;
        if self.at >= text.len() {
            write!(formatter, "{subject} `{text}`: {reason} at the end; for example `{example}`")
        } else {
            let character = text.char_indices().take_while(|(at, _)| *at <= self.at).count();
            write!(
                formatter,
                "{subject} `{text}`: {reason} at character {character}; for example `{example}`"
            )
        }
    }
}

impl std::error::Error for SyntaxError {}

/// Walks forward through a text. Positions are byte offsets on character boundaries.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    subject: &'static str,
    example: &'static str,
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(subject: &'static str, example: &'static str, text: &'t str) -> Self {
        Self { subject, example, text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes `word` if it comes next.
    pub(crate) fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes all characters that come next and satisfy `wanted`; may be empty.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    pub(crate) fn take_digits(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_digit())
    }

    /// Takes `count` bytes; the caller has seen that they are there.
    pub(crate) fn take_bytes(&mut self, count: usize) -> &'t str {
        let taken = self.rest().get(..count).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// Whether `pattern` comes next, where `0` stands for any digit and every other character
    /// for itself.
    pub(crate) fn looks_like(&self, pattern: &str) -> bool {
        let mut rest = self.rest().bytes();
        pattern.bytes().all(|wanted| {
            rest.next()
                .is_some_and(|byte| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted })
        })
    }

    /// A non-negative decimal number that fits an `i64`.
    pub(crate) fn number(&mut self) -> Result<i64, SyntaxError> {
        let from = self.at;
        let digits = self.take_digits();
        if digits.is_empty() {
            return Err(self.error("a number is missing"));
        }
        digits.parse().map_err(|_| self.error_at(from, "the number is too large"))
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> SyntaxError {
        self.error_at(self.at, reason)
    }

    pub(crate) fn error_at(&self, at: usize, reason: impl Into<String>) -> SyntaxError {
        SyntaxError {
            subject: self.subject,
            text: self.text.to_owned(),
            at,
            reason: reason.into(),
            example: self.example,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_count_characters_not_bytes() {
        let mut cursor = Cursor::new("offset", "start", "äb");
        cursor.next();
        assert_eq!(
            cursor.error("`b` is wrong").to_string(),
            "offset `äb`: `b` is wrong at character 2; for example `start`"
        );
        cursor.next();
        assert_eq!(
            cursor.error("more is missing").to_string(),
            "offset `äb`: more is missing at the end; for example `start`"
        );
    }
}
