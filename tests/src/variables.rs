//! What a run of the tests is told by its environment.

use std::env;

/// `FLUXMQ_SEED` repeats a run, as far as the scheduler lets it. The seed is printed.
pub fn seed() -> u64 {
    let seed = env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FLUXMQ_SEED={seed}");
    seed
}

/// How often something is done: what the variable says, or else `default`, so that a plain run stays short.
pub fn rounds(variable: &str, default: usize) -> usize {
    match env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} takes a number, not `{text}`")),
        Err(_) => default,
    }
}
