//! Names of profiles.

use crate::error::ProfileError;

/// The longest name of a profile, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Whether `name` can name a profile: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, the first a letter or digit, so
/// that a name needs no quotes in a shell and is never taken for a flag.
pub fn check_name(name: &str) -> Result<(), ProfileError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > NAME_BYTES_MAX {
        "it has more than 64 characters"
    } else if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        "it does not start with an ASCII letter or a digit"
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        "only ASCII letters, digits, `.`, `_` and `-` are possible"
    } else {
        return Ok(());
    };
    Err(ProfileError::InvalidName { name: name.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_no_quotes_are_accepted() {
        for name in ["prod", "eu-west.1", "0", &"a".repeat(64)] {
            check_name(name).unwrap();
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "-", "-x", ".hidden", "a b", "a/b", "größe", &"a".repeat(65)] {
            assert!(matches!(check_name(name), Err(ProfileError::InvalidName { .. })), "{name}");
        }
    }
}
