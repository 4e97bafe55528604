//! Random members against a random world, by seed: whatever they do, nobody reads what somebody else reads.

use fluxmq_protocol::consumer_protocol::{Assignment as Assigned, Subscription, by_topic};
use fluxmq_protocol::messages::leave_group::MemberIdentity;

use super::classic::classic;
use super::*;

/// What a consumer knows. It goes on with what it was told last, be that right or wrong.
#[derive(Debug, Clone)]
struct Consumer {
    id: String,
    instance: Option<String>,
    epoch: i32,
    topics: Option<Vec<String>>,
    pattern: Option<String>,
    /// What it reads: also what it was told to give back, until it says that it did.
    reads: BTreeSet<(u128, i32)>,
    /// What it was told last.
    told: BTreeSet<(u128, i32)>,
    /// Whether it says all about itself next: it joins, or has missed an answer.
    says_all: bool,
    /// Whether it speaks the classic protocol, and then whether it gives all back before it joins.
    classic: Option<bool>,
}

impl Consumer {
    fn request(&self) -> ConsumerGroupHeartbeatRequest {
        let mut owned: BTreeMap<u128, Vec<i32>> = BTreeMap::new();
        self.reads.iter().for_each(|(topic, partition)| owned.entry(*topic).or_default().push(*partition));
        let owned: Vec<_> = owned.iter().map(|(topic, partitions)| (*topic, &partitions[..])).collect();
        let mut request = owning(&self.id, self.epoch, &owned);
        request.instance_id.clone_from(&self.instance);
        if self.says_all || self.epoch == 0 {
            request.rebalance_timeout_ms = 20_000;
            request.subscribed_topic_names = Some(self.topics.clone().unwrap_or_default());
            request.subscribed_topic_regex = Some(self.pattern.clone().unwrap_or_default());
        }
        request
    }

    fn forget(&mut self) {
        (self.epoch, self.says_all) = (0, true);
        self.reads.clear();
        self.told.clear();
    }

    fn hear(&mut self, response: &ConsumerGroupHeartbeatResponse) {
        self.enter(response.member_epoch);
        if let Some(told) = told(response) {
            self.be_told(
                told.iter().flat_map(|(topic, all)| all.iter().map(|partition| (*topic, *partition))),
            );
        }
    }

    fn enter(&mut self, epoch: i32) {
        assert!(epoch >= self.epoch, "{self:?} goes back to {epoch}");
        self.epoch = epoch;
        self.says_all = false;
    }

    fn be_told(&mut self, partitions: impl Iterator<Item = (u128, i32)>) {
        self.told = partitions.collect();
        self.reads.extend(self.told.iter().copied());
    }
}

struct Model {
    rng: fastrand::Rng,
    scene: Scene,
    topics: Vec<(String, i32)>,
    consumers: Vec<Consumer>,
    born: usize,
    epochs: (i32, i32),
    /// What the log said until now, so that each batch is replayed once.
    replayed: ConsumerGroup,
    batches: usize,
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let topics = vec![("a".to_owned(), rng.i32(1..6)), ("ab".to_owned(), rng.i32(1..4))];
        let mut scene = Scene::new(&[]);
        scene.world.config.consumer_assignment_interval_ms = *rng.choice(&[0, 1_000]).unwrap();
        let mut model = Model {
            rng,
            scene,
            topics,
            consumers: Vec::new(),
            born: 0,
            epochs: (0, 0),
            replayed: ConsumerGroup::new("g"),
            batches: 0,
        };
        model.show_topics();
        model
    }

    fn show_topics(&mut self) {
        let topics: Vec<_> = self.topics.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        self.scene.topics(&topics);
    }

    fn born(&mut self, instance: Option<String>) {
        self.born += 1;
        let id = format!("m{}", self.born);
        let mut consumer = Consumer {
            id,
            instance,
            epoch: 0,
            topics: None,
            pattern: None,
            reads: BTreeSet::new(),
            told: BTreeSet::new(),
            says_all: true,
            classic: None,
        };
        if consumer.instance.is_none() && self.rng.u8(0..3) == 0 {
            consumer.classic = Some(self.rng.bool());
        }
        self.subscribe(&mut consumer);
        self.consumers.push(consumer);
    }

    fn subscribe(&mut self, consumer: &mut Consumer) {
        let kinds = if consumer.classic.is_some() { 2..6 } else { 0..6 };
        (consumer.topics, consumer.pattern) = match self.rng.u8(kinds) {
            0 => (None, Some("a.*".to_owned())),
            1 => (None, Some("ab?".to_owned())),
            2 => (Some(vec!["a".to_owned()]), None),
            _ => (Some(vec!["a".to_owned(), "ab".to_owned()]), None),
        };
        consumer.says_all = true;
    }

    /// Something happens.
    fn step(&mut self) {
        let at = (!self.consumers.is_empty()).then(|| self.rng.usize(0..self.consumers.len()));
        match (self.rng.u8(0..100), at) {
            (0..8, _) if self.consumers.len() < 6 => self.born(None),
            (8..11, _) if self.consumers.len() < 6 => {
                let instance = format!("i{}", self.rng.u8(0..2));
                let taken = self.consumers.iter().any(|other| other.instance.as_ref() == Some(&instance));
                self.born((!taken).then_some(instance));
            }
            (11..16, Some(at)) => self.leave(at),
            // It falls silent, and reads no more.
            (16..18, Some(at)) => drop(self.consumers.swap_remove(at)),
            (18..22, Some(at)) => {
                let mut consumer = self.consumers[at].clone();
                self.subscribe(&mut consumer);
                self.consumers[at] = consumer;
            }
            (22..25, _) => self.change_topics(),
            (25..35, _) => {
                let time_ms = self.rng.i64(1..15_000);
                self.scene.pass(time_ms);
            }
            (35..38, _) => self.reload(),
            (38..50, Some(at)) => {
                let told = self.consumers[at].told.clone();
                self.consumers[at].reads = told;
            }
            (_, Some(at)) => self.beat(at),
            _ => (),
        }
        self.check();
    }

    fn beat(&mut self, at: usize) {
        if self.consumers[at].classic.is_some() {
            let is_lost = self.rng.u8(0..10) == 0;
            self.classic_step(at, is_lost);
            return;
        }
        let request = self.consumers[at].request();
        let fails = self.rng.u8(0..20) == 0;
        self.scene.world.log.failure = fails.then_some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        let before = Snapshot::of(&self.scene.group);
        let answer = self.scene.beat(&request);
        self.scene.world.log.failure = None;
        let is_lost = self.rng.u8(0..10) == 0;
        let consumer = &mut self.consumers[at];
        if answer.is_err() {
            assert_eq!(Snapshot::of(&self.scene.group), before, "a refusal changes nothing");
        }
        match answer {
            _ if is_lost => consumer.says_all = true,
            Ok(response) => consumer.hear(&response),
            Err(error) => match error.code {
                ErrorCode::COORDINATOR_NOT_AVAILABLE => consumer.says_all = true,
                ErrorCode::FENCED_MEMBER_EPOCH
                | ErrorCode::UNKNOWN_MEMBER_ID
                | ErrorCode::FENCED_INSTANCE_ID
                | ErrorCode::GROUP_ID_NOT_FOUND => consumer.forget(),
                ErrorCode::UNRELEASED_INSTANCE_ID if consumer.reads.is_empty() => (),
                _ => panic!("{error:?} for {request:?}"),
            },
        }
    }

    /// A classic member heartbeats, and joins when it has to.
    fn classic_step(&mut self, at: usize, is_lost: bool) {
        let consumer = &mut self.consumers[at];
        let (id, epoch) = (consumer.id.clone(), consumer.epoch);
        if epoch > 0 && !consumer.says_all {
            match self.scene.classic_beat(&id, epoch) {
                ErrorCode::NONE => return,
                ErrorCode::REBALANCE_IN_PROGRESS => (),
                _ => consumer.forget(),
            }
        }
        // Who was put out comes in again as if it were new, and only learns by what it syncs that it reads nothing.
        if consumer.classic == Some(true) || !self.scene.group.members.contains_key(id.as_str()) {
            consumer.reads.clear();
            consumer.told.clear();
        }
        let name =
            |id: u128| self.scene.world.image.topic_by_id(Uuid::from_u128(id)).map(|topic| &*topic.name);
        let reads = consumer.reads.iter().filter_map(|(topic, partition)| Some((name(*topic)?, *partition)));
        let subscription = Subscription {
            topics: consumer.topics.clone().unwrap_or_default(),
            owned_partitions: by_topic(reads),
            ..Default::default()
        };
        let mut request = classic(&id, &[]);
        request.protocols[0].metadata = subscription.encode(3).unwrap();
        let joined = self.scene.classic_join(&request);
        assert_eq!(joined.error_code, ErrorCode::NONE);
        let synced = self.scene.classic_sync(&id, joined.generation_id);
        let consumer = &mut self.consumers[at];
        if is_lost || synced.error_code != ErrorCode::NONE {
            consumer.says_all = true;
            return;
        }
        consumer.enter(joined.generation_id);
        let assigned = Assigned::decode(&synced.assignment).unwrap().assigned_partitions;
        let id = |name: &str| self.scene.world.image.topic(name).unwrap().id.as_u128();
        let assigned = assigned
            .iter()
            .flat_map(|topic| topic.partitions.iter().map(|number| (id(&topic.topic), *number)));
        consumer.be_told(assigned);
    }

    fn leave(&mut self, at: usize) {
        let consumer = self.consumers.swap_remove(at);
        let is_static = consumer.instance.is_some();
        let epoch = if is_static && self.rng.bool() { member::LEAVE_FOR_A_WHILE } else { member::LEAVE };
        if consumer.classic.is_some() {
            let leaving = MemberIdentity { member_id: consumer.id, ..Default::default() };
            self.scene.group.classic_leave(&mut self.scene.world.turn(), &[leaving]);
            return;
        }
        let mut request = saying(&consumer.id, epoch);
        request.instance_id.clone_from(&consumer.instance);
        let _ = self.scene.beat(&request);
        if is_static && self.rng.u8(0..4) > 0 {
            self.born(consumer.instance);
        }
    }

    fn change_topics(&mut self) {
        let at = self.rng.usize(0..3);
        match self.topics.get_mut(at) {
            Some((_, count)) if *count < 9 => *count += 1,
            // The ids of later topics change with it, as if they were made anew.
            Some(_) => drop(self.topics.remove(at)),
            None => {
                let names = ["a", "ab", "c"].into_iter();
                let new =
                    names.map(str::to_owned).find(|name| self.topics.iter().all(|(other, _)| other != name));
                self.topics.extend(new.map(|name| (name, 2)));
            }
        }
        self.show_topics();
    }

    /// The broker starts again.
    fn reload(&mut self) {
        self.scene.group = self.scene.replayed();
        self.scene.group.loaded(self.scene.world.now_ms, &self.scene.world.config);
    }

    fn check(&mut self) {
        let batches = &self.scene.world.log.batches;
        batches.iter().skip(self.batches).flatten().for_each(|record| self.replayed.replay(record));
        self.batches = batches.len();
        let group = &self.scene.group;
        assert_eq!(Snapshot::of(group), Snapshot::of(&self.replayed), "the log tells the same");
        let epochs = (group.epoch, group.assignment_epoch);
        assert!(epochs >= self.epochs && epochs.1 >= self.epochs.1 && epochs.1 <= epochs.0, "{epochs:?}");
        self.epochs = epochs;
        let mut readers: HashMap<(u128, i32), &str> = HashMap::new();
        // Who was put out does not know it yet; nothing that the group does can stop it.
        let known = self.consumers.iter().filter(|consumer| group.members.contains_key(consumer.id.as_str()));
        for consumer in known {
            for partition in &consumer.reads {
                let other = readers.insert(*partition, &consumer.id);
                assert_eq!(other, None, "{partition:?} is read by {} too", consumer.id);
            }
        }
    }

    /// Nothing happens any more but heartbeats.
    fn settle(&mut self) {
        for _ in 0..20 {
            for at in 0..self.consumers.len() {
                let request = self.consumers[at].request();
                if self.consumers[at].classic.is_some() {
                    self.classic_step(at, false);
                } else {
                    match self.scene.beat(&request) {
                        Ok(response) => self.consumers[at].hear(&response),
                        Err(error) if error.code == ErrorCode::UNRELEASED_INSTANCE_ID => (),
                        Err(_) => self.consumers[at].forget(),
                    }
                }
                let told = self.consumers[at].told.clone();
                self.consumers[at].reads = told;
                self.check();
            }
            self.scene.pass(5_000);
        }
        let group = &self.scene.group;
        if self.consumers.is_empty() {
            assert_eq!(group.state(), ConsumerState::Empty);
            return;
        }
        assert_eq!(group.state(), ConsumerState::Stable);
        for consumer in &self.consumers {
            let target = group.targets[consumer.id.as_str()].iter();
            let target =
                target.flat_map(|(topic, all)| all.iter().map(|partition| (topic.as_u128(), *partition)));
            assert_eq!(consumer.reads, target.collect::<BTreeSet<_>>(), "{consumer:?}");
        }
        let wanted = group.subscribed_topics();
        let wanted = wanted.iter().filter_map(|name| self.scene.world.image.topic(name));
        let wanted =
            wanted.flat_map(|topic| (0..topic.partitions).map(|partition| (topic.id.as_u128(), partition)));
        let read = self.consumers.iter().flat_map(|consumer| consumer.reads.iter().copied());
        assert_eq!(
            read.collect::<BTreeSet<_>>(),
            wanted.collect::<BTreeSet<_>>(),
            "somebody reads each partition"
        );
    }
}

#[test]
fn nobody_reads_what_somebody_else_reads() {
    let given = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = given.map_or_else(|| (0..15).map(|_| fastrand::u64(..)).collect(), |seed| vec![seed]);
    for seed in seeds {
        println!("FLUXMQ_SEED={seed}");
        let mut model = Model::new(seed);
        for _ in 0..300 {
            model.step();
        }
        model.settle();
    }
}
