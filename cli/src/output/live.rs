//! A text that is drawn anew in its place on a terminal, and one below the other elsewhere.

use std::io::IsTerminal;

use dialoguer::console::{Term, truncate_str};

use crate::error::CommandError;

/// The place of such a text on standard output.
#[derive(Debug)]
pub(crate) struct Live {
    terminal: Option<Term>,
    /// How many lines the last text has.
    lines: usize,
    is_first: bool,
}

impl Live {
    /// Standard output; drawn anew only where that is a terminal and `may_redraw`.
    pub(crate) fn stdout(may_redraw: bool) -> Self {
        let is_drawn = may_redraw && std::io::stdout().is_terminal();
        Live { terminal: is_drawn.then(Term::stdout), lines: 0, is_first: true }
    }

    /// Shows `text` in place of the last one.
    pub(crate) fn show(&mut self, text: &str) -> Result<(), CommandError> {
        let shown = match &self.terminal {
            None => format!("{}{text}", if self.is_first { "" } else { "\n" }),
            Some(terminal) => {
                let (height, width) = terminal.size();
                let shown = fitted(text, usize::from(height), usize::from(width));
                let back = if self.lines == 0 { String::new() } else { format!("\u{1b}[{}A", self.lines) };
                self.lines = shown.lines().count();
                format!("{back}\r\u{1b}[J{shown}")
            }
        };
        self.is_first = false;
        super::print(&shown)
    }
}

/// What a terminal has room for: a line that wrapped, or one that scrolled away, could not be drawn over.
fn fitted(text: &str, height: usize, width: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let room = height.saturating_sub(1).max(1);
    let (shown, hidden) =
        if lines.len() <= room { (lines.len(), 0) } else { (room - 1, lines.len() + 1 - room) };
    let mut fitted: String =
        lines.iter().take(shown).map(|line| truncate_str(line, width, "…").into_owned() + "\n").collect();
    if hidden > 0 {
        fitted += &truncate_str(&format!("… {hidden} more lines\n"), width, "…");
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_the_terminal() {
        assert_eq!(fitted("one\ntwo\n", 24, 80), "one\ntwo\n");
        assert_eq!(fitted("one\ntwo\n", 24, 2), "o…\nt…\n");
        assert_eq!(fitted("1\n2\n3\n4\n", 4, 80), "1\n2\n… 2 more lines\n");
    }
}
