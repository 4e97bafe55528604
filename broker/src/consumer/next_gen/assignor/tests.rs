//! Examples by hand, and large groups by seed.

use super::*;

const ORDERS: Uuid = Uuid::from_u128(1);
const AUDIT: Uuid = Uuid::from_u128(2);

/// A member that owns what [`AssignMember`] borrows.
#[derive(Debug, Clone, Default)]
struct Member {
    instance_id: Option<String>,
    topics: BTreeSet<Uuid>,
    assigned: Partitions,
}

impl Member {
    fn reads(topics: &[Uuid]) -> Self {
        Member { topics: topics.iter().copied().collect(), ..Member::default() }
    }

    fn has(mut self, topic: Uuid, partitions: &[i32]) -> Self {
        self.assigned.insert(topic, partitions.iter().copied().collect());
        self
    }
}

type Group = BTreeMap<String, Member>;

fn group<const N: usize>(members: [(&str, Member); N]) -> Group {
    members.map(|(id, member)| (id.to_owned(), member)).into()
}

fn share(assignor: ServerAssignor, group: &Group, partitions: &BTreeMap<Uuid, i32>) -> Targets {
    let first = group.values().next().map(|member| &member.topics);
    let homogeneous = group.values().all(|member| Some(&member.topics) == first);
    share_as(assignor, group, partitions, homogeneous)
}

fn share_as(
    assignor: ServerAssignor,
    group: &Group,
    partitions: &BTreeMap<Uuid, i32>,
    homogeneous: bool,
) -> Targets {
    let borrowed = group.iter().map(|(id, member)| {
        let Member { instance_id, topics, assigned } = member;
        (id.as_str(), AssignMember { instance_id: instance_id.as_deref(), topics, assigned })
    });
    assign(assignor, &borrowed.collect(), partitions, homogeneous)
}

/// `a: 1/0,2 2/1`: topics by the number that their id is.
fn shown(targets: &Targets) -> Vec<String> {
    let topic = |(topic, partitions): (&Uuid, &BTreeSet<i32>)| {
        let partitions: Vec<_> = partitions.iter().map(i32::to_string).collect();
        format!(" {}/{}", topic.as_u128(), partitions.join(","))
    };
    targets
        .iter()
        .map(|(id, target)| format!("{id}:{}", target.iter().map(topic).collect::<String>()))
        .collect()
}

#[test]
fn assignors_are_known_by_name() {
    for assignor in [ServerAssignor::Uniform, ServerAssignor::Range] {
        assert_eq!(ServerAssignor::from_name(assignor.name()), Some(assignor));
    }
    assert_eq!(ServerAssignor::from_name("sticky"), None);
    let class = |name: &str| format!("org.apache.kafka.coordinator.group.assignor.{name}");
    assert_eq!(ServerAssignor::from_name(&class("RangeAssignor")), Some(ServerAssignor::Range));
    assert_eq!(ServerAssignor::from_name(&class("UniformAssignor")), Some(ServerAssignor::Uniform));
    assert_eq!(ServerAssignor::from_name(&class("SimpleAssignor")), None);
}

#[test]
fn ranges_are_neighbours_and_static_members_come_first() {
    let mut group = group([
        ("a", Member::reads(&[ORDERS, AUDIT])),
        ("b", Member::reads(&[ORDERS])),
        ("c", Member::reads(&[ORDERS, Uuid::from_u128(9)])),
    ]);
    group.get_mut("c").unwrap().instance_id = Some("x".to_owned());
    let targets = share(ServerAssignor::Range, &group, &BTreeMap::from([(ORDERS, 5), (AUDIT, 2)]));
    assert_eq!(shown(&targets), ["a: 1/2,3 2/0,1", "b: 1/4", "c: 1/0,1"]);
}

#[test]
fn what_is_over_goes_to_who_has_it_already() {
    let group = group([
        ("a", Member::reads(&[ORDERS])),
        ("b", Member::reads(&[ORDERS]).has(ORDERS, &[3, 4])),
        ("c", Member::reads(&[ORDERS]).has(ORDERS, &[0, 1, 2]).has(AUDIT, &[0])),
    ]);
    let targets = share(ServerAssignor::Uniform, &group, &BTreeMap::from([(ORDERS, 5), (AUDIT, 2)]));
    assert_eq!(shown(&targets), ["a: 1/2", "b: 1/3,4", "c: 1/0,1"]);
}

#[test]
fn what_few_read_is_shared_out_with_regard_to_what_they_get_elsewhere() {
    let group = group([
        ("a", Member::reads(&[ORDERS]).has(ORDERS, &[0, 1, 2, 3])),
        ("b", Member::reads(&[ORDERS, AUDIT])),
        ("c", Member::reads(&[AUDIT])),
    ]);
    let targets = share(ServerAssignor::Uniform, &group, &BTreeMap::from([(ORDERS, 4), (AUDIT, 2)]));
    assert_eq!(shown(&targets), ["a: 1/0,1,2", "b: 1/3 2/0", "c: 2/1"]);
}

#[test]
fn nobody_and_nothing_are_no_trouble() {
    for assignor in [ServerAssignor::Uniform, ServerAssignor::Range] {
        assert!(share(assignor, &Group::new(), &BTreeMap::from([(ORDERS, 5)])).is_empty());
        let idle = group([("a", Member::reads(&[])), ("b", Member::reads(&[AUDIT]))]);
        assert_eq!(shown(&share(assignor, &idle, &BTreeMap::from([(ORDERS, 5)]))), ["a:", "b:"]);
        let none_yet = group([("a", Member::reads(&[ORDERS]))]);
        assert_eq!(shown(&share(assignor, &none_yet, &BTreeMap::from([(ORDERS, 0)]))), ["a:"]);
    }
}

/// What Kafka's own coordinator assigns, a group in a line, each from what was assigned in the line before. The file is what
/// `tests/interop/java/Assignors.java` prints; the case `assignors::broker` compares.
const KAFKA: &str = include_str!("tests/kafka.jsonl");

#[derive(Debug, serde::Deserialize)]
struct Line {
    assignor: String,
    homogeneous: bool,
    topics: BTreeMap<String, i32>,
    members: BTreeMap<String, LineMember>,
}

#[derive(Debug, serde::Deserialize)]
struct LineMember {
    instance: Option<String>,
    topics: BTreeSet<String>,
    assigned: BTreeMap<String, BTreeSet<i32>>,
    target: BTreeMap<String, BTreeSet<i32>>,
}

fn id(topic: &str) -> Uuid {
    Uuid::from_u128(topic.parse().unwrap())
}

fn by_id(partitions: &BTreeMap<String, BTreeSet<i32>>) -> Partitions {
    partitions.iter().map(|(topic, partitions)| (id(topic), partitions.clone())).collect()
}

impl Line {
    fn group(&self) -> Group {
        let member = |member: &LineMember| Member {
            instance_id: member.instance.clone(),
            topics: member.topics.iter().map(|topic| id(topic)).collect(),
            assigned: by_id(&member.assigned),
        };
        self.members.iter().map(|(id, line)| (id.clone(), member(line))).collect()
    }

    fn theirs(&self) -> Targets {
        self.members.iter().map(|(id, member)| (id.clone(), by_id(&member.target))).collect()
    }
}

/// How many partitions each member gets.
fn sizes(targets: &Targets) -> Vec<usize> {
    targets.values().map(|target| target.values().map(BTreeSet::len).sum()).collect()
}

/// How many partitions stay where they were.
fn kept(group: &Group, targets: &Targets) -> usize {
    let kept = |(id, member): (&String, &Member)| -> usize {
        let stays = |(topic, partitions): (&Uuid, &BTreeSet<i32>)| {
            targets[id].get(topic).map_or(0, |target| target.intersection(partitions).count())
        };
        member.assigned.iter().map(stays).sum()
    };
    group.iter().map(kept).sum()
}

#[test]
fn groups_are_assigned_as_in_kafka() {
    for line in KAFKA.lines() {
        let line: Line = serde_yaml::from_str(line).unwrap();
        let (group, theirs) = (line.group(), line.theirs());
        let assignor = ServerAssignor::from_name(&line.assignor).unwrap();
        let partitions = line.topics.iter().map(|(topic, count)| (id(topic), *count)).collect();
        let ours = share_as(assignor, &group, &partitions, line.homogeneous);
        check_whole(&group, &partitions, &ours);
        if assignor == ServerAssignor::Range {
            assert_eq!(ours, theirs, "{line:?}");
        }
        assert_eq!(sizes(&ours), sizes(&theirs), "{line:?}");
        let (ours, theirs) = (kept(&group, &ours), kept(&group, &theirs));
        assert!(ours >= theirs, "{ours} partitions stay where they were, {theirs} of {line:?}");
    }
}

/// Every partition of a topic that somebody reads goes to exactly one member, and to one that reads it.
fn check_whole(group: &Group, partitions: &BTreeMap<Uuid, i32>, targets: &Targets) {
    assert!(targets.keys().eq(group.keys()));
    for (topic, count) in partitions {
        let holders: Vec<_> = targets.iter().filter(|(_, target)| target.contains_key(topic)).collect();
        assert!(holders.iter().all(|(id, _)| group[*id].topics.contains(topic)));
        let all: Vec<i32> = holders.iter().flat_map(|(_, target)| target[topic].iter().copied()).collect();
        let is_read = group.values().any(|member| member.topics.contains(topic));
        let wanted: BTreeSet<i32> = if is_read { (0..*count).collect() } else { BTreeSet::new() };
        assert_eq!(all.len(), wanted.len(), "topic {topic} in {targets:?}");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), wanted);
    }
}

#[test]
fn large_groups_move_no_more_than_they_must() {
    let topics: Vec<Uuid> = (1..=100).map(Uuid::from_u128).collect();
    let partitions: BTreeMap<Uuid, i32> = topics.iter().map(|topic| (*topic, 100)).collect();
    for topics_of_each in [100, 20] {
        let mut random = fastrand::Rng::with_seed(5);
        let mut member = |number: usize| {
            let topics = random.choose_multiple(&topics, topics_of_each).into_iter().copied().collect();
            (format!("member-{number}"), Member { topics, ..Member::default() })
        };
        let mut group: Group = (0..5000).map(&mut member).collect();
        let targets = share(ServerAssignor::Uniform, &group, &partitions);
        check_whole(&group, &partitions, &targets);
        // Where members read different topics, what is uneven by one may lie along a chain of topics.
        let spread = if topics_of_each == topics.len() { 2..=2 } else { 1..=3 };
        assert!(sizes(&targets).iter().all(|size| spread.contains(size)));

        for (id, target) in targets {
            group.get_mut(&id).unwrap().assigned = target;
        }
        group.pop_first();
        let targets = share(ServerAssignor::Uniform, &group, &partitions);
        check_whole(&group, &partitions, &targets);
        assert!(kept(&group, &targets) >= 9998 - 2);
    }
}
