//! Names of topics.

/// The longest name: with a partition's number it must still be a file name.
const NAME_LEN_MAX: usize = 249;

/// Whether a topic may have this name: 1 to 249 of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`.
pub(crate) fn is_legal_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME_LEN_MAX).contains(&name.len()) && name.bytes().all(legal) && name != "." && name != ".."
}

/// What is wrong with a name; `None` for a good one.
pub(super) fn fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a topic name cannot be empty".to_owned());
    }
    if name.len() > NAME_LEN_MAX {
        return Some(format!(
            "a topic name can have {NAME_LEN_MAX} characters, and this one has {}",
            name.len()
        ));
    }
    (!is_legal_name(name)).then(|| {
        let shown = name.escape_debug();
        format!(
            "topic name `{shown}` is not legal: use letters, digits, `.`, `_` and `-`, and not `.` or `..` alone"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "A.b_c-9", "...", &"x".repeat(249), "__consumer_offsets"] {
            assert!(is_legal_name(name) && fault(name).is_none(), "{name}");
        }
        for name in ["", ".", "..", "a b", "a/b", "\u{e9}", "a\n", &"x".repeat(250)] {
            assert!(!is_legal_name(name) && fault(name).is_some(), "{name}");
        }
    }
}
