//! What classic groups cost: many of them rebalancing at once, and many members that only say that they are there.
//!
//! ```text
//! cargo bench -p fluxmq-tests --bench groups                       this workspace's own broker, in memory
//! cargo bench -p fluxmq-tests --bench groups -- --broker 127.0.0.1:9092 --pid 1234       any other
//! ```
//! `--only rebalance` and `--only idle` run one part; `--groups`, `--members`, `--rounds` and `--seconds` change the sizes. Figures of
//! two brokers compare only when both were taken on one machine.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "it prints figures and ends at the first surprise"
)]

use std::time::{Duration, Instant};

use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::joiner::{Joiner, gather};
use fluxmq_tests::process;
use fluxmq_tests::stored::unique;

/// How often an idle member says that it is there: as the Java client does by default.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(3);
const IDLE_GROUPS: usize = 500;

#[derive(Debug, Clone)]
struct Options {
    broker: String,
    process_id: u32,
    groups: usize,
    members: usize,
    rounds: usize,
    seconds: u64,
    only: String,
}

fn main() {
    let mut options = Options {
        broker: String::new(),
        process_id: 0,
        groups: 200,
        members: 10,
        rounds: 5,
        seconds: 30,
        only: String::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        match word.as_str() {
            "--broker" => options.broker = value(),
            "--pid" => options.process_id = value().parse().expect("--pid takes a number"),
            "--groups" => options.groups = value().parse().expect("--groups takes a number"),
            "--members" => options.members = value().parse().expect("--members takes a number"),
            "--rounds" => options.rounds = value().parse().expect("--rounds takes a number"),
            "--seconds" => options.seconds = value().parse().expect("--seconds takes a number"),
            "--only" => options.only = value(),
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    let own = options.broker.is_empty().then(|| Broker::start(Storage::Memory, &["--log-level", "warn"]));
    if let Some(broker) = &own {
        options.broker = broker.address();
        options.process_id = broker.process_id();
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    let wanted = |part: &str| options.only.is_empty() || options.only == part;
    if wanted("rebalance") {
        runtime.block_on(rebalance(&options));
    }
    if wanted("idle") {
        runtime.block_on(idle(&options));
    }
}

/// Groups whose members all join, and then one in each leaves and joins again, all groups at once.
async fn rebalance(options: &Options) {
    println!("-- {} groups x {} members", options.groups, options.members);
    ready(options).await;
    let mut groups = Vec::new();
    for number in 0..options.groups {
        groups.push(joiners(options, &unique(&format!("bench-{number}")), options.members).await);
    }
    let mut groups = measured(options, "all join", groups, gather).await;
    for _ in 0..options.rounds {
        groups = measured(options, "one leaves and comes back", groups, |mut members| async move {
            if let Some(last) = members.last_mut() {
                let leaving = MemberIdentity { member_id: last.member_id.clone(), ..Default::default() };
                let request = LeaveGroupRequest {
                    group_id: last.group_id.clone(),
                    members: vec![leaving],
                    ..Default::default()
                };
                last.call(&request, 5).await?;
                last.member_id.clear();
                last.generation = -1;
            }
            gather(members).await
        })
        .await;
    }
    let refusals: usize = groups.iter().flatten().map(|member| member.refusals).sum();
    row("members that were given up", &refusals.to_string());
}

/// Waits until the broker coordinates groups. Some make the topic for them only when somebody asks for a coordinator.
async fn ready(options: &Options) {
    let group = unique("bench");
    let mut asking = Joiner::connect(&options.broker, &group).await.expect("the broker is there");
    let request = FindCoordinatorRequest { key: group, ..Default::default() };
    while !asking.call(&request, 0).await.expect("the broker answers").error_code.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// All groups do the same at once; how long it takes, and what it takes of the broker.
async fn measured<F>(
    options: &Options,
    what: &str,
    groups: Vec<Vec<Joiner>>,
    step: impl Fn(Vec<Joiner>) -> F,
) -> Vec<Vec<Joiner>>
where
    F: Future<Output = std::io::Result<Vec<Joiner>>> + Send + 'static,
{
    let (begin, cpu) = (Instant::now(), process::cpu_seconds(options.process_id));
    let tasks: Vec<_> = groups.into_iter().map(|members| tokio::spawn(step(members))).collect();
    let mut after = Vec::new();
    for task in tasks {
        after.push(task.await.expect("a group does not panic").expect("a group comes together"));
    }
    let cpu = process::cpu_seconds(options.process_id) - cpu;
    row(what, &format!("{:.2} s, {cpu:.2} s of the broker's CPU", begin.elapsed().as_secs_f64()));
    after
}

/// Members of stable groups that only say that they are there.
async fn idle(options: &Options) {
    let count = IDLE_GROUPS * options.members;
    println!("-- {count} idle members");
    let memory = process::resident_bytes(options.process_id);
    let mut groups = Vec::new();
    for number in 0..IDLE_GROUPS {
        let members = joiners(options, &unique(&format!("idle-{number}")), options.members).await;
        groups.push(gather(members).await.expect("a group comes together"));
    }
    let more = process::resident_bytes(options.process_id).saturating_sub(memory) as f64;
    row(
        "more memory",
        &format!("{:.1} MiB, {:.1} KiB a member", more / 1_048_576.0, more / 1024.0 / count as f64),
    );
    let (begin, cpu) = (Instant::now(), process::cpu_seconds(options.process_id));
    let end = begin + Duration::from_secs(options.seconds);
    let tasks = groups.into_iter().flatten().enumerate().map(|(place, mut member)| {
        let first = begin + HEARTBEAT_INTERVAL.mul_f64(place as f64 / count as f64);
        tokio::spawn(async move {
            let mut next = tokio::time::Instant::from_std(first);
            let mut beats = 0;
            while next.into_std() < end {
                tokio::time::sleep_until(next).await;
                assert!(!member.go_on().await.expect("the broker answers"), "nobody is disturbed");
                beats += 1;
                next += HEARTBEAT_INTERVAL;
            }
            beats
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut beats = 0;
    for task in tasks {
        beats += task.await.expect("a member does not panic");
    }
    let cpu = process::cpu_seconds(options.process_id) - cpu;
    let elapsed = begin.elapsed().as_secs_f64();
    row("heartbeats", &format!("{:.0} a second", f64::from(beats) / elapsed));
    row("the broker's CPU", &format!("{:.1} % of a core", cpu / elapsed * 100.0));
}

async fn joiners(options: &Options, group_id: &str, count: usize) -> Vec<Joiner> {
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        members.push(Joiner::connect(&options.broker, group_id).await.expect("the broker takes connections"));
    }
    members
}

fn row(name: &str, value: &str) {
    println!("{name:<40}{value}");
}
