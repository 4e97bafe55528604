//! Subscriptions to every topic whose whole name a regular expression matches, in the syntax of RE2.

mod re2;

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

/// The most bytes that an expression may take once it is compiled. Those for names of topics take a few thousand.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// An expression that no topics can be found with, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("SubscribedTopicRegex `{pattern}` is not a valid regular expression: {reason}")]
pub(crate) struct InvalidPattern {
    pattern: String,
    reason: String,
}

/// The topics whose whole name the expression matches. Internal topics are topics like all others.
pub(crate) fn resolve<'a>(
    pattern: &str,
    topics: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<String>, InvalidPattern> {
    let whole_name =
        compile(pattern).map_err(|reason| InvalidPattern { pattern: pattern.to_owned(), reason })?;
    Ok(topics.filter(|topic| whole_name.is_match(topic)).map(str::to_owned).collect())
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let pattern = re2::translate(pattern)?;
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(COMPILED_BYTES_MAX).build().map_err(
        |error| match error {
            regex::Error::CompiledTooBig(limit) => format!("compiled, it takes more than {limit} bytes"),
            // The last line says what is wrong, those before show where in what stands there after translation.
            error => {
                let text = error.to_string();
                let reason = text.lines().next_back().unwrap_or_default();
                reason.trim_start_matches("error: ").to_owned()
            }
        },
    )
}

#[cfg(test)]
mod tests;
