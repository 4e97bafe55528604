//! `produce -f`: what a reader of records does, step by step.
//!
//! ```text
//! %t %T topic, its size      %p partition                %h{...} headers, each so
//! %k %K key, its size        %d timestamp                %H how many headers
//! %v %V value, its size      %% %{ %} \n \t \xNN         literal text, which must be there
//! ```
//! A size stands before what it sizes and counts the bytes in the input, before decoding. What
//! has no size goes up to the literal text after it, or to the end of the input. `%T{6}` is the
//! size 6 itself and reads nothing.

use regex::bytes::Regex;

use crate::grammar::{SyntaxError, syntax::Cursor};

use super::{
    decode::Decoder,
    go_layout,
    number::{self, NumberFormat},
    pattern::{self, Modifier, Token, Verb},
};

const SUBJECT: &str = "format";
const EXAMPLE: &str = r"%k %v\n";

/// A format, ready to read records.
#[derive(Debug, Clone)]
pub(crate) struct InputFormat {
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Literal(Vec<u8>),
    Size(TextField, NumberSource),
    Text { field: TextField, extent: Extent, decoders: Vec<Decoder> },
    Partition(NumberSource),
    Timestamp(TimeSource),
    HeaderCount(NumberSource),
    Headers(Vec<Step>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextField {
    Topic,
    Key,
    Value,
}

/// How far a text goes.
#[derive(Debug, Clone)]
pub(crate) enum Extent {
    /// As far as the size says that was read before.
    Sized,
    /// Up to this literal, which the next step takes; or to the end of the input.
    Until(Vec<u8>),
    ToEnd,
    /// One JSON value.
    Json,
    /// What the expression, anchored here, matches.
    Match(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberSource {
    Read(NumberFormat),
    Fixed(u64),
}

#[derive(Debug, Clone)]
pub(crate) enum TimeSource {
    /// Milliseconds since 1970.
    Number(NumberFormat),
    Rfc3339(Extent),
    Strftime(String, Extent),
}

impl InputFormat {
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(SUBJECT, EXAMPLE, text);
        let tokens = pattern::tokens(&mut cursor)?;
        let steps = Compiler { cursor: &cursor, seen: String::new(), is_header: false }.steps(&tokens)?;
        if !steps.iter().any(|step| matches!(step, Step::Text { .. })) {
            return Err(cursor.error("nothing is read; `%v` reads a value,"));
        }
        Ok(Self { steps })
    }

    /// Whether records name their topics.
    pub(crate) fn reads_topic(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Text { field: TextField::Topic, .. }))
    }
}

/// Compiles one level: the format itself, or what is in the braces of `%h`.
struct Compiler<'c, 't> {
    cursor: &'c Cursor<'t>,
    /// The letters met so far.
    seen: String,
    is_header: bool,
}

impl Compiler<'_, '_> {
    fn steps(mut self, tokens: &[Token]) -> Result<Vec<Step>, SyntaxError> {
        let mut steps = Vec::with_capacity(tokens.len());
        for (index, token) in tokens.iter().enumerate() {
            steps.push(match token {
                Token::Literal(bytes) => Step::Literal(bytes.clone()),
                Token::Verb(verb) => {
                    let step = self.step(verb, tokens.get(index + 1))?;
                    self.seen.push(verb.letter);
                    step
                }
            });
        }
        for (size, text) in [('T', 't'), ('K', 'k'), ('V', 'v'), ('H', 'h')] {
            if self.seen.contains(size) && !self.seen.contains(text) {
                return Err(self.cursor.error(format!("`%{size}` sizes a `%{text}` that is not there")));
            }
        }
        Ok(steps)
    }

    fn step(&self, verb: &Verb, next: Option<&Token>) -> Result<Step, SyntaxError> {
        let letter = verb.letter;
        if self.seen.contains(letter) {
            return Err(self.cursor.error_at(verb.at, format!("there is a second `%{letter}`")));
        }
        if self.is_header && !"kKvV".contains(letter) {
            let reason = format!("`%{letter}` is not of a header, which has `%k`, `%K`, `%v` and `%V`,");
            return Err(self.cursor.error_at(verb.at, reason));
        }
        match letter {
            't' => self.text(verb, TextField::Topic, next),
            'k' => self.text(verb, TextField::Key, next),
            'v' => self.text(verb, TextField::Value, next),
            'T' => self.size(verb, TextField::Topic),
            'K' => self.size(verb, TextField::Key),
            'V' => self.size(verb, TextField::Value),
            'p' => self.number(verb).map(Step::Partition),
            'd' => self.time(verb, next).map(Step::Timestamp),
            'H' if self.seen.contains('h') => {
                Err(self.cursor.error_at(verb.at, "`%H` stands after the `%h` that it counts,"))
            }
            'H' => self.number(verb).map(Step::HeaderCount),
            'h' if !self.seen.contains('H') => Err(self
                .cursor
                .error_at(verb.at, "`%h` needs the number of headers before it, as in `%H{2}%h{%k=%v }`,")),
            'h' => {
                let inner = Compiler { cursor: self.cursor, seen: String::new(), is_header: true };
                inner.steps(&verb.header).map(Step::Headers)
            }
            other => {
                let reason = format!("there is no `%{other}` in the input; a percent sign is `%%`,");
                Err(self.cursor.error_at(verb.at, reason))
            }
        }
    }

    fn size(&self, verb: &Verb, field: TextField) -> Result<Step, SyntaxError> {
        let text = verb.letter.to_ascii_lowercase();
        if self.seen.contains(text) {
            let reason = format!("`%{}` stands after the `%{text}` that it sizes,", verb.letter);
            return Err(self.cursor.error_at(verb.at, reason));
        }
        self.number(verb).map(|number| Step::Size(field, number))
    }

    fn number(&self, verb: &Verb) -> Result<NumberSource, SyntaxError> {
        match verb.modifiers.as_slice() {
            [] => Ok(NumberSource::Read(NumberFormat::Ascii)),
            [Modifier { name, argument: None, at }] => {
                let fixed = || name.parse().ok().map(NumberSource::Fixed);
                let format = || {
                    let format = NumberFormat::from_name(name)?;
                    (format != NumberFormat::Hex).then_some(NumberSource::Read(format))
                };
                fixed().or_else(format).ok_or_else(|| {
                    let known = number::NAMES.replace("hex, ", "");
                    let reason = format!(
                        "there is no number modifier `{name}` (there are {known}, and a number itself)"
                    );
                    self.cursor.error_at(*at, reason)
                })
            }
            [first, ..] => {
                Err(self.cursor.error_at(first.at, "a number takes one modifier, without an argument,"))
            }
        }
    }

    fn text(&self, verb: &Verb, field: TextField, next: Option<&Token>) -> Result<Step, SyntaxError> {
        let mut decoders = Vec::new();
        let mut expression = None;
        for modifier in &verb.modifiers {
            match (modifier.name.as_str(), modifier.argument.as_deref()) {
                ("re", Some(text)) => {
                    let regex = Regex::new(&format!(r"\A(?:{text})")).map_err(|error| {
                        let text = error.to_string();
                        let last =
                            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                        self.cursor.error_at(modifier.at, format!("the expression is wrong ({last})"))
                    })?;
                    expression = Some(regex);
                }
                (name, argument) => {
                    decoders.push(Decoder::from_modifier(name, argument).ok_or_else(|| {
                        let known = "hex, base64, json, null, null[NULL], re[...]";
                        self.cursor.error_at(
                            modifier.at,
                            format!("there is no text modifier `{name}` (there are {known})"),
                        )
                    })?);
                }
            }
        }
        let is_sized = self.seen.contains(verb.letter.to_ascii_uppercase());
        let extent = match expression {
            Some(_) if is_sized => {
                return Err(self.cursor.error_at(verb.at, "a text with a size takes no expression,"));
            }
            Some(regex) => Extent::Match(regex),
            None if is_sized => Extent::Sized,
            None if decoders.first() == Some(&Decoder::Json) => Extent::Json,
            None => self.extent(verb, next)?,
        };
        Ok(Step::Text { field, extent, decoders })
    }

    /// Up to the literal that follows, or to the end when nothing does.
    fn extent(&self, verb: &Verb, next: Option<&Token>) -> Result<Extent, SyntaxError> {
        match next {
            Some(Token::Literal(bytes)) => Ok(Extent::Until(bytes.clone())),
            None if !self.is_header => Ok(Extent::ToEnd),
            _ => {
                let letter = verb.letter;
                let reason = format!("`%{letter}` has neither a size before it nor a delimiter after it,");
                Err(self.cursor.error_at(verb.at, reason))
            }
        }
    }

    fn time(&self, verb: &Verb, next: Option<&Token>) -> Result<TimeSource, SyntaxError> {
        match verb.modifiers.as_slice() {
            [Modifier { name, argument: None, .. }] if name == "rfc3339" => {
                Ok(TimeSource::Rfc3339(self.extent(verb, next)?))
            }
            [Modifier { name, argument: Some(format), .. }] if name == "strftime" => {
                Ok(TimeSource::Strftime(format.clone(), self.extent(verb, next)?))
            }
            [Modifier { name, argument: Some(layout), .. }] if name == "go" => {
                Ok(TimeSource::Strftime(go_layout::to_strftime(layout), self.extent(verb, next)?))
            }
            _ => match self.number(verb)? {
                NumberSource::Read(format) => Ok(TimeSource::Number(format)),
                NumberSource::Fixed(_) => Err(self.cursor.error_at(verb.at, "`%d` takes no fixed number,")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_cannot_be_read_are_refused_with_their_place() {
        for (format, wanted) in [
            ("", "nothing is read; `%v` reads a value, at the end"),
            ("%k%v", "`%k` has neither a size before it nor a delimiter after it, at character 1"),
            ("%k %K %v", "`%K` stands after the `%k` that it sizes, at character 4"),
            ("%K%v", "`%K` sizes a `%k` that is not there at the end"),
            ("%v %v", "there is a second `%v` at character 4"),
            (
                "%h{%k }%v",
                "`%h` needs the number of headers before it, as in `%H{2}%h{%k=%v }`, at character 1",
            ),
            (
                "%H{1}%h{%o }%v",
                "`%o` is not of a header, which has `%k`, `%K`, `%v` and `%V`, at character 9",
            ),
            (
                "%H{1}%h{%k=%v}%v",
                "`%v` has neither a size before it nor a delimiter after it, at character 12",
            ),
            ("%o %v", "there is no `%o` in the input; a percent sign is `%%`, at character 1"),
            (
                "%V{hex}%v",
                "there is no number modifier `hex` (there are ascii, hex64, hex32, hex16, hex8, hex4, ",
            ),
            (
                "%v{zip}",
                "there is no text modifier `zip` (there are hex, base64, json, null, null[NULL], re[...])",
            ),
            ("%v{re#(#}", "the expression is wrong (unclosed group) at character 4"),
            ("%d{7} %v", "`%d` takes no fixed number, at character 1"),
        ] {
            let error = InputFormat::parse(format).unwrap_err().to_string();
            assert!(error.starts_with(&format!("format `{format}`: {wanted}")), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(format in "[%{}\\[\\]#;\\\\a-zA-Z0-9 ]{0,30}|\\PC{0,20}") {
            let _ = InputFormat::parse(&format);
        }
    }
}
