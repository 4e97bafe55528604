import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Fills an Apache Kafka with everything that its directory can hold, and tells what a broker serves, line by line. */
public final class KafkaDir {
    private static final long EPOCH_MS = 1_700_000_000_000L;
    private static final String GROUP = "readers";

    private final String bootstrap;
    private final Admin admin;

    private KafkaDir(String bootstrap) {
        this.bootstrap = bootstrap;
        this.admin = Admin.create(properties());
    }

    public static void main(String[] arguments) throws Exception {
        KafkaDir dir = new KafkaDir(arguments[1]);
        switch (arguments[0]) {
            case "write" -> dir.write();
            case "more" -> dir.more();
            case "dump" -> dir.dump();
            case "go-on" -> dir.goOn();
            default -> throw new IllegalArgumentException("unknown action " + arguments[0]);
        }
        System.out.flush();
        // A transaction that is open stays open: nothing is closed.
        Runtime.getRuntime().halt(0);
    }

    private Properties properties(String... more) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
        return properties;
    }

    private KafkaProducer<byte[], byte[]> producer(String... more) {
        return new KafkaProducer<>(properties(more), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(String... more) {
        return new KafkaConsumer<>(properties(more), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void create(String name, int partitions, String... configs) throws Exception {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < configs.length; i += 2) values.put(configs[i], configs[i + 1]);
        // The records of the tests are years old.
        values.putIfAbsent("retention.ms", "-1");
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(values))).all().get();
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, int number) {
        byte[] key = number % 5 == 0 ? null : ("key-" + number).getBytes(UTF_8);
        byte[] value = number % 7 == 0 ? null : ("value-" + number + "-" + "x".repeat(number * 10)).getBytes(UTF_8);
        List<Header> headers = new ArrayList<>();
        if (number % 3 == 0) {
            headers.add(new RecordHeader("a", new byte[] {1, 2, 3}));
            headers.add(new RecordHeader("a", (byte[]) null));
        }
        return new ProducerRecord<>(topic, partition, EPOCH_MS + number * 1000L, key, value, headers);
    }

    private void write() throws Exception {
        create("plain", 3);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            var producer = producer("compression.type", codec, "enable.idempotence", "false", "linger.ms", "20");
            for (int i = 0; i < 30; i++) producer.send(record("plain", i % 2, i));
            producer.close();
        }
        create("segments", 1, "segment.bytes", "1048576", "index.interval.bytes", "8192");
        var random = new Random(7);
        var idempotent = producer("enable.idempotence", "true", "acks", "all");
        for (int i = 0; i < 400; i++) {
            byte[] value = new byte[10_000];
            random.nextBytes(value);
            idempotent.send(new ProducerRecord<>("segments", 0, EPOCH_MS + i * 1000L, null, value));
        }
        idempotent.flush();
        create("stamped", 1, "message.timestamp.type", "LogAppendTime", "compression.type", "zstd");
        for (int i = 1; i < 20; i++) idempotent.send(record("stamped", 0, i));
        create("trimmed", 1);
        for (int i = 1; i < 20; i++) idempotent.send(record("trimmed", 0, i));
        idempotent.close();
        admin.deleteRecords(Map.of(new TopicPartition("trimmed", 0), RecordsToDelete.beforeOffset(7))).all().get();
        transactions();
        compacted();
        commit();
        create("gone", 2);
        admin.deleteTopics(List.of("gone")).all().get();
        create("empty", 2);
        var plain = new ConfigResource(ConfigResource.Type.TOPIC, "plain");
        Collection<AlterConfigOp> changes = List.of(
                new AlterConfigOp(new ConfigEntry("max.message.bytes", "2000000"), AlterConfigOp.OpType.SET),
                new AlterConfigOp(new ConfigEntry("flush.ms", "5000"), AlterConfigOp.OpType.SET));
        admin.incrementalAlterConfigs(Map.of(plain, changes)).all().get();
        Collection<AlterConfigOp> back =
                List.of(new AlterConfigOp(new ConfigEntry("flush.ms", null), AlterConfigOp.OpType.DELETE));
        admin.incrementalAlterConfigs(Map.of(plain, back)).all().get();
    }

    private void transactions() throws Exception {
        create("transactions", 1);
        var producer = producer("transactional.id", "tx");
        producer.initTransactions();
        for (int round = 0; round < 4; round++) {
            producer.beginTransaction();
            for (int i = 1; i < 6; i++) producer.send(record("transactions", 0, round * 10 + i));
            producer.flush();
            if (round % 2 == 0) producer.commitTransaction(); else producer.abortTransaction();
        }
        producer.close();
    }

    /** Few keys, many times, and tombstones; waits until the log has been compacted. */
    private void compacted() throws Exception {
        create("compacted", 1, "cleanup.policy", "compact", "segment.ms", "200", "min.cleanable.dirty.ratio", "0.001");
        var producer = producer("linger.ms", "0", "batch.size", "1000");
        var partition = new TopicPartition("compacted", 0);
        int written = 0;
        do {
            for (int i = 0; i < 50; i++, written++) {
                byte[] value = i % 10 == 9 ? null : ("value-" + written).getBytes(UTF_8);
                producer.send(new ProducerRecord<>("compacted", 0, ("key-" + i % 10).getBytes(UTF_8), value)).get();
            }
            Thread.sleep(400);
        } while (read(partition).size() > written / 2);
        producer.close();
    }

    private void commit() {
        var consumer = consumer("group.id", GROUP, "enable.auto.commit", "false");
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        offsets.put(new TopicPartition("plain", 0), new OffsetAndMetadata(5, Optional.of(0), "five"));
        offsets.put(new TopicPartition("plain", 1), new OffsetAndMetadata(17, Optional.of(0), ""));
        offsets.put(new TopicPartition("trimmed", 0), new OffsetAndMetadata(9));
        offsets.put(new TopicPartition("gone", 0), new OffsetAndMetadata(1));
        offsets.remove(new TopicPartition("gone", 0));
        consumer.commitSync(offsets);
        consumer.close();
    }

    /** What is written after a restart has a later leader epoch. A transaction is left open. */
    private void more() throws Exception {
        var producer = producer();
        for (int i = 1; i < 20; i++) producer.send(record("plain", i % 3, i)).get();
        producer.close();
        var consumer = consumer("group.id", GROUP, "enable.auto.commit", "false");
        consumer.commitSync(Map.of(new TopicPartition("plain", 2), new OffsetAndMetadata(3, Optional.of(1), "three")));
        var open = producer("transactional.id", "open");
        open.initTransactions();
        open.beginTransaction();
        open.send(record("transactions", 0, 1));
        open.sendOffsetsToTransaction(
                Map.of(new TopicPartition("plain", 0), new OffsetAndMetadata(20)), consumer.groupMetadata());
        open.flush();
    }

    private List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition) {
        try (var consumer = consumer("isolation.level", "read_uncommitted", "auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofSeconds(5)).forEach(records::add);
            }
            return records;
        }
    }

    private void dump() throws Exception {
        var names = new TreeSet<String>(admin.listTopics().names().get());
        for (TopicDescription topic : new TreeMap<>(admin.describeTopics(names).allTopicNames().get()).values()) {
            System.out.println("topic " + topic.name() + " " + topic.topicId());
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
            var configs = new TreeSet<String>();
            for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
                if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
                    configs.add("config " + topic.name() + " " + entry.name() + "=" + entry.value());
                }
            }
            configs.forEach(System.out::println);
            for (int i = 0; i < topic.partitions().size(); i++) dump(new TopicPartition(topic.name(), i));
        }
        var offsets = admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
        var lines = new TreeSet<String>();
        offsets.forEach((partition, offset) -> lines.add("committed " + partition + " " + offset));
        lines.forEach(System.out::println);
    }

    private void dump(TopicPartition partition) throws Exception {
        System.out.println("start " + partition + " " + offset(partition, OffsetSpec.earliest()).offset());
        System.out.println("end " + partition + " " + offset(partition, OffsetSpec.latest()).offset());
        var latest = offset(partition, OffsetSpec.maxTimestamp());
        System.out.println("latest " + partition + " " + latest.offset() + " at " + latest.timestamp());
        for (long second : List.of(-1, 0, 1, 15, 29, 30, 250, 399, 400)) {
            var found = offset(partition, OffsetSpec.forTimestamp(EPOCH_MS + second * 1000));
            System.out.println("from " + second + " s " + partition + " " + found.offset() + " at " + found.timestamp());
        }
        for (ConsumerRecord<byte[], byte[]> record : read(partition)) {
            StringBuilder headers = new StringBuilder();
            for (Header header : record.headers()) {
                headers.append(' ').append(header.key()).append('=').append(hex(header.value()));
            }
            System.out.println("record " + partition + " " + record.offset() + " epoch "
                    + record.leaderEpoch().orElse(-1) + " " + record.timestampType() + " " + record.timestamp() + " "
                    + hex(record.key()) + " " + hex(record.value()) + headers);
        }
    }

    private ListOffsetsResultInfo offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
    }

    /** Consumers of the group go on where it was, producers write, and both meet. */
    private void goOn() throws Exception {
        var partition = new TopicPartition("plain", 2);
        var consumer = consumer("group.id", GROUP, "auto.offset.reset", "none", "enable.auto.commit", "false");
        consumer.assign(List.of(partition));
        long committed = consumer.position(partition);
        var producer = producer("enable.idempotence", "true");
        var written = producer.send(record("plain", 2, 9)).get();
        producer.close();
        long first = -1;
        long last = -1;
        while (last < written.offset()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(5))) {
                first = first < 0 ? record.offset() : first;
                last = record.offset();
            }
        }
        consumer.commitSync();
        System.out.println("committed " + committed + " first " + first + " written " + (last == written.offset()));
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : "0x" + HexFormat.of().formatHex(bytes);
    }
}
