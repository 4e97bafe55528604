import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/**
 * Kafka's own tool for groups, put to one broker after another: BOOTSTRAP. Prints each command and what the tool says, without what
 * differs from run to run.
 */
public final class GroupTools {
    private static final long EPOCH_MS = 1_704_067_200_000L;
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    private final String bootstrap;
    private final PrintStream out = System.out;
    private final Path plan;

    private GroupTools(String bootstrap) throws Exception {
        this.bootstrap = bootstrap;
        this.plan = Files.createTempFile("plan", ".csv");
    }

    /** What the tool ends with in the place of the process. */
    private static final class Ended extends RuntimeException {
        private final int status;

        private Ended(int status) {
            this.status = status;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Exit.setExitProcedure((status, message) -> {
            throw new Ended(status);
        });
        GroupTools tools = new GroupTools(arguments[0]);
        tools.prepare();
        tools.play();
        Files.delete(tools.plan);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private KafkaConsumer<String, String> consumer(String group, String... more) {
        var properties = new java.util.HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "group.id", group,
                "enable.auto.commit", "false", "auto.offset.reset", "earliest"));
        for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private void prepare() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var keep = Map.of("retention.ms", "-1");
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1).configs(keep),
                    new NewTopic("payments", 1, (short) 1).configs(keep))).all().get();
        }
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 40; i++) {
                var partition = i % 4;
                var topic = partition == 3 ? "payments" : "orders";
                producer.send(new ProducerRecord<>(topic, partition % 3, EPOCH_MS + i / 4 * 1000L, null, "v" + i)).get();
            }
        }
        try (var consumer = consumer("simple")) {
            consumer.assign(List.of(ORDERS));
            consumer.commitSync(Map.of(ORDERS, new OffsetAndMetadata(4)));
        }
        try (var consumer = consumer("empty")) {
            consumer.subscribe(List.of("orders", "payments"));
            join(consumer, 4);
            consumer.commitSync();
        }
    }

    private static void join(KafkaConsumer<String, String> consumer, int partitions) {
        long deadline = System.currentTimeMillis() + 60_000;
        int records = 0;
        while (consumer.assignment().size() < partitions || records < partitions * 10) {
            records += consumer.poll(Duration.ofMillis(100)).count();
            if (System.currentTimeMillis() > deadline) {
                throw new IllegalStateException(consumer.assignment() + " with " + records + " records");
            }
        }
    }

    private void play() throws Exception {
        withoutMembers();
        try (var classic = consumer("classic", "client.id", "one");
                var fixed = consumer("static", "client.id", "two", "group.instance.id", "two");
                var next = consumer("next", "client.id", "three", "group.protocol", "consumer")) {
            for (var consumer : List.of(classic, fixed, next)) {
                consumer.subscribe(List.of("orders"));
                join(consumer, 3);
                consumer.commitSync(Map.of(ORDERS, new OffsetAndMetadata(7)));
            }
            withMembers();
        }
        afterMembers();
    }

    private void withoutMembers() throws Exception {
        for (String options : List.of("--describe --group empty", "--describe --group empty --offsets --verbose",
                "--describe --group empty --members", "--describe --group empty --state", "--describe --group simple",
                "--describe --group simple --state --verbose", "--describe --group nobody",
                "--describe --group nobody --members", "--describe --group nobody --state")) {
            run(options);
        }
        String reset = "--reset-offsets --group empty ";
        for (String options : List.of("--all-topics --to-earliest", "--topic orders --to-earliest --execute",
                "--topic orders:0,1 --to-latest --execute", "--topic orders --shift-by -3 --dry-run",
                "--topic orders --shift-by -3 --execute", "--topic orders --shift-by 100 --execute",
                "--topic orders --to-offset 2 --execute", "--topic orders:2 --to-offset 50 --execute",
                "--topic orders --to-datetime 2024-01-01T00:00:05.000Z --execute",
                "--topic orders --by-duration P1D --execute", "--topic orders --by-duration P30000D --execute",
                "--topic payments --to-current", "--all-topics --to-current --export", "--topic missing --to-earliest",
                "--topic orders:9 --to-earliest --execute", "--topic orders")) {
            run(reset + options);
        }
        Files.writeString(plan, "orders,0,3\norders,2,8\npayments,0,1\n");
        run(reset + "--from-file " + plan + " --dry-run");
        run(reset + "--from-file " + plan + " --execute");
        run("--describe --group empty");
        run("--reset-offsets --group fresh --topic orders --to-latest --execute");
        run("--describe --group fresh");
        run("--reset-offsets --group nobody --all-topics --to-latest --execute");
        run("--reset-offsets --all-groups --topic orders --to-earliest --execute");
    }

    private void withMembers() throws Exception {
        for (String options : List.of("--list", "--list --state", "--list --state Stable", "--list --state empty,stable",
                "--list --state nonsense", "--list --type", "--list --type classic", "--list --type consumer",
                "--list --type share", "--list --type classic --state Empty", "--list --type nonsense")) {
            run(options);
        }
        for (String group : List.of("classic", "static", "next")) {
            for (String what : List.of("", " --offsets --verbose", " --members", " --members --verbose", " --state",
                    " --state --verbose")) {
                run("--describe --group " + group + what);
            }
            run("--reset-offsets --group " + group + " --topic orders --to-earliest --execute");
            run("--delete --group " + group);
            run("--delete-offsets --group " + group + " --topic orders");
            run("--delete-offsets --group " + group + " --topic payments");
        }
        run("--describe --all-groups --state");
        run("--describe --all-groups");
    }

    private void afterMembers() throws Exception {
        for (String options : List.of("--delete-offsets --group empty --topic orders:0,2 --topic missing",
                "--describe --group empty", "--delete-offsets --group empty --topic payments",
                "--delete-offsets --group nobody --topic orders", "--delete --group empty --group nobody",
                "--delete --group nobody", "--describe --group empty", "--list --state", "--delete --group classic",
                "--delete --group next", "--list")) {
            run(options);
        }
    }

    /** Runs one command as from a command line. */
    private void run(String options) throws Exception {
        var arguments = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
        arguments.addAll(Arrays.asList(options.split(" +")));
        var bytes = new ByteArrayOutputStream();
        var errors = System.err;
        System.setOut(new PrintStream(bytes, true));
        System.setErr(System.out);
        int status = 0;
        try {
            ConsumerGroupCommand.main(arguments.toArray(new String[0]));
        } catch (Ended ended) {
            status = ended.status;
        } finally {
            System.setOut(out);
            System.setErr(errors);
        }
        out.println("$ " + options.replace(plan.toString(), "plan.csv"));
        String said = bytes.toString();
        // How the tool is used is its own affair.
        if (said.contains("Option ") && said.contains("--bootstrap-server <String")) said = "usage";
        said.lines().map(this::normal).filter(line -> !line.isEmpty()).sorted().forEach(out::println);
        out.println("status " + status);
    }

    /** A line without what is of this run alone; the trace of an exception says nothing of the broker. */
    private String normal(String line) {
        if (line.startsWith("\tat ") || line.startsWith("[")) return "";
        return line.replace(bootstrap, "BROKER")
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![\\w-])[\\w-]{22}(?![\\w-])", "ID")
                .replaceAll("\\s+", " ").strip();
    }
}
