import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The producer of kafka-clients 0.8.2 to 0.10: a job comes as JSON in a file, answers leave as JSON lines. */
public final class OldProducer {
    private static final long PATIENCE_S = 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        JsonNode job = JSON.readTree(Path.of(arguments[0]).toFile());
        Properties properties = new Properties();
        properties.put("bootstrap.servers", job.get("bootstrap").asText());
        properties.put("compression.type", job.get("compression").asText());
        properties.put("acks", "all");
        properties.put("max.request.size", "2000000");
        properties.put("batch.size", "1000000");
        properties.put("linger.ms", "50");
        List<Future<RecordMetadata>> underWay = new ArrayList<>();
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        for (JsonNode record : job.get("records")) {
            underWay.add(producer.send(producerRecord(job.get("topic").asText(), record)));
        }
        for (Future<RecordMetadata> future : underWay) {
            RecordMetadata written = future.get(PATIENCE_S, TimeUnit.SECONDS);
            System.out.println(JSON.createObjectNode().put("partition", written.partition()).put("offset", written.offset()));
        }
        producer.close();
        System.out.flush();
    }

    /** Timestamps came with 0.10; before, a record has none. */
    @SuppressWarnings("unchecked")
    private static ProducerRecord<byte[], byte[]> producerRecord(String topic, JsonNode record) throws Exception {
        Integer partition = record.get("partition").asInt();
        byte[] key = bytes(record.get("key"));
        byte[] value = bytes(record.get("value"));
        for (Constructor<?> each : ProducerRecord.class.getConstructors()) {
            if (each.getParameterCount() == 5 && record.hasNonNull("timestamp")) {
                Long timestamp = record.get("timestamp").asLong();
                return (ProducerRecord<byte[], byte[]>) each.newInstance(topic, partition, timestamp, key, value);
            }
        }
        return new ProducerRecord<>(topic, partition, key, value);
    }

    private static byte[] bytes(JsonNode node) throws IOException {
        return node == null || node.isNull() ? null : node.binaryValue();
    }
}
