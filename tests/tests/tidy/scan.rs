//! Enough of Rust's grammar to tell code from comments and literals, tests from what is shipped, and paths from words.

use std::ops::Range;

/// A source file, read.
#[derive(Debug)]
pub(crate) struct Rust {
    pub(crate) text: String,
    /// The text with comments, strings and characters blanked: the same bytes, the same lines.
    pub(crate) code: String,
    /// Where items stand that are compiled for tests alone, attributes included.
    tests: Vec<Range<usize>>,
}

/// An identifier, `::`, or any other single character that is not white space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) at: usize,
    pub(crate) text: &'a str,
}

/// A path that is written out, or one leaf of a `use` tree: `crate::{a::b, c}` mentions `crate::a::b` and `crate::c`.
#[derive(Debug)]
pub(crate) struct Mention<'a> {
    pub(crate) at: usize,
    pub(crate) segments: Vec<&'a str>,
}

impl Rust {
    pub(crate) fn parse(text: &str) -> Rust {
        let code = blank(text);
        let tests = test_items(&code);
        Rust { text: text.to_owned(), code, tests }
    }

    /// The line of a byte position, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    pub(crate) fn is_test(&self, at: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&at))
    }

    /// The lines that are not part of a test, with their numbers from 1.
    pub(crate) fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut start = 0;
        let starts = self.text.split_inclusive('\n').enumerate().map(move |(index, line)| {
            let at = start;
            start += line.len();
            (index + 1, at, line)
        });
        starts
            .filter(|(_, at, line)| !self.is_test(at + line.len() - line.trim_start().len()))
            .map(|(n, _, line)| (n, line))
    }

    /// The tokens that are not part of a test.
    pub(crate) fn shipped_tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.code).into_iter().filter(|token| !self.is_test(token.at)).collect()
    }

    /// The paths of two or more segments that are not part of a test.
    pub(crate) fn shipped_mentions(&self) -> Vec<Mention<'_>> {
        mentions(&self.shipped_tokens())
    }
}

pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = match first {
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        if !first.is_whitespace() {
            found.push(Token { at, text: &rest[..length] });
        }
        at += length;
    }
    found
}

/// The index after the bracket that closes the one at `open`.
pub(crate) fn after_bracket(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_name(token: &Token<'_>) -> bool {
    token.text.starts_with(is_word)
}

fn mentions<'a>(tokens: &[Token<'a>]) -> Vec<Mention<'a>> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        index = if is_name(&tokens[index]) { mention(tokens, index, &[], &mut found) } else { index + 1 };
    }
    found.retain(|mention| mention.segments.len() > 1);
    found
}

/// Reads one path or `use` tree at `index`, which is a name, `*` or `{`; answers the index after it.
fn mention<'a>(
    tokens: &[Token<'a>],
    index: usize,
    before: &[&'a str],
    found: &mut Vec<Mention<'a>>,
) -> usize {
    let token = tokens[index];
    if token.text == "{" {
        let end = after_bracket(tokens, index);
        let mut inner = index + 1;
        while inner < end {
            let opens = is_name(&tokens[inner]) || matches!(tokens[inner].text, "*" | "{");
            inner = if opens { mention(tokens, inner, before, found) } else { inner + 1 };
        }
        return end;
    }
    let segments: Vec<&str> = before.iter().copied().chain([token.text]).collect();
    let goes_on = tokens.get(index + 1).is_some_and(|next| next.text == "::")
        && tokens.get(index + 2).is_some_and(|next| is_name(next) || matches!(next.text, "*" | "{"));
    if goes_on {
        return mention(tokens, index + 2, &segments, found);
    }
    found.push(Mention { at: token.at, segments });
    let renamed = tokens.get(index + 1).is_some_and(|next| next.text == "as");
    index + if renamed { 3 } else { 1 }
}

/// Where items stand under `#[cfg(test)]`, `#[test]` and their like.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let tokens = tokens(code);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut index = 0;
    while index + 1 < tokens.len() {
        if tokens[index].text != "#" || tokens[index + 1].text != "[" {
            index += 1;
            continue;
        }
        let after = after_bracket(&tokens, index + 1);
        let attribute: String = tokens[index + 2..after].iter().map(|token| token.text).collect();
        let for_tests = ["cfg(test)", "cfg(all(test", "test]", "tokio::test"];
        if for_tests.iter().any(|start| attribute.starts_with(start)) {
            let end = item_end(&tokens, after);
            let end_at = tokens.get(end).map_or(code.len(), |token| token.at);
            found.push(tokens[index].at..end_at);
            index = end;
        } else {
            index = after;
        }
    }
    found
}

/// The index after the item that begins at `index`, further attributes first.
fn item_end(tokens: &[Token<'_>], mut index: usize) -> usize {
    const ITEMS: [&str; 16] = [
        "pub",
        "fn",
        "mod",
        "use",
        "impl",
        "struct",
        "enum",
        "const",
        "static",
        "type",
        "trait",
        "macro_rules",
        "async",
        "unsafe",
        "extern",
        "let",
    ];
    while tokens.get(index).is_some_and(|token| token.text == "#") {
        index = after_bracket(tokens, index + 1);
    }
    let is_item = tokens.get(index).is_some_and(|token| ITEMS.contains(&token.text));
    while let Some(token) = tokens.get(index) {
        match token.text {
            ";" => return index + 1,
            "," if !is_item => return index + 1,
            "}" => return index,
            "{" => {
                let end = after_bracket(tokens, index);
                return if tokens.get(end).is_some_and(|next| next.text == ";") { end + 1 } else { end };
            }
            "(" | "[" => index = after_bracket(tokens, index),
            _ => index += 1,
        }
    }
    index
}

fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let length = literal_length(&text[at..]);
        if length == 0 {
            code.push(first);
            at += first.len_utf8();
        } else {
            code.extend(text[at..at + length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    code
}

/// How many bytes of a comment or literal stand at the beginning; none is 0.
fn literal_length(text: &str) -> usize {
    let until = |end: Option<usize>| end.unwrap_or(text.len());
    match text.as_bytes() {
        [b'/', b'/', ..] => until(text.find('\n')),
        [b'/', b'*', ..] => comment_length(text),
        [b'"', ..] => 1 + escaped_length(&text[1..], '"'),
        [b'\'', b'\\', ..] => 1 + escaped_length(&text[1..], '\''),
        [b'\'', ..] => {
            let length = text[1..].chars().next().map_or(0, char::len_utf8);
            if text[1 + length..].starts_with('\'') { length + 2 } else { 0 }
        }
        [b'r', b'"' | b'#', ..] => {
            let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
            if !text[1 + hashes..].starts_with('"') {
                return 0;
            }
            let close = format!("\"{}", "#".repeat(hashes));
            until(text[2 + hashes..].find(&close).map(|at| 2 + hashes + at + close.len()))
        }
        _ => 0,
    }
}

/// The bytes up to and with a closing quote that no backslash stands before.
fn escaped_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let (change, step) = match rest {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a(\"x // \\\" y\", r#\"z\" w\"#, '\\'', 'q', b'r') // b\n/* c /* d */ e */ fn f<'g>() {}";
    let code = blank(text);
    assert_eq!(code.len(), text.len());
    assert_eq!(code.split_whitespace().collect::<String>(), "a(,,,,b)fnf<'g>(){}");
}

#[test]
fn use_trees_and_paths_are_mentioned_leaf_by_leaf() {
    let rust = Rust::parse(
        "use crate::{net::{Peer as P, *}, api};\nfn f() -> u8 { let a = b; super::c::d(a as u8) }",
    );
    let found: Vec<String> =
        rust.shipped_mentions().iter().map(|mention| mention.segments.join("::")).collect();
    assert_eq!(found, ["crate::net::Peer", "crate::net::*", "crate::api", "super::c::d"]);
}

#[test]
fn tests_are_told_from_what_is_shipped() {
    let text = "use a::b;\n#[cfg(test)]\nuse c::{d};\nstruct S { #[cfg(test)] e: f::g, h: i::j }\n\
                #[cfg(test)]\n#[allow(x)]\nmod tests {\n    use k::l;\n}\nuse m::n;\n";
    let rust = Rust::parse(text);
    let found: Vec<String> =
        rust.shipped_mentions().iter().map(|mention| mention.segments.join("::")).collect();
    assert_eq!(found, ["a::b", "i::j", "m::n"]);
    let lines: Vec<usize> = rust.shipped_lines().map(|(number, _)| number).collect();
    assert_eq!(lines, [1, 4, 10]);
}
