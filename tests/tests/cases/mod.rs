//! The cases, by what they show.

mod assignors;
mod compare;
mod connect;
mod crash;
mod group_tools;
mod groups;
mod kafka_dir;
mod matrix;
mod old;
mod single;
mod streams;
mod suite;

use std::sync::Arc;

use fluxmq_tests::interop::World;
use fluxmq_tests::interop::install::{self, Toolchain};
use libtest_mimic::{Failed, Trial};

/// Every case.
pub(crate) fn all(world: &Arc<World>) -> Vec<Trial> {
    let mut all = single::cases(world);
    all.extend(matrix::cases(world));
    all.extend(old::cases(world));
    all.extend(suite::cases(world));
    all.extend(crash::cases());
    all.extend(kafka_dir::cases());
    all.extend(connect::cases());
    all.extend(group_tools::cases());
    all.extend(streams::cases());
    all.extend(assignors::cases());
    all.extend(groups::cases(world));
    all
}

/// A case that needs `tools`; without them it is ignored, or fails where they are required.
fn case(
    name: String,
    tools: &[Toolchain],
    run: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Trial {
    let tools = tools.to_vec();
    let absent = tools.iter().find(|tool| !tool.is_installed());
    let ignored = absent.is_some() && !install::required();
    let kind = match absent {
        Some(tool) if ignored => format!("without {}", tool.name()),
        _ => String::new(),
    };
    let runner = move || -> Result<(), Failed> {
        for tool in tools {
            tool.ensure().map_err(|why| format!("{} could not be installed: {why}", tool.name()))?;
        }
        run().map_err(Failed::from)
    };
    Trial::test(name, runner).with_kind(kind).with_ignored_flag(ignored)
}
