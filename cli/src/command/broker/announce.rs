//! What a broker says when it is ready, and whom it tells.

use fluxmq_profiles::LOCAL;

use super::detach;
use super::start::StartArgs;
use super::state::BrokerState;
use crate::context::Context;
use crate::error::CommandError;

/// Writes the profile and says where the broker is and what to do next.
pub(super) fn announce(args: &StartArgs, context: &Context, state: &BrokerState) -> Result<(), CommandError> {
    let output = context.output;
    let profile = if args.no_profile { None } else { point_profile(context, state) };
    output.note(&format!("FluxMQ {} listens on {}", state.version, state.listener));
    match &state.data_dir {
        Some(dir) => output.note(&format!("data in {}", dir.display())),
        None => output.note("data in memory: nothing stays when the broker stops"),
    }
    if let Some(warning) = open_warning(state) {
        output.warn(&warning);
    }
    let is_local = profile.as_deref() == Some(LOCAL);
    if is_local {
        output.note("profile `local` points here and is selected");
    } else if let Some(current) = &profile {
        output.note(&format!("profile `local` points here; `{current}` is selected"));
    }
    let target = if is_local { String::new() } else { format!(" -b {}", state.address) };
    if detach::is_detached(context) {
        return detach::ready(state);
    }
    output.note(&format!("next, in another terminal: fluxctl{target} topic create orders -p 3"));
    output.note("Ctrl-C stops the broker");
    if output.format.is_some() {
        output.list(std::slice::from_ref(state))?;
    }
    Ok(())
}

/// What to know of a listener that others reach.
pub(super) fn open_warning(state: &BrokerState) -> Option<String> {
    (!state.listener.ip().is_loopback()).then(|| {
        format!(
            "{} can be reached from other machines, and there is neither encryption nor authentication: everybody who \
             reaches it may read, write and delete",
            state.listener
        )
    })
}

/// Points `local` here; the profile that is selected then. What goes wrong with profiles does not stop a broker.
fn point_profile(context: &Context, state: &BrokerState) -> Option<String> {
    let pointed = context
        .store_without_flag()
        .and_then(|store| Ok(store.point(LOCAL, std::slice::from_ref(&state.address))?));
    match pointed {
        Ok(changed) => {
            changed.warnings.iter().for_each(|warning| context.output.warn(&warning.to_string()));
            changed.current_profile
        }
        Err(error) => {
            context.output.warn(&format!("profile `local` does not point here: {}", error.source));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_that_others_reach_is_warned_of() {
        let warning =
            |listener: &str| open_warning(&BrokerState::of_this_process(listener.parse().unwrap(), None));
        assert_eq!(warning("127.0.0.1:9092"), None);
        assert_eq!(warning("[::1]:9092"), None);
        assert!(
            warning("0.0.0.0:9092").unwrap().starts_with("0.0.0.0:9092 can be reached from other machines")
        );
        assert!(warning("192.0.2.1:9092").is_some());
    }
}
