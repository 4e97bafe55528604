//! What one client wrote, another reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use fluxmq_tests::interop::client::{CODECS, Client};
use fluxmq_tests::interop::job::Seen;
use fluxmq_tests::interop::{Job, World, samples};
use fluxmq_tests::stored;
use libtest_mimic::Trial;

use super::{case, compare};

/// A topic that a client has written, and what is stored there.
type Written = Result<(String, Vec<Seen>), String>;

/// The topics by their writers, each written when it is first asked for; with text alone for a reader of lines.
#[derive(Default)]
struct Topics(Mutex<BTreeMap<(Client, bool), Written>>);

impl Topics {
    fn of(&self, writer: Client, reader: Client, bootstrap: &str) -> Written {
        let plain = reader == Client::Console;
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.entry((writer, plain)).or_insert_with(|| write(writer, plain, bootstrap)).clone()
    }
}

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let topics = Arc::new(Topics::default());
    let mut all = Vec::new();
    for reader in Client::ALL.into_iter().filter(|client| client.consumes()) {
        for writer in Client::ALL.into_iter().filter(|&writer| writer != reader) {
            let (world, topics) = (Arc::clone(world), Arc::clone(&topics));
            let run = move || {
                let bootstrap = world.bootstrap();
                let (topic, stored) = topics.of(writer, reader, &bootstrap)?;
                compare::read(reader, &bootstrap, &topic, &stored)
            };
            let name = format!("matrix::{}_reads_{}", reader.name(), writer.name());
            all.push(case(name, &[reader.toolchain(), writer.toolchain()], run));
        }
    }
    all
}

/// One topic with every shape of record in every codec.
fn write(writer: Client, plain: bool, bootstrap: &str) -> Written {
    let topic = stored::create_topic(bootstrap, &format!("matrix-{}", writer.name()), 1);
    let shapes = if plain { samples::plain_shapes(writer) } else { samples::shapes(writer) };
    let mut samples = Vec::new();
    for codec in CODECS {
        writer.produce(
            bootstrap,
            &Job::Produce { topic: &topic, samples: &shapes, codec, idempotent: false },
        )?;
        samples.extend(shapes.clone());
    }
    let stored = compare::stored(bootstrap, &topic, &[0]);
    samples::compare(&samples, &stored)?;
    Ok((topic, stored))
}
