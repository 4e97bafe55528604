//! From the syntax of RE2 to that of the crate `regex`, which descends from it and has grown: what means something else there
//! is spelled differently, what only exists there is refused.

/// The most repetitions that a count may ask for.
const REPETITIONS_MAX: u32 = 1000;

/// The expression as `regex` spells it, or why it is none. What both refuse is left to `regex`.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut translation = Translation {
        rest: pattern,
        out: String::with_capacity(pattern.len()),
        depth: 0,
        names_follow: true,
    };
    let mut after_repetition = false;
    while let Some(next) = translation.rest.chars().next() {
        let repeats = translation.repetition()?;
        if repeats && after_repetition {
            return Err("invalid nested repetition operator".to_owned());
        }
        after_repetition = repeats;
        match next {
            _ if repeats => {}
            '\\' => translation.escape(Place::Outside)?,
            '[' => translation.class()?,
            '(' => translation.open_group()?,
            ')' => translation.close_group()?,
            '.' | '^' | '$' | '|' => translation.copy(1),
            _ => translation.literal(),
        }
    }
    Ok(translation.out)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InClass,
}

#[derive(Debug)]
struct Translation<'a> {
    rest: &'a str,
    out: String,
    /// How many groups are open.
    depth: usize,
    /// Whether the end of a class by name, `:]`, may still follow. It is not looked for again where it was not found.
    names_follow: bool,
}

impl Translation<'_> {
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn copy(&mut self, bytes: usize) {
        self.out.push_str(self.rest.get(..bytes).unwrap_or(self.rest));
        self.skip(bytes);
    }

    /// One character that stands for itself.
    fn literal(&mut self) {
        let Some(literal) = self.rest.chars().next() else { return };
        self.push_literal(literal);
        self.skip(literal.len_utf8());
    }

    fn push_literal(&mut self, literal: char) {
        if literal.is_ascii_punctuation() && !matches!(literal, '<' | '>') {
            self.out.push('\\');
        }
        self.out.push(literal);
    }

    /// Copies an operator that repeats what stands before it, if there is one. A brace that counts nothing is none.
    fn repetition(&mut self) -> Result<bool, String> {
        let length = match self.rest.chars().next() {
            Some('*' | '+' | '?') => 1,
            Some('{') => match counts(self.rest) {
                Some((length, low, high)) => {
                    let high = high.unwrap_or(low);
                    if low > REPETITIONS_MAX || high > REPETITIONS_MAX || high < low {
                        return Err("invalid repeat count".to_owned());
                    }
                    length
                }
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        let is_lazy = self.rest.get(length..).is_some_and(|after| after.starts_with('?'));
        self.copy(length + usize::from(is_lazy));
        Ok(true)
    }

    fn open_group(&mut self) -> Result<(), String> {
        self.depth += 1;
        if let Some(inside) = self.rest.strip_prefix("(?")
            && !inside.starts_with("P<")
            && !inside.starts_with('<')
        {
            let end = inside.find([':', ')']).unwrap_or(inside.len());
            if !inside.get(..end).unwrap_or_default().chars().all(|flag| "imsU-".contains(flag)) {
                return Err("invalid or unsupported Perl syntax".to_owned());
            }
            // A group of nothing but flags is closed right here.
            self.depth -= usize::from(inside.get(end..).is_some_and(|after| after.starts_with(')')));
            self.copy("(?".len() + end + 1);
            return Ok(());
        }
        let name_end =
            self.rest.strip_prefix("(?").and_then(|name| name.find('>')).map_or(0, |end| end + "?>".len());
        self.copy(1 + name_end);
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), String> {
        self.depth = self.depth.checked_sub(1).ok_or("unexpected )")?;
        self.copy(1);
        Ok(())
    }

    /// What begins with a backslash.
    fn escape(&mut self, place: Place) -> Result<(), String> {
        let mut after = self.rest.chars().skip(1);
        let Some(escaped) = after.next() else {
            return Err("trailing backslash at end of expression".to_owned());
        };
        let is_octal_next = after.next().is_some_and(|next| next.is_digit(8));
        match escaped {
            'Q' if place == Place::Outside => self.quoted(),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' => self.copy(2),
            'A' | 'b' | 'B' | 'z' if place == Place::Outside => self.copy(2),
            'x' | 'p' | 'P' => self.braced(),
            '0' => self.octal(),
            '1'..='7' if is_octal_next => self.octal(),
            _ if escaped.is_ascii() && !escaped.is_ascii_alphanumeric() => {
                self.skip(1);
                self.literal();
            }
            _ => return Err("invalid escape sequence".to_owned()),
        }
        Ok(())
    }

    /// `\Q` to `\E`, or to the end: everything between stands for itself.
    fn quoted(&mut self) {
        self.skip(2);
        let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        quoted.chars().for_each(|literal| self.push_literal(literal));
        self.rest = rest;
    }

    /// `\x{41}`, `\pL`, `\p{Greek}`; a name that begins with `^` means everything else.
    fn braced(&mut self) {
        let name = self.rest.get(2..).unwrap_or_default();
        match name.strip_prefix("{^") {
            Some(name) if !self.rest.starts_with("\\x") => {
                self.out.push_str(if self.rest.starts_with("\\p") { "\\P{" } else { "\\p{" });
                self.rest = name;
                self.copy(name.find('}').map_or(0, |end| end + 1));
            }
            _ if name.starts_with('{') => self.copy(name.find('}').map_or(2, |end| end + 3)),
            _ => self.copy(2 + name.chars().next().map_or(0, char::len_utf8)),
        }
    }

    /// A character by up to three octal digits.
    fn octal(&mut self) {
        let digits = self.rest.chars().skip(1).take(3).take_while(|digit| digit.is_digit(8)).count();
        let octal = self.rest.get(1..=digits).unwrap_or_default();
        // Three digits are at most 511: always a character.
        let character = u32::from_str_radix(octal, 8).ok().and_then(char::from_u32);
        self.push_literal(character.unwrap_or('\0'));
        self.skip(1 + digits);
    }

    /// `[...]`: set operations and classes inside of classes do not exist, so their characters stand for themselves.
    fn class(&mut self) -> Result<(), String> {
        let head = if self.rest.starts_with("[^") { 2 } else { 1 };
        self.copy(head);
        let mut is_first = true;
        loop {
            match self.rest.chars().next() {
                None => return Err("missing closing ]".to_owned()),
                Some(']') if !is_first => break,
                Some(_) => match self.class_name_end() {
                    Some(end) => self.copy(end),
                    None => self.class_item()?,
                },
            }
            is_first = false;
        }
        self.copy(1);
        Ok(())
    }

    /// Where a class by name ends, `[:alpha:]`, if one begins here.
    fn class_name_end(&mut self) -> Option<usize> {
        if !self.names_follow || !self.rest.starts_with("[:") {
            return None;
        }
        let end = self.rest.find(":]");
        self.names_follow = end.is_some();
        end.map(|end| end + ":]".len())
    }

    /// A character, a range of characters, or an escaped class.
    fn class_item(&mut self) -> Result<(), String> {
        let is_class = ["\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\p", "\\P"];
        let may_begin_range = !is_class.iter().any(|class| self.rest.starts_with(class));
        self.class_character()?;
        let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1;
        if may_begin_range && is_range {
            self.copy(1);
            self.class_character()?;
        }
        Ok(())
    }

    fn class_character(&mut self) -> Result<(), String> {
        if self.rest.starts_with('\\') {
            return self.escape(Place::InClass);
        }
        self.literal();
        Ok(())
    }
}

/// `{n}`, `{n,}` or `{n,m}`: its length, `n` and `m`.
fn counts(text: &str) -> Option<(usize, u32, Option<u32>)> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|next: char| !next.is_ascii_digit() && next != ',')?;
    let (inside, _) = inside.split_at_checked(end).filter(|(_, rest)| rest.starts_with('}'))?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let length = inside.len() + "{}".len();
    match inside.split_once(',') {
        None => Some((length, number(inside)?, None)),
        Some((low, "")) => Some((length, number(low)?, None)),
        Some((low, high)) => Some((length, number(low)?, Some(number(high)?))),
    }
}
