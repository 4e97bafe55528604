//! Java properties files, as `server.properties` is one.

/// One entry, with the line that it begins on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: String,
}

/// Reads a properties file: comments, continued lines, escapes, and `=`, `:` or a space between key and value.
///
/// # Errors
/// The line and what is wrong with it: an escape that is not one.
pub(super) fn parse(text: &str) -> Result<Vec<Property>, (usize, String)> {
    let mut properties = Vec::new();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
    while let Some((line, first)) = lines.next() {
        if first.is_empty() || first.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = first.to_owned();
        while is_continued(&logical) {
            logical.pop();
            match lines.next() {
                Some((_, next)) => logical.push_str(next),
                None => break,
            }
        }
        let (key, value) = split(&logical);
        let unescaped = |text| unescape(text).map_err(|reason| (line, reason));
        properties.push(Property { line, key: unescaped(key)?, value: unescaped(value)? });
    }
    Ok(properties)
}

/// Whether a line ends in an odd number of backslashes.
fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Key and value: the key ends at the first `=`, `:` or space that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.find(|character: char| {
        let ends = !escaped && (matches!(character, '=' | ':') || character.is_ascii_whitespace());
        escaped = !escaped && character == '\\';
        ends
    });
    let Some(end) = end else { return (line, "") };
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (key, value.trim_start())
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => plain.push(unicode(&mut characters)?),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    Ok(plain)
}

/// The character behind `\u`: four hexadecimal digits, or two such escapes for one beyond the first 65,536.
fn unicode(characters: &mut std::str::Chars<'_>) -> Result<char, String> {
    let malformed = || "`\\u` must be followed by the four hexadecimal digits of a character".to_owned();
    let unit = |characters: &mut std::str::Chars<'_>| {
        let digits: String = characters.by_ref().take(4).collect();
        let all = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(&digits, 16).ok().filter(|_| all).ok_or_else(malformed)
    };
    let first = unit(characters)?;
    let units = if (0xd800..0xdc00).contains(&first) {
        let rest = characters.as_str().strip_prefix("\\u").ok_or_else(malformed)?;
        *characters = rest.chars();
        vec![first, unit(characters)?]
    } else {
        vec![first]
    };
    char::decode_utf16(units).next().and_then(Result::ok).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap().into_iter().map(|property| (property.key, property.value)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let mut pairs = pairs(text);
        assert_eq!(pairs.len(), 1, "{text}");
        pairs.remove(0)
    }

    #[test]
    fn all_separators() {
        for text in ["a=b", "a = b", "a: b", "a b", "  a\t b", "a =b"] {
            assert_eq!(one(text), ("a".to_owned(), "b".to_owned()), "{text}");
        }
        assert_eq!(one("a=b=c"), ("a".to_owned(), "b=c".to_owned()));
        assert_eq!(one("a"), ("a".to_owned(), String::new()));
        assert_eq!(one("listeners=PLAINTEXT://:9092").1, "PLAINTEXT://:9092");
    }

    #[test]
    fn comments_and_empty_lines_are_nothing() {
        assert_eq!(pairs("# a=b\n\n  ! c=d\n \t\n"), []);
    }

    #[test]
    fn lines_continue_and_keep_their_number() {
        let properties = parse("# first\na=b,\\\n    c,\\\n    d\ne=f\\\\\ng=h\\").unwrap();
        let seen: Vec<_> = properties.iter().map(|p| (p.line, p.key.as_str(), p.value.as_str())).collect();
        assert_eq!(seen, [(2, "a", "b,c,d"), (5, "e", "f\\"), (6, "g", "h")]);
    }

    #[test]
    fn escapes() {
        assert_eq!(one("a\\=b\\:c\\ d=x"), ("a=b:c d".to_owned(), "x".to_owned()));
        assert_eq!(one("a=\\t\\n\\\\\\q").1, "\t\n\\q");
        assert_eq!(one("a=\\u00e9\\uD83D\\uDE00").1, "\u{e9}\u{1f600}");
        assert_eq!(parse("x=1\na=\\u12").unwrap_err().0, 2);
        assert!(parse("a=\\uD83D").is_err());
        assert!(parse("a=\\u+123").is_err());
    }
}
