//! A group of members, what they work on, and what is done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::checker::{self, Facts};
use super::history::{Event, History, Place, Time, What};
use super::load::{Load, Work};
use super::member::{Member, Role, Timeouts, now};
use crate::connection::Connection;
use crate::stored;

/// Nothing that a group comes to by itself takes longer, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(100);

/// Members of one group. The history of those who went stays.
#[derive(Debug)]
pub struct Crowd {
    pub work: Work,
    timeouts: Timeouts,
    members: Vec<Member>,
    gone: Vec<History>,
    load: Load,
    joined: usize,
    downtimes: Vec<(Time, Time)>,
}

impl Crowd {
    /// A topic, a group by a new name, and a writer.
    pub fn gather(bootstrap: &str, name: &str, partitions: i32, timeouts: Timeouts) -> Crowd {
        let topic = stored::create_topic(bootstrap, name, partitions);
        let work = Work { address: bootstrap.to_owned(), group: stored::unique(name), topic, partitions };
        let load = Load::begin(&work);
        Crowd {
            work,
            timeouts,
            members: Vec::new(),
            gone: Vec::new(),
            load,
            joined: 0,
            downtimes: Vec::new(),
        }
    }

    /// Starts a member. Returns its name.
    pub fn join(&mut self, role: Role) -> Result<String, String> {
        self.joined += 1;
        let name = format!("{}-{}", role.kind.name(), self.joined);
        let Work { address, group, topic, .. } = &self.work;
        self.members.push(Member::start(&name, role, address, group, topic, self.timeouts)?);
        Ok(name)
    }

    pub fn join_all(&mut self, roles: impl IntoIterator<Item = Role>) -> Result<Vec<String>, String> {
        roles.into_iter().map(|role| self.join(role)).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.members.iter().map(Member::name).collect()
    }

    pub fn member(&mut self, name: &str) -> Result<&mut Member, String> {
        let found = self.members.iter_mut().find(|member| member.name() == name);
        found.ok_or_else(|| format!("there is no {name}"))
    }

    /// Lets a member leave in order. Returns what it was.
    pub fn leave(&mut self, name: &str) -> Result<Role, String> {
        self.part(name, Member::leave)
    }

    /// Ends a member without a word to the group. Returns what it was.
    pub fn crash(&mut self, name: &str) -> Result<Role, String> {
        self.part(name, Member::crash)
    }

    fn part(
        &mut self,
        name: &str,
        how: impl FnOnce(&mut Member) -> Result<(), String>,
    ) -> Result<Role, String> {
        let index = self.names().iter().position(|other| other == name);
        let mut member = self.members.remove(index.ok_or_else(|| format!("there is no {name}"))?);
        let outcome = how(&mut member);
        self.gone.push(member.history());
        outcome.map(|()| member.role().clone())
    }

    /// Takes the broker away from all of them while something is done.
    pub fn without_broker(&mut self, done: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        let from = now();
        let outcome = done();
        self.downtimes.push((from, now()));
        outcome
    }

    /// Waits until the partitions are shared out among those who are there, and everything that was written when that
    /// began is handled and committed.
    pub fn settle(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        self.wait(deadline, "the partitions are not shared out", Crowd::check_share)?;
        let ends = self.work.ends();
        self.wait(deadline, "somebody starves", |crowd| crowd.check_progress(&ends))
    }

    /// Waits until something holds.
    pub fn wait(
        &mut self,
        deadline: Instant,
        what: &str,
        holds: impl Fn(&Crowd) -> Result<(), String>,
    ) -> Result<(), String> {
        loop {
            let Err(why) = holds(self) else { return Ok(()) };
            self.members.iter_mut().try_for_each(Member::check_running)?;
            if Instant::now() > deadline {
                return Err(format!("{what}: {why}\n{}", self.last_words()));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// The generation of the group as a member knows it.
    pub fn generation(&mut self, name: &str) -> Result<i64, String> {
        let answers = |history: &History| {
            let answer = |event: &Event| match event.what {
                What::Generation(generation) => Some(generation),
                _ => None,
            };
            history.events.iter().filter_map(answer).collect::<Vec<i64>>()
        };
        let known = self.member(name)?.look(answers).len();
        self.member(name)?.tell("generation")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(generation) = self.member(name)?.look(answers).get(known) {
                return Ok(*generation);
            }
            if Instant::now() > deadline {
                return Err(format!("{name} does not tell its generation"));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// The partitions of those who are there.
    pub fn owned(&self) -> impl Iterator<Item = Place> {
        self.members.iter().flat_map(|member| member.look(History::owned))
    }

    fn check_share(&self) -> Result<(), String> {
        let owned = self.members.iter().map(|member| (member.name(), member.look(History::owned)));
        checker::share(&owned.collect(), &self.work.places().collect::<BTreeSet<_>>())
    }

    fn check_progress(&self, ends: &BTreeMap<Place, i64>) -> Result<(), String> {
        let committed = Connection::open(&self.work.address)
            .and_then(|mut connection| self.work.committed(&mut connection));
        let committed = committed.map_err(|error| error.to_string())?;
        let committed: BTreeMap<&Place, i64> =
            committed.iter().map(|read| (&read.place, read.offset)).collect();
        for (place, &end) in ends {
            let offset = committed.get(place).copied().unwrap_or(-1);
            if offset < end {
                return Err(format!("{place:?} is committed up to {offset} and was written up to {end}"));
            }
        }
        Ok(())
    }

    /// Ends it in order, and judges it from its beginning.
    pub fn end(mut self) -> Result<Vec<History>, String> {
        let ends = self.load.end_writing()?;
        if let Some((place, _)) = ends.iter().find(|&(_, &end)| end == 0) {
            return Err(format!("nothing was written to {place:?}"));
        }
        let deadline = Instant::now() + PATIENCE;
        self.wait(deadline, "not everything is handled", |crowd| crowd.check_progress(&ends))?;
        for name in self.names() {
            self.leave(&name)?;
        }
        let downtimes = std::mem::take(&mut self.downtimes);
        let facts = Facts { ends, reads: self.load.reads(), downtimes };
        let wrong = checker::check(&self.gone, &facts);
        if wrong.is_empty() {
            return Ok(std::mem::take(&mut self.gone));
        }
        let few: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
        Err(format!("{} things are wrong\n{}\n{}", wrong.len(), few.join("\n"), self.last_words()))
    }

    /// What each member said last besides of records and commits.
    pub fn last_words(&self) -> String {
        let about = |history: &History| {
            let quiet =
                |what: &What| matches!(what, What::Record { .. } | What::Committing(_) | What::Committed);
            let words: Vec<_> = history.events.iter().filter(|event| !quiet(&event.what)).collect();
            let last: Vec<_> = words
                .iter()
                .rev()
                .take(12)
                .rev()
                .map(|event| format!("  {} {:?}", event.at, event.what))
                .collect();
            format!(
                "{} (absent {:?}, crashed {:?}):\n{}",
                history.name,
                history.absences,
                history.crashed,
                last.join("\n")
            )
        };
        let present =
            self.members.iter().map(|member| format!("{}\n{}", member.look(about), member.complaints()));
        let all: Vec<String> = self.gone.iter().map(about).chain(present).collect();
        all.join("\n")
    }
}
