//! How much of the processor a thread may claim.

/// As a `nice` command without a number has it.
#[cfg(target_os = "linux")]
const BACKGROUND_NICENESS: i32 = 10;

/// Lets every other thread go first. Where threads have no priority of their own, nothing happens.
pub(crate) fn lower_for_this_thread() {
    // On Linux "this process" means the calling thread here. A refusal leaves the priority as it was, which does no harm.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, BACKGROUND_NICENESS);
}
