//! Random members against a random world, by seed: whatever they do, nobody reads what somebody else reads.

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
    is_gone: bool,
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
        assert!(response.member_epoch >= self.epoch, "{self:?} goes back: {response:?}");
        self.epoch = response.member_epoch;
        self.says_all = false;
        if let Some(told) = told(response) {
            let partitions =
                told.iter().flat_map(|(topic, all)| all.iter().map(|partition| (*topic, *partition)));
            self.told = partitions.collect();
            self.reads.extend(self.told.iter().copied());
        }
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
            is_gone: false,
        };
        self.subscribe(&mut consumer);
        self.consumers.push(consumer);
    }

    fn subscribe(&mut self, consumer: &mut Consumer) {
        (consumer.topics, consumer.pattern) = match self.rng.u8(0..6) {
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

    fn leave(&mut self, at: usize) {
        let consumer = self.consumers.swap_remove(at);
        let is_static = consumer.instance.is_some();
        let epoch = if is_static && self.rng.bool() { member::LEAVE_FOR_A_WHILE } else { member::LEAVE };
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
                match self.scene.beat(&request) {
                    Ok(response) => self.consumers[at].hear(&response),
                    Err(error) if error.code == ErrorCode::UNRELEASED_INSTANCE_ID => (),
                    Err(_) => self.consumers[at].forget(),
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
    let seeds = given.map_or_else(|| (0..40).map(|_| fastrand::u64(..)).collect(), |seed| vec![seed]);
    for seed in seeds {
        println!("FLUXMQ_SEED={seed}");
        let mut model = Model::new(seed);
        for _ in 0..300 {
            model.step();
        }
        model.settle();
    }
}
