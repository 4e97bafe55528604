//! Asking before something is destroyed.

use std::io::{IsTerminal, stderr, stdin};

use dialoguer::{Confirm, Input};

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Refuses to change a cluster whose profile is `read_only`.
pub(crate) fn writable(context: &Context) -> Result<(), CommandError> {
    let settings = context.settings()?;
    if settings.read_only.value {
        let name = &settings.profile.value;
        return Err(CommandError::new(
            ErrorKind::NotAllowed,
            format!("profile `{name}` is `read_only`: nothing is changed through it"),
        )
        .with_hint("`-P` names another profile; the profile's file says `read_only = true`"));
    }
    Ok(())
}

/// Asks before `what`, a sentence such as "delete topic `orders` with all its records", is done to the cluster. A
/// protected profile wants its name typed. Not a terminal: only `--yes` will do.
pub(crate) fn destroy_in_cluster(context: &Context, what: &str) -> Result<(), CommandError> {
    writable(context)?;
    let settings = context.settings()?;
    if !settings.protected.value {
        return ask(context, what);
    }
    let name = &settings.profile.value;
    let global = &context.global;
    match global.confirm_profile.as_deref() {
        Some(typed) if typed == name && global.yes => return Ok(()),
        Some(typed) if typed != name => {
            return Err(CommandError::usage(format!(
                "`--confirm-profile {typed}` does not name the profile in use, `{name}`"
            )));
        }
        _ => {}
    }
    if !is_terminal() {
        return Err(CommandError::usage(format!(
            "profile `{name}` is protected: nobody is here to confirm: {what}"
        ))
        .with_hint(format!("add `--yes --confirm-profile {name}` if you mean it")));
    }
    let prompt = format!("Profile `{name}` is protected. To {what}, type the profile's name");
    let typed: String =
        Input::new().with_prompt(prompt).allow_empty(true).interact_text().map_err(not_asked)?;
    if typed.trim() == name {
        Ok(())
    } else {
        Err(CommandError::failure("not confirmed: nothing was changed"))
    }
}

/// Asks before `what` is done to something of the user's own. The answer is no unless it is yes.
pub(crate) fn ask(context: &Context, what: &str) -> Result<(), CommandError> {
    if context.global.yes {
        return Ok(());
    }
    if !is_terminal() {
        return Err(CommandError::usage(format!("nobody is here to confirm: {what}"))
            .with_hint("add `--yes` if you mean it, or `--dry-run` to see what would happen"));
    }
    let mut prompt = what.to_owned();
    if let Some(first) = prompt.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let question = Confirm::new().with_prompt(format!("{prompt}?")).default(false);
    if question.interact().map_err(not_asked)? {
        Ok(())
    } else {
        Err(CommandError::failure("not confirmed: nothing was changed"))
    }
}

/// Whether a person can be asked: both ends of the conversation are a terminal.
pub(crate) fn is_terminal() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Ctrl-C at a question is an answer.
fn not_asked(error: dialoguer::Error) -> CommandError {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted { CommandError::interrupted() } else { error.into() }
}
