//! Examples by hand. That the results are those of Kafka's own client is shown in `tests/tests/cases/assignors.rs`.

use super::*;

fn member(id: &str, topics: &[&str]) -> GroupMember {
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    GroupMember {
        id: id.to_owned(),
        instance_id: None,
        subscription: Subscription { topics, ..Subscription::default() },
    }
}

fn in_rack(id: &str, topics: &[&str], rack: &str) -> GroupMember {
    let mut member = member(id, topics);
    member.subscription.rack_id = Some(rack.to_owned());
    member
}

fn topics(counts: &[(&str, i32)]) -> Topics {
    counts.iter().map(|(topic, count)| ((*topic).to_owned(), TopicLayout::new(*count))).collect()
}

/// A topic whose partitions each lie in one rack.
fn layout(racks: &[&str]) -> TopicLayout {
    TopicLayout {
        partition_count: racks.len().try_into().unwrap(),
        racks: racks.iter().map(|rack| BTreeSet::from([(*rack).to_owned()])).collect(),
    }
}

fn assign(strategy: AssignmentStrategy, members: &[GroupMember], topics: &Topics) -> Vec<String> {
    let line = |(id, partitions): (String, Vec<TopicPartition>)| {
        let names: Vec<_> = partitions.iter().map(TopicPartition::to_string).collect();
        format!("{id}: {}", names.join(" "))
    };
    strategy.assignor().assign(members, topics).into_iter().map(line).collect()
}

#[test]
fn strategies_are_known_by_the_names_that_members_agree_on() {
    for strategy in AssignmentStrategy::ALL {
        assert_eq!(strategy.to_string().parse::<AssignmentStrategy>().unwrap(), strategy);
        assert_eq!(strategy.assignor().name(), strategy.name());
    }
    let refused = "random".parse::<AssignmentStrategy>().unwrap_err().to_string();
    assert!(
        refused
            .contains("`random` is no assignment strategy, there are `range`, `roundrobin`, `sticky`, `coop"),
        "{refused}"
    );
}

#[test]
fn ranges_are_neighbours_and_the_first_members_get_one_more() {
    let members = [member("b", &["orders", "audit"]), member("a", &["orders"]), member("c", &["gone"])];
    let assigned = assign(AssignmentStrategy::Range, &members, &topics(&[("orders", 5), ("audit", 2)]));
    assert_eq!(assigned, ["a: orders-0 orders-1 orders-2", "b: audit-0 audit-1 orders-3 orders-4", "c: "]);
}

#[test]
fn static_members_stand_first_in_line() {
    let mut members = [member("a", &["orders"]), member("b", &["orders"]), member("c", &["orders"])];
    members[2].instance_id = Some("x".to_owned());
    members[1].instance_id = Some("y".to_owned());
    for strategy in [AssignmentStrategy::Range, AssignmentStrategy::RoundRobin] {
        let assigned = assign(strategy, &members, &topics(&[("orders", 2)]));
        assert_eq!(assigned, ["a: ", "b: orders-1", "c: orders-0"]);
    }
}

#[test]
fn topics_that_are_split_alike_stay_so_while_racks_are_matched() {
    let members = [in_rack("a", &["orders", "users"], "north"), in_rack("b", &["orders", "users"], "south")];
    let mut topics = Topics::new();
    topics.insert("orders".to_owned(), layout(&["south", "north", "south", "north"]));
    topics.insert("users".to_owned(), layout(&["south", "north", "south", "south"]));
    let assigned = assign(AssignmentStrategy::Range, &members, &topics);
    assert_eq!(assigned, ["a: orders-1 orders-3 users-1 users-3", "b: orders-0 orders-2 users-0 users-2"]);
}

#[test]
fn dealing_goes_on_from_topic_to_topic_and_passes_over_who_does_not_read_it() {
    let members =
        [member("a", &["orders", "audit"]), member("b", &["audit", "audit"]), member("c", &["orders"])];
    let assigned = assign(
        AssignmentStrategy::RoundRobin,
        &members,
        &topics(&[("audit", 3), ("orders", 3), ("other", 9)]),
    );
    assert_eq!(assigned, ["a: audit-0 audit-2 orders-1", "b: audit-1", "c: orders-0 orders-2"]);
}

/// A member that remembers what it was given, and says so.
fn remembering(
    strategy: AssignmentStrategy,
    id: &str,
    topics: &[&str],
    owned: &[(&str, i32)],
) -> GroupMember {
    let mut assignor = strategy.assignor();
    let owned: Vec<_> =
        owned.iter().map(|(topic, partition)| TopicPartition::new(*topic, *partition)).collect();
    assignor.on_assignment(&owned, 3);
    let kept = if assignor.protocol() == RebalanceProtocol::Eager { &[] } else { &owned[..] };
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    let subscription = assignor.subscription(&topics, kept, 3, None);
    GroupMember { id: id.to_owned(), instance_id: None, subscription }
}

#[test]
fn who_comes_last_gets_what_the_others_have_too_much_of() {
    let owned =
        [[("orders", 0), ("orders", 2), ("orders", 4)], [("orders", 1), ("orders", 3), ("orders", 5)]];
    let group = |strategy| {
        [
            remembering(strategy, "b", &["orders"], &owned[0]),
            remembering(strategy, "c", &["orders"], &owned[1]),
            member("a", &["orders"]),
        ]
    };
    let topics = topics(&[("orders", 6)]);
    let sticky = assign(AssignmentStrategy::Sticky, &group(AssignmentStrategy::Sticky), &topics);
    assert_eq!(sticky, ["a: orders-4 orders-5", "b: orders-0 orders-2", "c: orders-1 orders-3"]);
    // What moves is withheld until its owner has given it up.
    let group = group(AssignmentStrategy::CooperativeSticky);
    let cooperative = assign(AssignmentStrategy::CooperativeSticky, &group, &topics);
    assert_eq!(cooperative, ["a: ", "b: orders-0 orders-2", "c: orders-1 orders-3"]);
}

#[test]
fn members_that_read_different_topics_keep_what_they_have_where_that_is_even() {
    let strategy = AssignmentStrategy::Sticky;
    let members = [
        remembering(strategy, "a", &["orders"], &[("orders", 0), ("orders", 1), ("orders", 2)]),
        remembering(strategy, "b", &["orders", "audit"], &[("audit", 0)]),
        member("c", &["audit"]),
    ];
    let assigned = assign(strategy, &members, &topics(&[("orders", 3), ("audit", 2)]));
    assert_eq!(assigned, ["a: orders-1 orders-2", "b: audit-0 orders-0", "c: audit-1"]);
}

#[test]
fn what_is_uneven_along_a_chain_of_topics_is_evened_out() {
    let strategy = AssignmentStrategy::Sticky;
    let numbers: Vec<i32> = (0..30).collect();
    let owned = |topic: &'static str, numbers: &[i32]| -> Vec<(&str, i32)> {
        numbers.iter().map(|number| (topic, *number)).collect()
    };
    let of_b = [owned("orders", &numbers[9..10]), owned("audit", &numbers[..9])].concat();
    let members = [
        remembering(strategy, "a", &["orders"], &owned("orders", &numbers[..9])),
        remembering(strategy, "b", &["orders", "audit"], &of_b),
        remembering(strategy, "c", &["audit"], &owned("audit", &numbers[9..20])),
    ];
    let assigned = strategy.assignor().assign(&members, &topics(&[("orders", 10), ("audit", 20)]));
    assert!(assigned.values().all(|partitions| partitions.len() == 10), "{assigned:?}");
}

#[test]
fn of_two_that_claim_a_partition_the_later_generation_is_believed_and_none_of_the_same() {
    let strategy = AssignmentStrategy::CooperativeSticky;
    let mut members = [
        remembering(strategy, "a", &["orders"], &[("orders", 0), ("orders", 1)]),
        remembering(strategy, "b", &["orders"], &[("orders", 0)]),
    ];
    let topics = topics(&[("orders", 2)]);
    // In the same generation: somebody may still read it, so nobody gets it yet.
    assert_eq!(assign(strategy, &members, &topics), ["a: orders-1", "b: "]);
    members[1].subscription.generation_id = 4;
    assert_eq!(assign(strategy, &members, &topics), ["a: orders-1", "b: orders-0"]);
}

#[test]
fn user_data_that_cannot_be_read_is_forgotten() {
    for strategy in [AssignmentStrategy::Sticky, AssignmentStrategy::CooperativeSticky] {
        let mut members = [member("a", &["orders"]), member("b", &["orders"])];
        members[0].subscription.user_data = Some(Bytes::from_static(b"\x7f\xff\xff\xff\0"));
        members[1].subscription.owned_partitions = consumer_protocol::by_topic([("orders", -1), ("gone", 7)]);
        assert_eq!(assign(strategy, &members, &topics(&[("orders", 2)])), ["a: orders-0", "b: orders-1"]);
    }
}

#[test]
fn nobody_and_nothing_are_no_trouble() {
    for strategy in AssignmentStrategy::ALL {
        assert!(assign(strategy, &[], &topics(&[("orders", 5)])).is_empty());
        assert_eq!(assign(strategy, &[member("a", &[])], &topics(&[("orders", 5)])), ["a: "]);
        assert_eq!(assign(strategy, &[member("a", &["orders"])], &Topics::new()), ["a: "]);
    }
}

#[test]
fn a_subscription_names_what_is_owned_in_order() {
    let topics = BTreeSet::from(["orders".to_owned(), "audit".to_owned()]);
    let owned = [TopicPartition::new("orders", 2), TopicPartition::new("orders", 0)];
    let subscription = AssignmentStrategy::Range.assignor().subscription(&topics, &owned, 7, Some("r1"));
    assert_eq!(subscription.topics, ["audit", "orders"]);
    assert_eq!(subscription.owned_partitions, consumer_protocol::by_topic([("orders", 0), ("orders", 2)]));
    assert_eq!((subscription.generation_id, subscription.rack_id.as_deref()), (7, Some("r1")));
    assert_eq!(subscription.user_data, None);
}

#[test]
fn large_groups_are_shared_out_evenly_and_keep_what_they_have() {
    let names: Vec<String> = (0..50).map(|number| format!("topic-{number}")).collect();
    let topics: Topics = names.iter().map(|name| (name.clone(), TopicLayout::new(100))).collect();
    for topics_of_each in [50, 7] {
        let mut random = fastrand::Rng::with_seed(5);
        let mut assignor = AssignmentStrategy::CooperativeSticky.assignor();
        let mut members: Vec<GroupMember> = (0..500)
            .map(|number| {
                let topics: Vec<_> = random.choose_multiple(&names, topics_of_each);
                let topics: Vec<&str> = topics.into_iter().map(String::as_str).collect();
                member(&format!("member-{number}"), &topics)
            })
            .collect();
        let assigned = assignor.assign(&members, &topics);
        assert!(assigned.values().all(|partitions| partitions.len() == 10));

        assignor.on_assignment(&[], 1);
        for member in &mut members {
            let owned = assigned[&member.id].iter().map(|owned| (owned.topic.as_str(), owned.partition));
            member.subscription.owned_partitions = consumer_protocol::by_topic(owned);
            member.subscription.generation_id = 1;
        }
        members.truncate(490);
        let again = assignor.assign(&members, &topics);
        assert_eq!(again.values().map(Vec::len).sum::<usize>(), 5000);
        assert!(
            members
                .iter()
                .all(|member| assigned[&member.id].iter().all(|kept| again[&member.id].contains(kept)))
        );
    }
}

#[test]
fn what_nobody_near_can_take_stays_where_it_is() {
    for strategy in [AssignmentStrategy::Sticky, AssignmentStrategy::CooperativeSticky] {
        let mut members = [
            remembering(strategy, "a", &["orders"], &[("orders", 1)]),
            remembering(strategy, "b", &["orders"], &[]),
        ];
        for member in &mut members {
            member.subscription.rack_id = Some("north".to_owned());
        }
        let mut topics = Topics::new();
        topics.insert("orders".to_owned(), layout(&["south", "south", "north", "north"]));
        let assigned = assign(strategy, &members, &topics);
        assert_eq!(assigned, ["a: orders-1 orders-2", "b: orders-0 orders-3"], "{strategy}");
    }
}
