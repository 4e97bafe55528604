//! Files that live as long as the process: for brokers without a data directory, and for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::{File, Files};

/// A file system in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryFiles(Mutex<Tree>);

#[derive(Debug, Default)]
struct Tree {
    files: BTreeMap<PathBuf, Arc<MemoryFile>>,
    dirs: BTreeSet<PathBuf>,
}

impl Files for MemoryFiles {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut tree = self.0.lock();
        if path.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !tree.dirs.contains(dir)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Arc::clone(tree.files.entry(path.to_owned()).or_default()) as Arc<dyn File>)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let tree = self.0.lock();
        if !tree.dirs.contains(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = tree.files.keys().chain(&tree.dirs).filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn exists(&self, path: &Path) -> bool {
        let tree = self.0.lock();
        tree.files.contains_key(path) || tree.dirs.contains(path)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.lock().dirs.extend(dir.ancestors().map(Path::to_owned));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut tree = self.0.lock();
        if let Some(file) = tree.files.remove(from) {
            tree.files.insert(to.to_owned(), file);
            return Ok(());
        }
        if !tree.dirs.contains(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let moved = |path: &Path| path.strip_prefix(from).ok().map(|rest| to.join(rest));
        let tree = &mut *tree;
        tree.files = std::mem::take(&mut tree.files)
            .into_iter()
            .map(|(path, file)| (moved(&path).unwrap_or(path), file))
            .collect();
        tree.dirs =
            std::mem::take(&mut tree.dirs).into_iter().map(|dir| moved(&dir).unwrap_or(dir)).collect();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().files.remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut tree = self.0.lock();
        tree.files.retain(|path, _| !path.starts_with(dir));
        tree.dirs.retain(|path| !path.starts_with(dir));
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Files grow by pieces of this size, so that none is ever copied as a whole.
const PIECE_SIZE: usize = 1 << 20;

#[derive(Debug, Default)]
struct MemoryFile(RwLock<Content>);

/// Pieces, all but the last of [`PIECE_SIZE`] bytes.
#[derive(Debug, Default)]
struct Content {
    pieces: Vec<Vec<u8>>,
    size: usize,
}

impl Content {
    /// The piece and the place in it where `position` lies.
    fn place(position: usize) -> (usize, usize) {
        (position / PIECE_SIZE, position % PIECE_SIZE)
    }

    /// Makes the file as long as `size`, with zeros where it grows.
    fn resize(&mut self, size: usize) {
        let (last, rest) = Self::place(size);
        self.pieces.truncate(last + 1);
        while self.pieces.len() <= last {
            if let Some(piece) = self.pieces.last_mut() {
                piece.resize(PIECE_SIZE, 0);
            }
            self.pieces.push(Vec::new());
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.resize(rest, 0);
        }
        self.size = size;
    }

    fn write(&mut self, mut bytes: &[u8], mut position: usize) {
        if position > self.size {
            self.resize(position);
        }
        while !bytes.is_empty() {
            let (index, start) = Self::place(position);
            if self.pieces.len() == index {
                self.pieces.push(Vec::new());
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE_SIZE - start));
            let Some(piece) = self.pieces.get_mut(index) else { return };
            let over = now.len().min(piece.len().saturating_sub(start));
            if let Some(place) = piece.get_mut(start..start + over) {
                place.copy_from_slice(now.get(..over).unwrap_or_default());
            }
            piece.extend_from_slice(now.get(over..).unwrap_or_default());
            position += now.len();
            bytes = later;
        }
        self.size = self.size.max(position);
    }

    fn read(&self, buffer: &mut [u8], position: usize) -> usize {
        let wanted = buffer.len().min(self.size.saturating_sub(position));
        let mut filled = 0;
        while filled < wanted {
            let (index, start) = Self::place(position + filled);
            let from = self.pieces.get(index).and_then(|piece| piece.get(start..)).unwrap_or_default();
            let count = from.len().min(wanted - filled);
            let (Some(to), Some(from)) = (buffer.get_mut(filled..filled + count), from.get(..count)) else {
                break;
            };
            if count == 0 {
                break;
            }
            to.copy_from_slice(from);
            filled += count;
        }
        filled
    }
}

impl File for MemoryFile {
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.0.write().write(bytes, usize::try_from(position).map_err(io::Error::other)?);
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        Ok(self.0.read().read(buffer, usize::try_from(position).map_err(io::Error::other)?))
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.read().size as u64)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.0.write().resize(usize::try_from(size).map_err(io::Error::other)?);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::files::{DiskFiles, read_all, replace};

    /// What holds for every place for files.
    fn behaves(files: &dyn Files, root: &Path) {
        let dir = root.join("a");
        assert!(files.open(&dir.join("missing-directory")).is_err());
        files.create_dir_all(&dir).unwrap();
        let file = files.open(&dir.join("one")).unwrap();
        file.write_at(b"hello world", 0).unwrap();
        file.write_at(b"W", 6).unwrap();
        file.truncate(8).unwrap();
        assert_eq!(file.size().unwrap(), 8);
        let mut buffer = [0; 16];
        assert_eq!(file.read_at(&mut buffer, 4).unwrap(), 4);
        assert_eq!(&buffer[..4], b"o Wo");
        replace(files, &dir.join("two"), b"new").unwrap();
        assert_eq!(read_all(files, &dir.join("two")).unwrap(), b"new");
        let mut names = files.list(&dir).unwrap();
        names.sort();
        assert_eq!(names, ["one", "two"]);
        files.rename(&dir, &root.join("b")).unwrap();
        assert!(!files.exists(&dir) && files.exists(&root.join("b").join("one")));
        files.remove(&root.join("b").join("one")).unwrap();
        files.remove_dir_all(&root.join("b")).unwrap();
        assert!(!files.exists(&root.join("b")));
    }

    #[test]
    fn memory_behaves_like_a_disk() {
        let dir = tempfile::tempdir().unwrap();
        behaves(&DiskFiles, dir.path());
        let files = MemoryFiles::default();
        files.create_dir_all(Path::new("root")).unwrap();
        behaves(&files, Path::new("root"));
    }

    #[test]
    fn a_file_of_many_pieces_is_one_row_of_bytes() {
        let mut random = fastrand::Rng::with_seed(7);
        let (file, mut model) = (MemoryFile::default(), Vec::new());
        for _ in 0..200 {
            let position = if random.bool() { model.len() } else { random.usize(..=model.len()) };
            if random.u8(..50) == 0 {
                model.truncate(position);
                file.truncate(position as u64).unwrap();
                continue;
            }
            let count = random.usize(..PIECE_SIZE / 8);
            let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(count).collect();
            let end = position + bytes.len();
            model.resize(model.len().max(end), 0);
            model[position..end].copy_from_slice(&bytes);
            file.write_at(&bytes, position as u64).unwrap();
        }
        assert!(model.len() > 2 * PIECE_SIZE, "several pieces are at work");
        let mut all = vec![0; model.len() + 10];
        assert_eq!(file.read_at(&mut all, 0).unwrap(), model.len());
        assert!(all[..model.len()] == model);
        assert_eq!(file.read_at(&mut all[..100], PIECE_SIZE as u64 - 50).unwrap(), 100);
        assert!(all[..100] == model[PIECE_SIZE - 50..PIECE_SIZE + 50]);
    }
}
