import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The consumer of kafka-clients 0.9 and 0.10: reads one partition from its beginning, as many records as the job says. */
public final class OldConsumer {
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        JsonNode job = JSON.readTree(Path.of(arguments[0]).toFile());
        Properties properties = new Properties();
        properties.put("bootstrap.servers", job.get("bootstrap").asText());
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "none");
        properties.put("max.partition.fetch.bytes", job.get("max_bytes").asText());
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(job.get("topic").asText(), job.get("partitions").get(0).asInt());
        consumer.assign(Collections.singletonList(partition));
        consumer.seek(partition, 0);
        long left = job.get("count").asLong();
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (left > 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(left + " records did not come in the time allowed");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(1000)) {
                answer(record);
                left--;
            }
        }
        consumer.close();
        System.out.flush();
    }

    private static void answer(ConsumerRecord<byte[], byte[]> record) throws Exception {
        ObjectNode line = JSON.createObjectNode()
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("timestamp", timestamp(record))
                .put("key", record.key())
                .put("value", record.value());
        line.putArray("headers");
        System.out.println(line);
    }

    /** Consumers before 0.10 know of no timestamps. */
    private static long timestamp(ConsumerRecord<byte[], byte[]> record) throws Exception {
        try {
            return (Long) ConsumerRecord.class.getMethod("timestamp").invoke(record);
        } catch (NoSuchMethodException before) {
            return -1;
        }
    }
}
