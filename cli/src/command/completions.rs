//! `fluxctl completions`.

use clap::Args;
use clap_complete::Shell;

use crate::args;
use crate::error::CommandError;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  fluxctl completions bash > ~/.local/share/bash-completion/completions/fluxctl
  fluxctl completions zsh > \"${fpath[1]}/_fluxctl\"
  fluxctl completions fish > ~/.config/fish/vendor_completions.d/fluxctl.fish

Topics and profiles as they are now are completed by the live form instead:
  source <(COMPLETE=bash fluxctl)             in ~/.bashrc
  source <(COMPLETE=zsh fluxctl)              in ~/.zshrc
  COMPLETE=fish fluxctl | source              in ~/.config/fish/config.fish";

/// Print a shell's completion script
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), CommandError> {
    output::print_raw(&script(args.shell))
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "fluxctl", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_files_in_completions_are_up_to_date() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
        for (shell, name) in
            [(Shell::Bash, "fluxctl.bash"), (Shell::Zsh, "_fluxctl"), (Shell::Fish, "fluxctl.fish")]
        {
            let expected = String::from_utf8(script(shell)).unwrap();
            let found = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(
                found == expected,
                "`completions/{name}` is old: `cargo run -- completions {shell} > completions/{name}` renews it"
            );
        }
    }
}
