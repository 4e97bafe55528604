//! Go's way to describe a time by an example (`2006-01-02T15:04:05Z07:00`), in UTC.

/// The parts of Go's reference time, longer spellings before their beginnings, each with the
/// `strftime` directive that writes it.
const PARTS: [(&str, &str); 27] = [
    ("January", "%B"),
    ("Monday", "%A"),
    ("Z07:00", "Z"),
    ("-07:00", "+00:00"),
    ("Z0700", "Z"),
    ("-0700", "+0000"),
    ("2006", "%Y"),
    ("Z07", "Z"),
    ("-07", "+00"),
    ("Jan", "%b"),
    ("Mon", "%a"),
    ("MST", "UTC"),
    ("002", "%j"),
    ("_2", "%e"),
    ("01", "%m"),
    ("02", "%d"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("15", "%H"),
    ("PM", "%p"),
    ("pm", "%P"),
    ("1", "%-m"),
    ("2", "%-d"),
    ("3", "%-I"),
    ("4", "%-M"),
];

/// Translates a Go layout into a `strftime` format.
pub(crate) fn to_strftime(layout: &str) -> String {
    let mut format = String::with_capacity(2 * layout.len());
    let mut rest = layout;
    while let Some(next) = rest.chars().next() {
        if let Some((directive, length)) = fraction(rest) {
            format.push_str(&directive);
            rest = rest.get(length..).unwrap_or_default();
        } else if let Some((part, directive)) = PARTS.iter().find(|(part, _)| rest.starts_with(part)) {
            format.push_str(directive);
            rest = rest.get(part.len()..).unwrap_or_default();
        } else if next == '5' {
            format.push_str("%-S");
            rest = rest.get(1..).unwrap_or_default();
        } else {
            if next == '%' {
                format.push('%');
            }
            format.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    format
}

/// `.000` keeps its zeros, `.999` drops those at the end; either counts only where no further
/// digit follows.
fn fraction(text: &str) -> Option<(String, usize)> {
    let after = text.strip_prefix(['.', ','])?;
    let digit = after.chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = after.chars().take_while(|c| *c == digit).count();
    if digits > 9 || after.chars().nth(digits).is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let comma = text.starts_with(',');
    let directive = match (digit, comma) {
        ('0', false) => format!("%.{digits}f"),
        ('0', true) => format!(",%{digits}f"),
        (_, false) => "%.f".to_owned(),
        (_, true) => ",%f".to_owned(),
    };
    Some((directive, 1 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_translated() {
        for (layout, wanted) in [
            ("2006-01-02T15:04:05Z07:00", "%Y-%m-%dT%H:%M:%SZ"),
            ("2006-01-02T15:04:05.000Z07:00", "%Y-%m-%dT%H:%M:%S%.3fZ"),
            ("2006-01-02T15:04:05.999999999Z07:00", "%Y-%m-%dT%H:%M:%S%.fZ"),
            ("Mon Jan _2 15:04:05 MST 2006", "%a %b %e %H:%M:%S UTC %Y"),
            ("Monday, 02-Jan-06 03:04:05PM", "%A, %d-%b-%y %I:%M:%S%p"),
            ("1/2 3:4:5pm -0700", "%-m/%-d %-I:%-M:%-S%P +0000"),
            ("100% 002", "%-m00%% %j"),
            ("05,000", "%S,%3f"),
        ] {
            assert_eq!(to_strftime(layout), wanted, "{layout}");
        }
    }
}
