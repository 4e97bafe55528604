import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** kafka-clients as one of the foreign clients: a job comes as JSON in a file, answers leave as JSON lines. */
public final class Interop {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        JsonNode job = JSON.readTree(Path.of(arguments[0]).toFile());
        switch (job.get("action").asText()) {
            case "produce" -> produce(job);
            case "consume" -> consume(job);
            case "offsets" -> offsets(job);
            case "admin" -> admin(job);
            case "load" -> load(job);
            case "member" -> Member.run(job);
            default -> throw new IllegalArgumentException("unknown action " + job.get("action"));
        }
        System.out.flush();
    }

    private static Properties bootstrap(JsonNode job) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", job.get("bootstrap").asText());
        return properties;
    }

    private static byte[] bytes(JsonNode node) throws IOException {
        return node == null || node.isNull() ? null : node.binaryValue();
    }

    private static void answer(ObjectNode line) {
        System.out.println(line);
    }

    private static void produce(JsonNode job) throws Exception {
        Properties properties = bootstrap(job);
        properties.put("compression.type", job.path("compression").asText("none"));
        properties.put("enable.idempotence", job.path("idempotent").asBoolean(false));
        properties.put("acks", "all");
        properties.put("max.request.size", 2_000_000);
        properties.put("batch.size", 1_000_000);
        properties.put("linger.ms", 50);
        List<Future<RecordMetadata>> underWay = new ArrayList<>();
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (JsonNode record : job.get("records")) {
                underWay.add(producer.send(producerRecord(job.get("topic").asText(), record)));
            }
            producer.flush();
        }
        for (Future<RecordMetadata> future : underWay) {
            RecordMetadata written = future.get();
            answer(JSON.createObjectNode().put("partition", written.partition()).put("offset", written.offset()));
        }
    }

    private static ProducerRecord<byte[], byte[]> producerRecord(String topic, JsonNode record) throws IOException {
        List<Header> headers = new ArrayList<>();
        for (JsonNode header : record.path("headers")) {
            headers.add(new RecordHeader(header.get(0).asText(), bytes(header.get(1))));
        }
        Integer partition = record.hasNonNull("partition") ? record.get("partition").asInt() : null;
        Long timestamp = record.hasNonNull("timestamp") ? record.get("timestamp").asLong() : null;
        return new ProducerRecord<>(topic, partition, timestamp, bytes(record.get("key")), bytes(record.get("value")), headers);
    }

    /** Numbered records to the targets in turn until standard input ends; one line for each that was acknowledged. */
    private static void load(JsonNode job) {
        Properties properties = bootstrap(job);
        properties.put("enable.idempotence", job.path("idempotent").asBoolean(false));
        properties.put("acks", "all");
        properties.put("linger.ms", 50);
        properties.put("reconnect.backoff.max.ms", 500);
        // Nothing is given up however often the broker dies.
        properties.put("delivery.timeout.ms", Integer.MAX_VALUE);
        AtomicBoolean ended = new AtomicBoolean();
        Thread input = new Thread(() -> {
            try {
                System.in.read();
            } catch (IOException closed) {
                // It has ended all the same.
            }
            ended.set(true);
        });
        input.setDaemon(true);
        input.start();
        JsonNode targets = job.get("targets");
        String filling = "x".repeat(job.get("filling").asInt());
        long number = 0;
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (; !ended.get(); number++) {
                long sent = number;
                JsonNode target = targets.get((int) (number % targets.size()));
                byte[] key = Long.toString(number % job.get("keys").asLong()).getBytes(UTF_8);
                byte[] value = (String.format("%012d", number) + filling).getBytes(UTF_8);
                var record = new ProducerRecord<>(target.get(0).asText(), target.get(1).asInt(), key, value);
                producer.send(record, (written, refusal) -> acknowledged(sent, written, refusal));
            }
        }
        answer(JSON.createObjectNode().put("sent", number));
    }

    private static void acknowledged(long number, RecordMetadata written, Exception refusal) {
        if (refusal != null) {
            System.err.println(refusal);
            return;
        }
        answer(JSON.createObjectNode()
                .put("topic", written.topic())
                .put("partition", written.partition())
                .put("offset", written.offset())
                .put("number", number));
    }

    private static KafkaConsumer<byte[], byte[]> consumer(JsonNode job) {
        Properties properties = bootstrap(job);
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "none");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(JsonNode job) {
        List<TopicPartition> found = new ArrayList<>();
        job.get("partitions").forEach(each -> found.add(new TopicPartition(job.get("topic").asText(), each.asInt())));
        return found;
    }

    private static void consume(JsonNode job) {
        try (var consumer = consumer(job)) {
            List<TopicPartition> partitions = partitions(job);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
            consumer.assign(partitions);
            seek(consumer, partitions, job.path("start"), ends);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("the end of the partitions was not reached in the time allowed");
                }
                consumer.poll(Duration.ofSeconds(1)).forEach(Interop::answerRecord);
            }
        }
    }

    private static void seek(
            KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, JsonNode start, Map<TopicPartition, Long> ends) {
        if (start.isObject()) {
            for (TopicPartition each : partitions) {
                OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(each, start.get("timestamp").asLong())).get(each);
                consumer.seek(each, found == null ? ends.get(each) : found.offset());
            }
        } else if (start.isNumber()) {
            partitions.forEach(each -> consumer.seek(each, start.asLong()));
        } else {
            consumer.seekToBeginning(partitions);
        }
    }

    private static void answerRecord(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = JSON.createObjectNode()
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("timestamp", record.timestamp())
                .put("key", record.key())
                .put("value", record.value());
        ArrayNode headers = line.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(header.value());
        }
        answer(line);
    }

    private static void offsets(JsonNode job) {
        try (var consumer = consumer(job)) {
            List<TopicPartition> partitions = partitions(job);
            Map<TopicPartition, Long> low = consumer.beginningOffsets(partitions, PATIENCE);
            Map<TopicPartition, Long> high = consumer.endOffsets(partitions, PATIENCE);
            for (TopicPartition each : partitions) {
                OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(each, job.get("timestamp").asLong())).get(each);
                answer(JSON.createObjectNode()
                        .put("partition", each.partition())
                        .put("earliest", low.get(each))
                        .put("latest", high.get(each))
                        .put("at", found == null ? null : (Long) found.offset()));
            }
        }
    }

    private static void admin(JsonNode job) throws Exception {
        String name = job.get("topic").asText();
        try (Admin admin = Admin.create(bootstrap(job))) {
            String first = create(admin, name);
            String again = create(admin, name);
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
            var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
            int partitions = admin.describeTopics(List.of(name)).allTopicNames().get().get(name).partitions().size();
            admin.deleteTopics(List.of(name)).all().get();
            // Apache Kafka answers a deletion before every broker has heard of it.
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (admin.listTopics().names().get().contains(name) && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            answer(JSON.createObjectNode()
                    .put("create", first)
                    .put("again", again)
                    .put("partitions", partitions)
                    .put("retention_ms", config.get("retention.ms").value())
                    .put("listed_after", admin.listTopics().names().get().contains(name)));
        }
    }

    private static String create(Admin admin, String name) throws InterruptedException {
        NewTopic topic = new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "3600000"));
        try {
            admin.createTopics(List.of(topic)).all().get();
            return "NONE";
        } catch (ExecutionException refusal) {
            if (refusal.getCause() instanceof ApiException cause) {
                return Errors.forException(cause).name();
            }
            throw new IllegalStateException(refusal);
        }
    }
}
