//! The house rules of ARCHITECTURE.md, read off the workspace's sources: who may import whom, what a library must not do,
//! how long a file may be, which words have no place. A rule without a check here is only a wish.
//!
//! Every exception stands in a named table beside its check, with a reason; one that is no longer needed fails as well.

#![expect(clippy::panic, reason = "a workspace that cannot be read is the end of all checks")]

#[path = "tidy/architecture.rs"]
mod architecture;
#[path = "tidy/conduct.rs"]
mod conduct;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/packages.rs"]
mod packages;
#[path = "tidy/scan.rs"]
mod scan;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/storeys.rs"]
mod storeys;
#[path = "tidy/topic_configs.rs"]
mod topic_configs;
#[path = "tidy/words.rs"]
mod words;
#[path = "tidy/workspace.rs"]
mod workspace;

use workspace::{WORKSPACE, report};

#[test]
fn no_storey_of_the_broker_imports_from_above_or_beside() {
    report("the storeys of ARCHITECTURE.md", storeys::imports_that_point_up(&WORKSPACE));
}

#[test]
fn every_module_of_the_broker_stands_on_a_storey() {
    report(
        "a module of broker/src/lib.rs has its line in ARCHITECTURE.md",
        storeys::unlisted_modules(&WORKSPACE),
    );
}

#[test]
fn packages_depend_on_each_other_as_the_arrows_point() {
    report("the arrows between packages", packages::wrong_arrows(&WORKSPACE));
}

#[test]
fn the_protocol_does_no_io() {
    report("client/protocol does no I/O", conduct::io_in_the_protocol(&WORKSPACE));
}

#[test]
fn libraries_never_print() {
    report("a library does not print", conduct::prints_in_libraries(&WORKSPACE));
}

#[test]
fn the_command_line_prints_in_its_output_module_alone() {
    report("only cli/src/output prints", conduct::prints_in_the_command_line(&WORKSPACE));
}

#[test]
fn nothing_but_main_ends_the_process() {
    report("only cli/src/main.rs ends the process", conduct::exits(&WORKSPACE));
}

#[test]
fn libraries_never_read_the_environment() {
    report("a library takes what it needs as arguments", conduct::environment_in_libraries(&WORKSPACE));
}

#[test]
fn source_files_are_short() {
    report("a source file has at most 400 lines without its tests", shape::long_files(&WORKSPACE));
}

#[test]
fn every_source_file_is_declared() {
    report("a file that no `mod` names is never compiled", modules::undeclared_files(&WORKSPACE));
}

#[test]
fn every_test_file_is_a_target() {
    report(
        "with autotests off a test file needs its `[[test]]`",
        packages::undeclared_test_targets(&WORKSPACE),
    );
}

#[test]
fn nothing_is_left_for_later() {
    report("what is not finished is not committed", words::postponed(&WORKSPACE));
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    report("paths of one machine", words::machine_paths(&WORKSPACE));
}

#[test]
fn no_file_names_the_host_of_a_registry() {
    report("hosts of registries are the package managers' business", words::registry_hosts(&WORKSPACE));
}

#[test]
fn every_served_api_opens_with_its_versions() {
    report("a handler says at its top what it serves", shape::apis_without_versions(&WORKSPACE));
}

#[test]
fn the_documents_exist() {
    report("documents at the root", architecture::missing_documents(&WORKSPACE));
}

#[test]
fn every_path_of_the_architecture_exists() {
    report("ARCHITECTURE.md tells what is there", architecture::missing_paths(&WORKSPACE));
}

#[test]
fn every_topic_key_has_a_test_that_shows_what_it_does() {
    report("a key that is accepted acts", topic_configs::keys_without_a_test(&WORKSPACE));
}
