//! Classic groups on a real broker, in plain requests: restarts, connections that end, and many groups at once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

use std::future::Future;
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_groups::{DescribeGroupsRequest, DescribedGroup};
use fluxmq_protocol::messages::join_group::JoinGroupRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_protocol::messages::sync_group::SyncGroupRequest;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::joiner::{JOIN_VERSION, Joiner, SYNC_VERSION, gather, numbers};
use fluxmq_tests::stored::unique;
use fluxmq_tests::variables::seed;

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test's steps, for as long as a test may take.
fn play<T>(steps: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let steps = async { tokio::time::timeout(PATIENCE, steps).await };
    runtime.block_on(steps).expect("the members are done in time")
}

async fn joiners(address: &str, group_id: &str, count: usize) -> Vec<Joiner> {
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(Joiner::connect(address, group_id).await.unwrap());
    }
    members
}

fn describe(address: &str, group_id: &str) -> DescribedGroup {
    let request = DescribeGroupsRequest { groups: vec![group_id.to_owned()], ..Default::default() };
    loop {
        let answer = Connection::open(address).unwrap().call(&request, 5).unwrap();
        let [group] = &answer.groups[..] else { panic!("{answer:?}") };
        if !group.error_code.is_retriable() {
            return group.clone();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_restart_disturbs_no_member_of_a_stable_group() {
    let mut broker = Broker::start(Storage::Disk, &[]);
    let (address, group_id) = (broker.address(), unique("restarted"));
    play(async {
        let mut members = joiners(&address, &group_id, 4).await;
        for (number, member) in members.iter_mut().enumerate().skip(2) {
            member.instance_id = Some(format!("instance-{number}"));
        }
        let mut members = gather(members).await.unwrap();
        let before = describe(&address, &group_id);
        for ends_in_order in [false, true] {
            if ends_in_order {
                broker.stop();
            } else {
                broker.kill();
            }
            broker.restart();
            for member in &mut members {
                let (generation, assignment) = (member.generation, member.assignment);
                member.reconnect().await.unwrap();
                assert_eq!(member.heartbeat().await.unwrap(), ErrorCode::NONE);
                let request = SyncGroupRequest {
                    group_id: group_id.clone(),
                    generation_id: generation,
                    member_id: member.member_id.clone(),
                    group_instance_id: member.instance_id.clone(),
                    protocol_type: before.protocol_type.clone().into(),
                    protocol_name: before.protocol_data.clone().into(),
                    assignments: Vec::new(),
                };
                let synced = member.call(&request, SYNC_VERSION).await.unwrap();
                assert_eq!((synced.error_code, numbers(&synced.assignment)), (ErrorCode::NONE, assignment));
            }
            assert_eq!(describe(&address, &group_id), before);
        }
    });
}

#[test]
fn a_group_that_was_rebalancing_when_the_broker_died_comes_together_again() {
    let mut broker = Broker::start(Storage::Disk, &[]);
    let (address, group_id) = (broker.address(), unique("torn"));
    play(async {
        let mut members = gather(joiners(&address, &group_id, 3).await).await.unwrap();
        let generation = members[0].generation;
        // The newcomer waits for the others, who never hear of it.
        let mut newcomer = Joiner::connect(&address, &group_id).await.unwrap();
        let answer = newcomer.call(&newcomer.join_request(), JOIN_VERSION).await.unwrap();
        newcomer.member_id = answer.member_id;
        newcomer.send(&newcomer.join_request(), JOIN_VERSION).await.unwrap();
        while describe(&address, &group_id).group_state != "PreparingRebalance" {
            tokio::task::yield_now().await;
        }
        broker.kill();
        broker.restart();
        assert!(newcomer.receive::<JoinGroupRequest>(JOIN_VERSION).await.is_err());
        assert_eq!(describe(&address, &group_id).group_state, "Stable");
        newcomer.reconnect().await.unwrap();
        for member in &mut members {
            member.reconnect().await.unwrap();
            assert_eq!(member.heartbeat().await.unwrap(), ErrorCode::NONE);
        }
        members.push(newcomer);
        let members = gather(members).await.unwrap();
        assert!(members[0].generation > generation);
        assert_eq!(members[3].refusals, 1, "the newcomer's id was never written down");
        assert_eq!(members[..3].iter().map(|member| member.refusals).sum::<usize>(), 0);
    });
}

#[test]
fn who_loses_its_connection_while_it_waits_holds_nobody_up() {
    let broker = Broker::start(Storage::Memory, &["-c", "group.min.session.timeout.ms=100"]);
    let (address, group_id) = (broker.address(), unique("left"));
    play(async {
        let members = gather(joiners(&address, &group_id, 1).await).await.unwrap();
        for mut lost in joiners(&address, &group_id, 3).await {
            lost.session_timeout_ms = 500;
            let answer = lost.call(&lost.join_request(), JOIN_VERSION).await.unwrap();
            lost.member_id = answer.member_id;
            lost.send(&lost.join_request(), JOIN_VERSION).await.unwrap();
        }
        while describe(&address, &group_id).members.len() < 4 {
            // Lets the time-out of the whole play act.
            tokio::task::yield_now().await;
        }
        let members = gather(members).await.unwrap();
        assert_eq!((members[0].assignment, members[0].refusals), ((0, 1), 0));
        assert_eq!(describe(&address, &group_id).group_state, "Stable");
    });
}

#[test]
fn from_version_5_on_who_asks_for_an_assignment_has_to_name_the_protocol() {
    let broker = Broker::start(Storage::Memory, &[]);
    let (address, group_id) = (broker.address(), unique("unnamed"));
    play(async {
        let mut members = gather(joiners(&address, &group_id, 1).await).await.unwrap();
        let unnamed = SyncGroupRequest {
            group_id,
            generation_id: members[0].generation,
            member_id: members[0].member_id.clone(),
            ..Default::default()
        };
        for (version, answer) in [(4, ErrorCode::NONE), (5, ErrorCode::INCONSISTENT_GROUP_PROTOCOL)] {
            let synced = members[0].call(&unnamed, version).await.unwrap();
            assert_eq!(synced.error_code, answer, "version {version}");
        }
    });
}

#[test]
fn members_come_and_go_all_at_once_and_those_who_stay_share_the_group() {
    let broker = Broker::start(Storage::Memory, &[]);
    let (address, group_id) = (broker.address(), unique("crowd"));
    let mut random = fastrand::Rng::with_seed(seed());
    play(async {
        let mut members = gather(joiners(&address, &group_id, 12).await).await.unwrap();
        for _ in 0..8 {
            let generation = members[0].generation;
            random.shuffle(&mut members);
            for mut member in members.split_off(random.usize(1..12)) {
                let leaving = MemberIdentity { member_id: member.member_id.clone(), ..Default::default() };
                let group_id = group_id.clone();
                let request = LeaveGroupRequest { group_id, members: vec![leaving], ..Default::default() };
                let left = member.call(&request, 5).await.unwrap();
                assert_eq!((left.error_code, left.members[0].error_code), (ErrorCode::NONE, ErrorCode::NONE));
            }
            members.extend(joiners(&address, &group_id, random.usize(1..6)).await);
            members = gather(members).await.unwrap();
            assert!(members[0].generation > generation);
            assert!(members.iter().all(|member| member.refusals == 0), "{members:?}");
            assert_eq!(describe(&address, &group_id).members.len(), members.len());
            members.extend(joiners(&address, &group_id, 12_usize.saturating_sub(members.len())).await);
            members = gather(members).await.unwrap();
        }
    });
}

#[test]
fn two_hundred_groups_of_ten_rebalance_at_once() {
    let broker = Broker::start(Storage::Memory, &[]);
    let address = broker.address();
    play(async {
        let groups: Vec<_> = (0..200)
            .map(|number| {
                let (address, group_id) = (address.clone(), unique(&format!("many-{number}")));
                tokio::spawn(async move {
                    let mut members = gather(joiners(&address, &group_id, 10).await).await.unwrap();
                    for _ in 0..2 {
                        // One begins again without saying so; the others have to join again.
                        let generation = members[0].generation;
                        let leaving =
                            MemberIdentity { member_id: members[9].member_id.clone(), ..Default::default() };
                        let group_id = group_id.clone();
                        let request =
                            LeaveGroupRequest { group_id, members: vec![leaving], ..Default::default() };
                        members[9].call(&request, 5).await.unwrap();
                        members[9].member_id.clear();
                        members[9].generation = -1;
                        members = gather(members).await.unwrap();
                        assert!(members[0].generation > generation);
                    }
                    members.iter().map(|member| member.refusals).sum::<usize>()
                })
            })
            .collect();
        for group in groups {
            assert_eq!(group.await.unwrap(), 0, "a member was given up");
        }
    });
}
