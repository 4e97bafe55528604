import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group: everything that happens to it leaves as a JSON line, and what it is to do comes as lines on its
 * standard input, whose end makes it leave.
 */
final class Member implements ConsumerRebalanceListener {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> ASSIGNORS = Map.of(
            "range", "org.apache.kafka.clients.consumer.RangeAssignor",
            "roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor",
            "sticky", "org.apache.kafka.clients.consumer.StickyAssignor",
            "cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private final KafkaConsumer<String, String> consumer;
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    /** What it was told it has. */
    private final Set<TopicPartition> told = new HashSet<>();

    static void run(JsonNode job) throws Exception {
        new Member(job).work(job);
    }

    private Member(JsonNode job) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", job.get("bootstrap").asText());
        properties.put("group.id", job.get("group").asText());
        properties.put("client.id", job.get("name").asText());
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("max.poll.records", 20);
        properties.put("max.poll.interval.ms", job.get("max_poll_ms").asInt());
        properties.put("reconnect.backoff.max.ms", 500);
        properties.put("metadata.max.age.ms", 2_000);
        if (job.hasNonNull("instance")) {
            properties.put("group.instance.id", job.get("instance").asText());
        }
        String assignor = job.get("assignor").asText();
        if (assignor.startsWith("consumer")) {
            properties.put("group.protocol", "consumer");
            if (assignor.contains(":")) {
                properties.put("group.remote.assignor", assignor.split(":")[1]);
            }
        } else {
            List<String> classes = new ArrayList<>();
            for (String name : assignor.split(",")) {
                classes.add(ASSIGNORS.get(name));
            }
            properties.put("group.protocol", "classic");
            properties.put("partition.assignment.strategy", classes);
            properties.put("session.timeout.ms", job.get("session_ms").asInt());
            properties.put("heartbeat.interval.ms", job.get("heartbeat_ms").asInt());
        }
        consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private void work(JsonNode job) throws Exception {
        Thread input = new Thread(this::listen);
        input.setDaemon(true);
        input.start();
        if (job.hasNonNull("pattern")) {
            String pattern = job.get("pattern").asText();
            // The consumer protocol leaves the pattern to the broker, the classic one to the client.
            if (job.get("assignor").asText().startsWith("consumer")) {
                consumer.subscribe(new SubscriptionPattern(pattern), this);
            } else {
                consumer.subscribe(Pattern.compile(pattern), this);
            }
        } else {
            consumer.subscribe(List.of(job.get("topic").asText()), this);
        }
        try {
            while (obey()) {
                step();
            }
        } finally {
            consumer.close();
        }
        say("left", JSON.createObjectNode());
    }

    private void step() {
        Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
        try {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                say("record", JSON.createObjectNode()
                        .put("topic", record.topic())
                        .put("partition", record.partition())
                        .put("offset", record.offset())
                        .put("value", record.value()));
                handled.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
            }
            if (!handled.isEmpty()) {
                say("committing", offsets(handled));
                consumer.commitSync(handled);
                say("committed", offsets(handled));
            }
        } catch (KafkaException refusal) {
            boolean commits = !handled.isEmpty();
            say(commits ? "commit_failed" : "error", (commits ? offsets(handled) : JSON.createObjectNode()).put("error", refusal.toString()));
        }
        tellSilentLosses();
    }

    /** What was announced and has gone without a word is lost as well. */
    private void tellSilentLosses() {
        Set<TopicPartition> silent = new HashSet<>(told);
        silent.removeAll(consumer.assignment());
        if (!silent.isEmpty()) {
            told.removeAll(silent);
            say("lost", places(silent));
        }
    }

    private void listen() {
        try (var lines = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                commands.add(line);
            }
        } catch (java.io.IOException closed) {
            // It has ended all the same.
        }
        commands.add("leave");
    }

    /** Whether the member is to go on. */
    private boolean obey() throws InterruptedException {
        for (String command = commands.poll(); command != null; command = commands.poll()) {
            String[] words = command.split(" ");
            switch (words[0]) {
                case "leave" -> {
                    return false;
                }
                case "pause" -> Thread.sleep(Long.parseLong(words[1]));
                case "generation" -> {
                    int generation = consumer.groupMetadata().generationId();
                    say("generation", JSON.createObjectNode().put("generation", generation));
                }
                default -> throw new IllegalArgumentException(command);
            }
        }
        return true;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        told.addAll(partitions);
        say("assigned", places(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        told.removeAll(partitions);
        say("revoked", places(partitions));
    }

    /**
     * Who loses partitions loses all. A consumer of the consumer protocol that left the group because it was not polled
     * still announces those that it was about to take, and leaves them out here.
     */
    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        told.addAll(partitions);
        say("lost", places(told));
        told.clear();
    }

    private static ObjectNode places(Collection<TopicPartition> partitions) {
        ObjectNode fields = JSON.createObjectNode();
        ArrayNode list = fields.putArray("partitions");
        partitions.forEach(each -> list.addArray().add(each.topic()).add(each.partition()));
        return fields;
    }

    private static ObjectNode offsets(Map<TopicPartition, OffsetAndMetadata> offsets) {
        ObjectNode fields = JSON.createObjectNode();
        ArrayNode list = fields.putArray("offsets");
        offsets.forEach((each, offset) -> list.addArray().add(each.topic()).add(each.partition()).add(offset.offset()));
        return fields;
    }

    private static synchronized void say(String event, ObjectNode fields) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        System.out.println(fields.put("event", event).put("at", now));
    }
}
