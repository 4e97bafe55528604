//! The state of a simulated disk: what everybody sees, what is durable, and what lies between.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};

use super::{Fault, Lies, OPERATIONS, Operation};

/// The root directory.
pub(super) const ROOT: usize = 0;

#[derive(Debug)]
pub(super) struct Disk {
    pub(super) nodes: Vec<Node>,
    /// Changes of names that no sync has made durable, in order.
    pub(super) changes: Vec<Change>,
    pub(super) steps: u64,
    pub(super) power_until: Option<u64>,
    pub(super) is_dark: bool,
    pub(super) lies: Lies,
    pub(super) faults: Vec<Fault>,
    pub(super) counts: [u64; OPERATIONS],
    pub(super) failed: [u64; OPERATIONS],
}

/// A file or directory, whatever its name.
#[derive(Debug, Clone)]
pub(super) enum Node {
    File(Content),
    Dir(Names),
}

/// The names in a directory and the nodes that they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) now: BTreeMap<String, usize>,
    pub(super) durable: BTreeMap<String, usize>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) now: Vec<u8>,
    pub(super) durable: Vec<u8>,
    /// What leads from the durable bytes to those of now, in order.
    pub(super) pending: Vec<Edit>,
}

impl Content {
    fn sync(&mut self) {
        std::mem::take(&mut self.pending).iter().for_each(|edit| edit.apply(&mut self.durable));
    }
}

#[derive(Debug, Clone)]
pub(super) enum Edit {
    Write { position: usize, bytes: Vec<u8> },
    Size(usize),
}

impl Edit {
    pub(super) fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Edit::Write { position, bytes } => {
                let end = position + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*position..end].copy_from_slice(bytes);
            }
            Edit::Size(size) => content.resize(*size, 0),
        }
    }
}

/// A name in a directory.
type Place = (usize, String);

/// A node leaves a name, comes to one, or both at once.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) node: usize,
    pub(super) from: Option<Place>,
    pub(super) to: Option<Place>,
}

impl Change {
    fn touches(&self, dir: usize) -> bool {
        [&self.from, &self.to].into_iter().flatten().any(|(touched, _)| *touched == dir)
    }
}

impl Disk {
    pub(super) fn new() -> Disk {
        Disk {
            nodes: vec![Node::Dir(Names::default())],
            changes: Vec::new(),
            steps: 0,
            power_until: None,
            is_dark: false,
            lies: Lies::default(),
            faults: Vec::new(),
            counts: [0; OPERATIONS],
            failed: [0; OPERATIONS],
        }
    }

    /// Fails when the power is out.
    pub(super) fn look(&mut self) -> io::Result<()> {
        if self.power_until.is_some_and(|until| self.steps >= until) {
            self.is_dark = true;
            return Err(io::Error::other("the power is out"));
        }
        Ok(())
    }

    /// Counts a step, and fails when it is to fail.
    fn step(&mut self, operation: Operation) -> io::Result<()> {
        if self.power_until.is_some_and(|until| self.steps >= until) {
            return self.look();
        }
        self.steps += 1;
        self.counts[operation as usize] += 1;
        for fault in self.faults.iter_mut().filter(|fault| fault.operation == operation) {
            if fault.after > 0 {
                fault.after -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                self.failed[operation as usize] += 1;
                return Err(fault.error.error());
            }
        }
        Ok(())
    }

    pub(super) fn copy(&self) -> Disk {
        let mut nodes = self.nodes.clone();
        for node in &mut nodes {
            match node {
                Node::File(Content { now, durable, pending }) => {
                    durable.clone_from(now);
                    pending.clear();
                }
                Node::Dir(Names { now, durable }) => durable.clone_from(now),
            }
        }
        Disk { nodes, ..Disk::new() }
    }

    pub(super) fn content(&self, node: usize) -> &Content {
        match &self.nodes[node] {
            Node::File(content) => content,
            Node::Dir(_) => panic!("a directory is no file"),
        }
    }

    fn content_mut(&mut self, node: usize) -> &mut Content {
        match &mut self.nodes[node] {
            Node::File(content) => content,
            Node::Dir(_) => panic!("a directory is no file"),
        }
    }

    fn names(&self, node: usize) -> io::Result<&Names> {
        match &self.nodes[node] {
            Node::Dir(names) => Ok(names),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn names_mut(&mut self, node: usize) -> &mut Names {
        match &mut self.nodes[node] {
            Node::Dir(names) => names,
            Node::File(_) => panic!("a file is no directory"),
        }
    }

    pub(super) fn find(&self, path: &Path) -> Option<usize> {
        let names = path.components().filter(|component| matches!(component, Component::Normal(_)));
        names.into_iter().try_fold(ROOT, |node, name| {
            self.names(node).ok()?.now.get(&*name.as_os_str().to_string_lossy()).copied()
        })
    }

    /// The directory that a path lies in, which must exist, and the name in it.
    fn place(&self, path: &Path) -> io::Result<Place> {
        let dir = path.parent().and_then(|dir| self.find(dir)).ok_or(io::ErrorKind::NotFound)?;
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        self.names(dir)?;
        Ok((dir, name.to_string_lossy().into_owned()))
    }

    pub(super) fn open(&mut self, path: &Path) -> io::Result<usize> {
        self.look()?;
        match self.find(path) {
            Some(node) if matches!(self.nodes[node], Node::File(_)) => Ok(node),
            Some(_) => Err(io::ErrorKind::IsADirectory.into()),
            None => self.create(path, Node::File(Content::default())),
        }
    }

    fn create(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let to = self.place(path)?;
        self.step(Operation::Create)?;
        self.nodes.push(node);
        let node = self.nodes.len() - 1;
        self.change(Change { node, from: None, to: Some(to) });
        Ok(node)
    }

    fn change(&mut self, change: Change) {
        if let Some((dir, name)) = &change.from {
            self.names_mut(*dir).now.remove(name);
        }
        if let Some((dir, name)) = &change.to {
            self.names_mut(*dir).now.insert(name.clone(), change.node);
        }
        self.changes.push(change);
    }

    pub(super) fn list(&mut self, dir: &Path) -> io::Result<Vec<String>> {
        self.look()?;
        let dir = self.find(dir).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.names(dir)?.now.keys().cloned().collect())
    }

    pub(super) fn create_dir_all(&mut self, dir: &Path) -> io::Result<()> {
        let mut above: Vec<&Path> = dir.ancestors().filter(|dir| dir.file_name().is_some()).collect();
        above.reverse();
        for dir in above {
            if self.find(dir).is_none() {
                self.create(dir, Node::Dir(Names::default()))?;
            }
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.find(from).ok_or(io::ErrorKind::NotFound)?;
        let (from, to) = (self.place(from)?, self.place(to)?);
        self.step(Operation::Rename)?;
        self.change(Change { node, from: Some(from), to: Some(to) });
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let node = self.find(path).ok_or(io::ErrorKind::NotFound)?;
        let from = self.place(path)?;
        self.step(Operation::Remove)?;
        self.change(Change { node, from: Some(from), to: None });
        Ok(())
    }

    /// As many steps as there are files and directories.
    pub(super) fn remove_dir_all(&mut self, dir: &Path) -> io::Result<()> {
        for name in self.list(dir)? {
            let path = dir.join(name);
            match self.find(&path).map(|node| &self.nodes[node]) {
                Some(Node::Dir(_)) => self.remove_dir_all(&path)?,
                _ => self.remove(&path)?,
            }
        }
        self.remove(dir)
    }

    pub(super) fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        let dir = self.find(dir).ok_or(io::ErrorKind::NotFound)?;
        self.names(dir)?;
        self.step(Operation::SyncDir)?;
        if !self.lies.sync_dir {
            let (now, later) = std::mem::take(&mut self.changes).into_iter().partition(|c| c.touches(dir));
            self.changes = later;
            let now: Vec<Change> = now;
            now.iter().for_each(|change| self.make_durable(change));
        }
        Ok(())
    }

    pub(super) fn sync_all(&mut self) -> io::Result<()> {
        self.step(Operation::SyncDir)?;
        if !self.lies.sync_dir {
            std::mem::take(&mut self.changes).iter().for_each(|change| self.make_durable(change));
        }
        for node in &mut self.nodes {
            if let Node::File(content) = node
                && !self.lies.sync_data
            {
                content.sync();
            }
        }
        Ok(())
    }

    pub(super) fn make_durable(&mut self, change: &Change) {
        if let Some((dir, name)) = &change.from {
            let names = &mut self.names_mut(*dir).durable;
            if names.get(name) == Some(&change.node) {
                names.remove(name);
            }
        }
        if let Some((dir, name)) = &change.to {
            // A node has one name: what brought it to another one and was forgotten is overtaken.
            for node in &mut self.nodes {
                if let Node::Dir(names) = node {
                    names.durable.retain(|_, there| *there != change.node);
                }
            }
            self.names_mut(*dir).durable.insert(name.clone(), change.node);
        }
    }

    pub(super) fn write(&mut self, node: usize, bytes: &[u8], position: usize) -> io::Result<()> {
        let result = self.step(Operation::Write);
        if self.is_dark {
            return result;
        }
        // A disk that is full, or broken, may well have taken the first half.
        let written = if result.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        if !written.is_empty() {
            self.edit(node, Edit::Write { position, bytes: written.to_vec() });
        }
        result
    }

    pub(super) fn truncate(&mut self, node: usize, size: usize) -> io::Result<()> {
        self.step(Operation::Truncate)?;
        let size = size.saturating_sub(self.lies.truncate as usize);
        if self.content(node).now.len() != size {
            self.edit(node, Edit::Size(size));
        }
        Ok(())
    }

    fn edit(&mut self, node: usize, edit: Edit) {
        let content = self.content_mut(node);
        edit.apply(&mut content.now);
        content.pending.push(edit);
    }

    pub(super) fn sync_data(&mut self, node: usize) -> io::Result<()> {
        let result = self.step(Operation::SyncData);
        if self.is_dark || self.lies.sync_data {
            return result;
        }
        let content = self.content_mut(node);
        match &result {
            Ok(()) => content.sync(),
            // The system tells of a failed sync once. What could not be written counts as clean then: the next sync
            // succeeds, and the bytes never reach the disk.
            Err(_) => content.pending.clear(),
        }
        result
    }
}
