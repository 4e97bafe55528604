//! What the commands about groups and their offsets share.
//!
//! In reading order: [`find`] names groups and refuses those that are in use; [`positions`] knows where logs begin and
//! end and what a group has committed; [`read`] looks at single records, [`record`] shows
//! them in a few words; [`change`] shows what would be committed, asks,
//! and commits; [`saved`] reads offsets that were written to a file.

pub(crate) mod change;
pub(crate) mod find;
pub(crate) mod positions;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod saved;
pub(crate) mod select;
pub(crate) mod text;
