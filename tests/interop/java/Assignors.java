import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

/** What Kafka's own assignors make of groups: those of its client for groups in the job, those of its broker by seed. */
public final class Assignors {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        JsonNode job = JSON.readTree(Path.of(arguments[0]).toFile());
        if (job.has("seed")) {
            Random random = new Random(job.get("seed").asLong());
            for (int group = 0; group < job.get("groups").asInt(); group++) {
                serverGroup(random);
            }
        } else {
            for (JsonNode group : job.get("groups")) {
                System.out.println(clientGroup(group));
            }
        }
        System.out.flush();
    }

    private static ConsumerPartitionAssignor assignor(String name) {
        return switch (name) {
            case "range" -> new RangeAssignor();
            case "roundrobin" -> new RoundRobinAssignor();
            case "sticky" -> new StickyAssignor();
            case "cooperative-sticky" -> new CooperativeStickyAssignor();
            default -> throw new IllegalArgumentException("unknown assignor " + name);
        };
    }

    private static Cluster cluster(JsonNode topics) {
        Map<String, Node> nodes = new TreeMap<>();
        List<PartitionInfo> partitions = new ArrayList<>();
        topics.fields().forEachRemaining(topic -> {
            for (JsonNode racks : topic.getValue()) {
                List<Node> replicas = new ArrayList<>();
                for (JsonNode rack : racks) {
                    replicas.add(nodes.computeIfAbsent(rack.asText(), name -> new Node(nodes.size(), "host", 9092, name)));
                }
                int number = (int) partitions.stream().filter(known -> known.topic().equals(topic.getKey())).count();
                Node[] all = replicas.toArray(new Node[0]);
                partitions.add(new PartitionInfo(topic.getKey(), number, Node.noNode(), all, all));
            }
        });
        return new Cluster("cluster", nodes.values(), partitions, Set.of(), Set.of());
    }

    /** The bytes that each member is given, and those that it would keep for the next time. */
    private static ObjectNode clientGroup(JsonNode group) throws Exception {
        String strategy = group.get("strategy").asText();
        Map<String, Subscription> subscriptions = new TreeMap<>();
        ObjectNode line = JSON.createObjectNode();
        ObjectNode echoes = line.putObject("subscriptions");
        for (JsonNode member : group.get("members")) {
            Subscription subscription =
                    ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(member.get("subscription").binaryValue()));
            echoes.put(member.get("id").asText(), Utils.toArray(ConsumerProtocol.serializeSubscription(subscription)));
            subscription.setGroupInstanceId(Optional.ofNullable(member.get("instance").textValue()));
            subscriptions.put(member.get("id").asText(), subscription);
        }
        Map<String, Assignment> assigned = assignor(strategy)
                .assign(cluster(group.get("topics")), new GroupSubscription(subscriptions))
                .groupAssignment();
        ObjectNode assignments = line.putObject("assignments");
        ObjectNode userData = line.putObject("user_data");
        assigned.forEach((id, assignment) -> {
            assignments.put(id, Utils.toArray(ConsumerProtocol.serializeAssignment(assignment)));
            ConsumerPartitionAssignor own = assignor(strategy);
            own.onAssignment(assignment, new ConsumerGroupMetadata("group", 7, id, Optional.empty()));
            ByteBuffer kept = own.subscriptionUserData(Set.of());
            userData.put(id, kept == null ? null : Utils.toArray(kept));
        });
        return line;
    }

    /** A group of the newer protocol: three times it changes and is assigned anew, each time from what was assigned before. */
    private static void serverGroup(Random random) {
        boolean range = random.nextInt(4) == 0;
        boolean homogeneous = random.nextBoolean();
        Map<Uuid, Integer> topics = new TreeMap<>();
        Map<String, MemberSubscriptionAndAssignmentImpl> members = new TreeMap<>();
        int[] names = {0};
        for (int change = 0; change < 3; change++) {
            while (topics.size() < 4 && (topics.isEmpty() || random.nextInt(3) > 0)) {
                topics.put(new Uuid(0, 10 + topics.size()), 1 + random.nextInt(9));
            }
            topics.replaceAll((topic, count) -> random.nextInt(6) == 0 ? count + 2 : count);
            members.keySet().removeIf(member -> random.nextInt(5) == 0);
            while (members.isEmpty() || (members.size() < 7 && random.nextInt(4) > 0)) {
                String id = "m" + (char) ('a' + random.nextInt(26)) + names[0]++;
                Optional<String> instance = random.nextInt(3) == 0 ? Optional.of("i" + random.nextInt(100) + id) : Optional.empty();
                members.put(id, member(instance, topics.keySet(), Map.of()));
            }
            if (homogeneous) {
                members.replaceAll((id, member) -> member(member.instanceId(), topics.keySet(), member.partitions()));
            } else {
                members.replaceAll((id, member) -> {
                    Set<Uuid> some = new TreeSet<>(topics.keySet());
                    some.removeIf(topic -> random.nextInt(3) == 0);
                    return member(member.instanceId(), random.nextBoolean() ? member.subscribedTopicIds() : some, member.partitions());
                });
            }
            assign(range, homogeneous, topics, members);
        }
    }

    private static MemberSubscriptionAndAssignmentImpl member(
            Optional<String> instance, Set<Uuid> topics, Map<Uuid, Set<Integer>> assigned) {
        return new MemberSubscriptionAndAssignmentImpl(
                Optional.empty(),
                instance,
                new TreeSet<>(topics),
                new org.apache.kafka.coordinator.group.modern.Assignment(new TreeMap<>(assigned)));
    }

    /** Assigns a group, prints it with the outcome, and leaves each member with what it got. */
    private static void assign(
            boolean range, boolean homogeneous, Map<Uuid, Integer> topics, Map<String, MemberSubscriptionAndAssignmentImpl> members) {
        Map<Uuid, Map<Integer, String>> owners = new HashMap<>();
        members.forEach((id, member) -> member.partitions().forEach((topic, partitions) ->
                partitions.forEach(partition -> owners.computeIfAbsent(topic, none -> new HashMap<>()).put(partition, id))));
        SubscriptionType type = homogeneous ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
        ConsumerGroupPartitionAssignor assignor =
                range ? new org.apache.kafka.coordinator.group.assignor.RangeAssignor() : new UniformAssignor();
        var targets = assignor.assign(new GroupSpecImpl(members, type, owners), new SubscribedTopicDescriber() {
            @Override
            public int numPartitions(Uuid topic) {
                return topics.getOrDefault(topic, -1);
            }

            @Override
            public Set<String> racksForPartition(Uuid topic, int partition) {
                return Set.of();
            }
        }).members();
        ObjectNode line = JSON.createObjectNode().put("assignor", assignor.name()).put("homogeneous", homogeneous);
        ObjectNode counts = line.putObject("topics");
        topics.forEach((topic, count) -> counts.put(name(topic), count));
        ObjectNode all = line.putObject("members");
        members.replaceAll((id, member) -> {
            Map<Uuid, Set<Integer>> target = targets.containsKey(id) ? targets.get(id).partitions() : Map.of();
            ObjectNode one = all.putObject(id).put("instance", member.instanceId().orElse(null));
            ArrayNode read = one.putArray("topics");
            member.subscribedTopicIds().forEach(topic -> read.add(name(topic)));
            put(one.putObject("assigned"), member.partitions());
            put(one.putObject("target"), target);
            return member(member.instanceId(), member.subscribedTopicIds(), target);
        });
        System.out.println(line);
    }

    private static String name(Uuid topic) {
        return Long.toString(topic.getLeastSignificantBits());
    }

    private static void put(ObjectNode node, Map<Uuid, Set<Integer>> partitions) {
        new TreeMap<>(partitions).forEach((topic, numbers) -> {
            ArrayNode array = node.putArray(name(topic));
            new TreeSet<>(numbers).forEach(array::add);
        });
    }
}
