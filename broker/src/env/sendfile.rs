//! Bytes from a file to a socket without passing through this process.

use std::io;
use std::os::fd::BorrowedFd;

/// Sends up to `len` bytes of `file` from `position` on; returns how many went out, 0 at the end of the file.
pub(crate) fn sendfile(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    mut position: u64,
    len: usize,
) -> io::Result<usize> {
    Ok(rustix::fs::sendfile(socket, file, Some(&mut position), len)?)
}
