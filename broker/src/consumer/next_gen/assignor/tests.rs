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
    let borrowed = group.iter().map(|(id, member)| {
        let Member { instance_id, topics, assigned } = member;
        (id.as_str(), AssignMember { instance_id: instance_id.as_deref(), topics, assigned })
    });
    let first = group.values().next().map(|member| &member.topics);
    let homogeneous = group.values().all(|member| Some(&member.topics) == first);
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
