package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The member of a group: events leave as JSON lines, commands come as lines on standard input, whose end makes it leave.
type member struct {
	client   *kgo.Client
	commands chan string
}

var balancers = map[string]kgo.GroupBalancer{
	"range":              kgo.RangeBalancer(),
	"roundrobin":         kgo.RoundRobinBalancer(),
	"sticky":             kgo.StickyBalancer(),
	"cooperative-sticky": kgo.CooperativeStickyBalancer(),
}

var saying sync.Mutex

func say(event string, fields map[string]any) {
	saying.Lock()
	defer saying.Unlock()
	line := map[string]any{"event": event, "at": time.Now().UnixMicro()}
	for name, value := range fields {
		line[name] = value
	}
	// Nobody is left to be told of a failure.
	_ = json.NewEncoder(os.Stdout).Encode(line)
}

// tells makes a callback that says what happened to partitions.
func tells(event string) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		places := [][]any{}
		for topic, numbers := range partitions {
			for _, number := range numbers {
				places = append(places, []any{topic, number})
			}
		}
		say(event, map[string]any{"partitions": places})
	}
}

func runMember(job *Job) error {
	options := []kgo.Opt{
		kgo.SeedBrokers(job.Bootstrap),
		kgo.ConsumerGroup(job.Group),
		kgo.ClientID(job.Name),
		kgo.SessionTimeout(time.Duration(job.SessionMs) * time.Millisecond),
		kgo.RebalanceTimeout(time.Duration(job.MaxPollMs) * time.Millisecond),
		kgo.HeartbeatInterval(time.Duration(job.HeartbeatMs) * time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		// Without this a member may still hold records of partitions that it has given up.
		kgo.BlockRebalanceOnPoll(),
		kgo.MetadataMinAge(time.Second),
		kgo.MetadataMaxAge(2 * time.Second),
		kgo.FetchMaxWait(500 * time.Millisecond),
		kgo.OnPartitionsAssigned(tells("assigned")),
		kgo.OnPartitionsRevoked(tells("revoked")),
		kgo.OnPartitionsLost(tells("lost")),
	}
	if job.Pattern != "" {
		options = append(options, kgo.ConsumeRegex(), kgo.ConsumeTopics(job.Pattern))
	} else {
		options = append(options, kgo.ConsumeTopics(job.Topic))
	}
	if job.Instance != "" {
		options = append(options, kgo.InstanceID(job.Instance))
	}
	var chosen []kgo.GroupBalancer
	for _, name := range strings.Split(job.Assignor, ",") {
		chosen = append(chosen, balancers[name])
	}
	client, err := kgo.NewClient(append(options, kgo.Balancers(chosen...))...)
	if err != nil {
		return err
	}
	m := &member{client: client, commands: make(chan string, 100)}
	go m.listen()
	for m.obey() {
		m.step()
	}
	// A static member does not leave of itself.
	client.CloseAllowingRebalance()
	say("left", nil)
	return nil
}

func (m *member) listen() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		m.commands <- lines.Text()
	}
	m.commands <- "leave"
}

// obey says whether the member is to go on.
func (m *member) obey() bool {
	for {
		select {
		case command := <-m.commands:
			words := strings.Fields(command)
			switch words[0] {
			case "leave":
				return false
			case "pause":
				milliseconds, _ := strconv.Atoi(words[1])
				time.Sleep(time.Duration(milliseconds) * time.Millisecond)
			case "generation":
				_, generation := m.client.GroupMetadata()
				say("generation", map[string]any{"generation": generation})
			default:
				fmt.Fprintln(os.Stderr, "unknown command", command)
				return false
			}
		default:
			return true
		}
	}
}

func (m *member) step() {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	fetches := m.client.PollRecords(ctx, 20)
	defer m.client.AllowRebalance()
	for _, failure := range fetches.Errors() {
		if failure.Err != context.DeadlineExceeded {
			say("error", map[string]any{"error": failure.Err.Error()})
		}
	}
	next := map[string]map[int32]kgo.EpochOffset{}
	var offsets [][]any
	fetches.EachPartition(func(partition kgo.FetchTopicPartition) {
		if len(partition.Records) == 0 {
			return
		}
		for _, record := range partition.Records {
			say("record", map[string]any{
				"topic": record.Topic, "partition": record.Partition, "offset": record.Offset, "value": string(record.Value),
			})
		}
		last := partition.Records[len(partition.Records)-1]
		if next[last.Topic] == nil {
			next[last.Topic] = map[int32]kgo.EpochOffset{}
		}
		next[last.Topic][last.Partition] = kgo.EpochOffset{Epoch: last.LeaderEpoch, Offset: last.Offset + 1}
		offsets = append(offsets, []any{last.Topic, last.Partition, last.Offset + 1})
	})
	if len(offsets) > 0 {
		m.commit(next, offsets)
	}
}

func (m *member) commit(next map[string]map[int32]kgo.EpochOffset, offsets [][]any) {
	say("committing", map[string]any{"offsets": offsets})
	m.client.CommitOffsetsSync(context.Background(), next,
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
			if err == nil {
				for _, topic := range response.Topics {
					for _, partition := range topic.Partitions {
						if failure := kerr.ErrorForCode(partition.ErrorCode); failure != nil {
							err = failure
						}
					}
				}
			}
			if err == nil {
				say("committed", map[string]any{"offsets": offsets})
			} else {
				say("commit_failed", map[string]any{"offsets": offsets, "error": err.Error()})
			}
		})
}
