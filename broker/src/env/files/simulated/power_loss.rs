//! What a power loss leaves of a simulated disk.

use super::disk::{Content, Disk, Names, Node};

/// The units in which a disk writes: a part of a write that covers several may be there while others are not.
const SECTOR_SIZES: [usize; 2] = [512, 4096];

impl Disk {
    /// The disk as it is when the power comes back.
    pub(super) fn after_power_loss(&self, random: &mut fastrand::Rng) -> Disk {
        let mut after = Disk { nodes: self.nodes.clone(), lies: self.lies, ..Disk::new() };
        let changes = &self.changes;
        // A journal keeps the order of changes; a disk without one keeps any of them.
        let in_order = random.usize(..=changes.len());
        let mode = random.u8(..4);
        for (index, change) in changes.iter().enumerate() {
            let survives = match mode {
                0 => true,
                1 => false,
                2 => index < in_order,
                _ => random.bool(),
            };
            if survives {
                after.make_durable(change);
            }
        }
        for node in &mut after.nodes {
            match node {
                Node::File(content) => {
                    let left = content.after_power_loss(random);
                    *content = Content { now: left.clone(), durable: left, pending: Vec::new() };
                }
                Node::Dir(Names { now, durable }) => now.clone_from(durable),
            }
        }
        after
    }
}

impl Content {
    fn after_power_loss(&self, random: &mut fastrand::Rng) -> Vec<u8> {
        if self.pending.is_empty() {
            return self.durable.clone();
        }
        let versions = self.versions();
        let last = versions.len() - 1;
        match random.u8(..6) {
            0 => versions[last].clone(),
            1 => versions[0].clone(),
            2 => versions[random.usize(..=last)].clone(),
            3 => self.torn(&versions[random.usize(..last)], random),
            _ => mixed(&versions, random),
        }
    }

    /// What the file has been since its last sync.
    fn versions(&self) -> Vec<Vec<u8>> {
        let mut versions = vec![self.durable.clone()];
        for edit in &self.pending {
            let mut next = versions.last().cloned().unwrap_or_default();
            edit.apply(&mut next);
            versions.push(next);
        }
        versions
    }

    /// A version, and the beginning of what was written to it last.
    fn torn(&self, version: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
        let mut after = version.to_vec();
        let next = self.pending.iter().find_map(|edit| match edit {
            super::disk::Edit::Write { position, bytes } if *position == version.len() => Some(bytes),
            _ => None,
        });
        if let Some(bytes) = next {
            after.extend_from_slice(&bytes[..random.usize(..=bytes.len())]);
        }
        after
    }
}

/// Each sector as it was at some time since the last sync, and so the size: what reached the disk in which order is not
/// known.
fn mixed(versions: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let last = versions.len() - 1;
    let pick =
        |random: &mut fastrand::Rng| &versions[if random.bool() { last } else { random.usize(..=last) }];
    let size = pick(random).len();
    let sector_size = SECTOR_SIZES[random.usize(..SECTOR_SIZES.len())];
    let mut after = vec![0; size];
    for (index, sector) in after.chunks_mut(sector_size).enumerate() {
        let from = pick(random).get(index * sector_size..).unwrap_or_default();
        let count = from.len().min(sector.len());
        sector[..count].copy_from_slice(&from[..count]);
    }
    after
}
