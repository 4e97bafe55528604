//! A small file system of its own for one test: one that can lose its power, and one that can be full. Both need root.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::command;

const PATIENCE: Duration = Duration::from_secs(60);

/// Shuts an ext4 down at once and writes nothing more, not even its journal: `EXT4_IOC_SHUTDOWN` with
/// `EXT4_GOING_FLAGS_NOLOGFLUSH`. Only what was synced is sure to be there after the next mount.
const SHUTDOWN: &str = "
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))
";

/// A mounted file system. Dropping it unmounts it and removes what it stood on.
#[derive(Debug)]
pub struct Mounted {
    home: TempDir,
}

impl Mounted {
    /// Why no file system can be mounted here; `None` where one can.
    pub fn absent() -> Option<String> {
        let tools = ["mkfs.ext4", "e2fsck", "mount", "umount", "python3"];
        if let Some(tool) = tools.into_iter().find(|tool| !is_installed(tool)) {
            return Some(tool.to_owned());
        }
        let tried = Mounted::ext4(16 << 20);
        tried.is_err().then(|| "loop mounts".to_owned())
    }

    /// An ext4 of this size, in a file.
    pub fn ext4(size: u64) -> Result<Mounted, String> {
        let mounted = Mounted::new();
        let image = File::create(mounted.image()).map_err(|error| error.to_string())?;
        image.set_len(size).map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(mounted.image()))?;
        mounted.mount()?;
        Ok(mounted)
    }

    /// One in memory, of this size.
    pub fn tmpfs(size: u64) -> Result<Mounted, String> {
        let mounted = Mounted::new();
        let options = format!("size={size}");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(mounted.folder()))?;
        Ok(mounted)
    }

    fn new() -> Mounted {
        let home = TempDir::new().expect("a temporary folder can be made");
        std::fs::create_dir(home.path().join("mounted")).expect("a folder can be made");
        Mounted { home }
    }

    /// Where it is mounted.
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("mounted")
    }

    /// Cuts its power: from now on nothing reaches the disk, and everything that was not synced is lost.
    pub fn cut_power(&self) -> Result<(), String> {
        run(Command::new("python3").arg("-c").arg(SHUTDOWN).arg(self.folder()))
    }

    /// Brings it back after a cut, through its journal, and has it checked.
    pub fn restore_power(&self) -> Result<(), String> {
        self.unmount()?;
        // The journal is played at a mount; the check wants it played, and nothing mounted.
        self.mount()?;
        self.unmount()?;
        run(Command::new("e2fsck").args(["-f", "-n"]).arg(self.image()))?;
        self.mount()
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.folder()))
    }

    fn unmount(&self) -> Result<(), String> {
        run(Command::new("umount").arg(self.folder()))
    }

    fn image(&self) -> PathBuf {
        self.home.path().join("image")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Where a test ended early a program may still be in there.
        let _ = self.unmount().or_else(|_| run(Command::new("umount").arg("--lazy").arg(self.folder())));
    }
}

/// Whether a program is on the search path.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| Path::new(&folder).join(program).exists())
}

fn run(command: &mut Command) -> Result<(), String> {
    command::succeed(command, b"", PATIENCE).map(drop)
}
