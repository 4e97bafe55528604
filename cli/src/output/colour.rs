//! The one decision whether to use colour.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr, stdout};
use std::sync::OnceLock;

use clap::ValueEnum;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColourChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// Whether colours are used, for each of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Colour {
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
}

static DECIDED: OnceLock<Colour> = OnceLock::new();

impl Colour {
    /// Flag, then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR=0`, `TERM=dumb`, then whether anybody sees it.
    pub(crate) fn decide(choice: ColourChoice, environment: &BTreeMap<String, String>) -> Self {
        let terminals = Colour { stdout: stdout().is_terminal(), stderr: stderr().is_terminal() };
        Self::decide_for(choice, environment, terminals)
    }

    fn decide_for(choice: ColourChoice, environment: &BTreeMap<String, String>, terminals: Colour) -> Self {
        let both = |colour| Colour { stdout: colour, stderr: colour };
        let variable =
            |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
        match choice {
            ColourChoice::Always => return both(true),
            ColourChoice::Never => return both(false),
            ColourChoice::Auto => {}
        }
        if variable("NO_COLOR").is_some() {
            return both(false);
        }
        if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            return both(true);
        }
        if variable("CLICOLOR") == Some("0") || variable("TERM") == Some("dumb") {
            return both(false);
        }
        terminals
    }

    /// Makes the decision count. `colored` would look at standard output alone; it is told to paint always, and asked
    /// only for a stream that has colour.
    pub(crate) fn apply(self) {
        DECIDED.get_or_init(|| self);
        colored::control::set_override(true);
    }

    /// What was decided; no colour before that.
    pub(crate) fn decided() -> Colour {
        DECIDED.get().copied().unwrap_or_default()
    }
}

/// The decision in the parser's words. Its errors go to standard error, its help to standard output; they are told
/// apart when they are printed.
pub(crate) fn clap_colour() -> clap::ColorChoice {
    let colour = Colour::decided();
    if colour.stdout || colour.stderr { clap::ColorChoice::Always } else { clap::ColorChoice::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Colour = Colour { stdout: true, stderr: true };

    fn decide(choice: ColourChoice, variables: &[(&str, &str)], terminals: Colour) -> bool {
        let environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Colour::decide_for(choice, &environment, terminals).stdout
    }

    #[test]
    fn the_flag_beats_the_environment_beats_the_terminal() {
        let none = Colour::default();
        assert!(decide(ColourChoice::Auto, &[], TERMINAL));
        assert!(!decide(ColourChoice::Auto, &[], none));
        assert!(!decide(ColourChoice::Auto, &[("NO_COLOR", "1")], TERMINAL));
        assert!(decide(ColourChoice::Auto, &[("NO_COLOR", "")], TERMINAL));
        assert!(!decide(ColourChoice::Auto, &[("CLICOLOR", "0")], TERMINAL));
        assert!(!decide(ColourChoice::Auto, &[("TERM", "dumb")], TERMINAL));
        assert!(decide(ColourChoice::Auto, &[("CLICOLOR_FORCE", "1")], none));
        assert!(!decide(ColourChoice::Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], none));
        assert!(decide(ColourChoice::Always, &[("NO_COLOR", "1")], none));
        assert!(!decide(ColourChoice::Never, &[("CLICOLOR_FORCE", "1")], TERMINAL));
    }

    #[test]
    fn each_stream_is_decided_for_itself() {
        let only_stderr = Colour { stdout: false, stderr: true };
        assert_eq!(Colour::decide_for(ColourChoice::Auto, &BTreeMap::new(), only_stderr), only_stderr);
    }
}
