//! Cuts a format into literals and verbs.
//!
//! ```text
//! %v   %v{hex}   %v{utf8;trunc40}   %d{strftime[%F %T]}   %h{ %k=%v{hex} }   %% %{ %}   \t \xNN
//! ```
//! The argument of a modifier stands between brackets, braces or `#`, any number of them, so that
//! it can hold the bracket itself: `re[[a[0-9]]]`.

use crate::grammar::syntax::{Cursor, SyntaxError};

use super::escape;

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Literal(Vec<u8>),
    Verb(Verb),
}

/// `%` and a letter, with what stands in its braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verb {
    pub(crate) letter: char,
    /// Byte position of the `%` in the format.
    pub(crate) at: usize,
    pub(crate) modifiers: Vec<Modifier>,
    /// What one header looks like; `%h` has it, and nothing else.
    pub(crate) header: Vec<Token>,
}

/// One word in a verb's braces, such as `hex` or `strftime[%F]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modifier {
    pub(crate) name: String,
    pub(crate) argument: Option<String>,
    /// Byte position of the name in the format.
    pub(crate) at: usize,
}

/// Cuts a whole format. `cursor` carries it and the words of its errors.
pub(crate) fn tokens(cursor: &mut Cursor<'_>) -> Result<Vec<Token>, SyntaxError> {
    sequence(cursor, false)
}

fn sequence(cursor: &mut Cursor<'_>, is_header: bool) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut literal = Vec::new();
    while let Some(next) = cursor.peek() {
        match next {
            '\\' => literal.push(escape::escaped(cursor)?),
            '}' if is_header => break,
            '%' => {
                let at = cursor.at();
                cursor.next();
                match cursor.next() {
                    Some(plain @ ('%' | '{' | '}')) => literal.push(plain as u8),
                    Some(letter) => {
                        if !literal.is_empty() {
                            tokens.push(Token::Literal(std::mem::take(&mut literal)));
                        }
                        tokens.push(Token::Verb(verb(cursor, letter, at)?));
                    }
                    None => return Err(cursor.error_at(at, "`%` needs a letter; a percent sign is `%%`,")),
                }
            }
            _ => literal.extend_from_slice(cursor.take_bytes(next.len_utf8()).as_bytes()),
        }
    }
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal));
    }
    Ok(tokens)
}

fn verb(cursor: &mut Cursor<'_>, letter: char, at: usize) -> Result<Verb, SyntaxError> {
    let mut verb = Verb { letter, at, modifiers: Vec::new(), header: Vec::new() };
    if letter == 'h' {
        if !cursor.eat("{") {
            return Err(cursor.error_at(at, "`%h` needs what a header looks like, as in `%h{%k=%v }`,"));
        }
        verb.header = sequence(cursor, true)?;
        if !cursor.eat("}") {
            return Err(cursor.error("the closing `}` of `%h{` is missing"));
        }
    } else if cursor.eat("{") {
        loop {
            verb.modifiers.push(modifier(cursor, letter)?);
            if cursor.eat("}") {
                break;
            }
            if !cursor.eat(";") {
                return Err(cursor.error(format!("the closing `}}` of `%{letter}{{` is missing")));
            }
        }
    }
    Ok(verb)
}

fn modifier(cursor: &mut Cursor<'_>, letter: char) -> Result<Modifier, SyntaxError> {
    let at = cursor.at();
    let name = cursor.take_while(|c| !"[{#;}".contains(c)).to_owned();
    if name.is_empty() {
        return Err(cursor.error_at(at, format!("the braces of `%{letter}` hold no word")));
    }
    let Some(open @ ('[' | '{' | '#')) = cursor.peek() else {
        return Ok(Modifier { name, argument: None, at });
    };
    let count = cursor.take_while(|c| c == open).len();
    let close = match open {
        '[' => "]",
        '{' => "}",
        _ => "#",
    }
    .repeat(count);
    // A doubled `#` in one run is an empty argument.
    if open == '#' && count.is_multiple_of(2) && !cursor.rest().contains(&close) {
        return Ok(Modifier { name, argument: Some(String::new()), at });
    }
    let Some(length) = cursor.rest().find(&close) else {
        return Err(cursor.error(format!("the closing `{close}` of `{name}` is missing")));
    };
    let argument = cursor.take_bytes(length).to_owned();
    cursor.eat(&close);
    Ok(Modifier { name, argument: Some(argument), at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Vec<Token>, String> {
        tokens(&mut Cursor::new("format", r"%v\n", text)).map_err(|error| error.to_string())
    }

    fn literal(text: &str) -> Token {
        Token::Literal(text.as_bytes().to_vec())
    }

    fn plain(letter: char, at: usize) -> Token {
        Token::Verb(Verb { letter, at, modifiers: Vec::new(), header: Vec::new() })
    }

    #[test]
    fn literals_escapes_and_verbs() {
        assert_eq!(
            cut(r"%%a%{\t%k \x41{%v}%}").unwrap(),
            [literal("%a{\t"), plain('k', 7), literal(" A{"), plain('v', 15), literal("}}")]
        );
        assert_eq!(cut("").unwrap(), []);
    }

    #[test]
    fn modifiers_with_any_wrap() {
        for (text, argument) in [
            ("%d{strftime[%F %T]}", "%F %T"),
            ("%d{strftime[[%F]%T]]}", "%F]%T"),
            ("%d{strftime{%F}}", "%F"),
            ("%d{strftime#%F}#}", "%F}"),
            ("%d{strftime##%F#%T##}", "%F#%T"),
        ] {
            let modifier =
                Modifier { name: "strftime".to_owned(), argument: Some(argument.to_owned()), at: 3 };
            let verb = Verb { letter: 'd', at: 0, modifiers: vec![modifier], header: Vec::new() };
            assert_eq!(cut(text).unwrap(), [Token::Verb(verb)], "{text}");
        }
    }

    #[test]
    fn headers_hold_a_format_of_their_own() {
        let Token::Verb(verb) = cut("%h{ %k=%v{hex;trunc4} %}}").unwrap().remove(0) else { panic!("a verb") };
        assert_eq!(verb.header.len(), 5);
        assert_eq!(verb.header.last(), Some(&literal(" }")));
        let Token::Verb(value) = &verb.header[3] else { panic!("a verb") };
        assert_eq!(value.modifiers.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["hex", "trunc4"]);
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            ("a%", "`%` needs a letter; a percent sign is `%%`, at character 2"),
            ("%h", "`%h` needs what a header looks like, as in `%h{%k=%v }`, at character 1"),
            ("%h{%k", "the closing `}` of `%h{` is missing at the end"),
            ("%v{hex", "the closing `}` of `%v{` is missing at the end"),
            ("%v{}", "the braces of `%v` hold no word at character 4"),
            ("%d{strftime[%F}", "the closing `]` of `strftime` is missing at character 13"),
        ] {
            assert_eq!(cut(text).unwrap_err(), format!(r"format `{text}`: {wanted}; for example `%v\n`"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[%{}\\[\\]#;\\\\a-z]{0,30}|\\PC{0,20}") {
            let _ = cut(&text);
        }
    }
}
