// franz-go as one of the foreign clients: a job comes as JSON in a file, answers leave as JSON lines.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const patience = 30 * time.Second

// Job is what is asked. Byte strings are base64 in JSON, which is what encoding/json makes of []byte.
type Job struct {
	Action      string
	Bootstrap   string
	Topic       string
	Compression string
	Idempotent  bool
	Records     []Record
	Partitions  []int32
	Start       json.RawMessage
	Timestamp   int64
	// What a member of a group is told besides.
	Name        string
	Group       string
	Pattern     string
	Instance    string
	Assignor    string
	SessionMs   int `json:"session_ms"`
	HeartbeatMs int `json:"heartbeat_ms"`
	MaxPollMs   int `json:"max_poll_ms"`
}

// Record is one record to write, or one that was read.
type Record struct {
	Partition *int32    `json:"partition"`
	Offset    int64     `json:"offset"`
	Timestamp *int64    `json:"timestamp"`
	Key       *[]byte   `json:"key"`
	Value     *[]byte   `json:"value"`
	Headers   []*header `json:"headers"`
}

// A header is a pair in JSON: its name and its content.
type header struct {
	name    string
	content *[]byte
}

func (h *header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.name, &h.content})
}

func (h *header) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{h.name, h.content})
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var job Job
	if err := json.Unmarshal(text, &job); err != nil {
		return err
	}
	if job.Action == "member" {
		return runMember(&job)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch job.Action {
	case "produce":
		return produce(ctx, &job)
	case "consume":
		return consume(ctx, &job)
	case "offsets":
		return offsets(ctx, &job)
	case "admin":
		return admin(ctx, &job)
	}
	return fmt.Errorf("unknown action %q", job.Action)
}

func answer(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}

func bytesOf(pointer *[]byte) []byte {
	if pointer == nil {
		return nil
	}
	if *pointer == nil {
		return []byte{}
	}
	return *pointer
}

func pointerTo(data []byte) *[]byte {
	if data == nil {
		return nil
	}
	return &data
}

func codec(name string) kgo.CompressionCodec {
	switch name {
	case "gzip":
		return kgo.GzipCompression()
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

// byHand puts a record where it says, and by its key where it says nothing.
type byHand struct{ kgo.TopicPartitioner }

func (p byHand) RequiresConsistency(*kgo.Record) bool { return true }

func (p byHand) Partition(record *kgo.Record, partitions int) int {
	if record.Partition >= 0 {
		return int(record.Partition)
	}
	return p.TopicPartitioner.Partition(record, partitions)
}

type byHandPartitioner struct{}

func (byHandPartitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return byHand{kgo.StickyKeyPartitioner(nil).ForTopic(topic)}
}

func produce(ctx context.Context, job *Job) error {
	options := []kgo.Opt{
		kgo.SeedBrokers(job.Bootstrap),
		kgo.ProducerBatchCompression(codec(job.Compression)),
		kgo.ProducerBatchMaxBytes(2_000_000),
		kgo.ProducerLinger(50 * time.Millisecond),
		kgo.RecordPartitioner(byHandPartitioner{}),
		kgo.RequiredAcks(kgo.AllISRAcks()),
	}
	if !job.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	var records []*kgo.Record
	for _, each := range job.Records {
		record := &kgo.Record{Topic: job.Topic, Key: bytesOf(each.Key), Value: bytesOf(each.Value), Partition: -1}
		if each.Partition != nil {
			record.Partition = *each.Partition
		}
		if each.Timestamp != nil {
			record.Timestamp = time.UnixMilli(*each.Timestamp)
		}
		for _, h := range each.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: h.name, Value: bytesOf(h.content)})
		}
		records = append(records, record)
	}
	// Results come in the order of completion; the records keep theirs.
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	for _, record := range records {
		if err := answer(map[string]any{"partition": record.Partition, "offset": record.Offset}); err != nil {
			return err
		}
	}
	return nil
}

func consume(ctx context.Context, job *Job) error {
	start, err := startOffset(job.Start)
	if err != nil {
		return err
	}
	ends, err := endOffsets(ctx, job)
	if err != nil {
		return err
	}
	assigned, left := map[int32]kgo.Offset{}, map[int32]bool{}
	for _, partition := range job.Partitions {
		if ends[partition] > 0 {
			assigned[partition], left[partition] = start, true
		}
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(job.Bootstrap),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{job.Topic: assigned}),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			err = errors.Join(err, answerRecord(record))
			if record.Offset+1 >= ends[record.Partition] {
				delete(left, record.Partition)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func answerRecord(record *kgo.Record) error {
	timestamp := record.Timestamp.UnixMilli()
	found := Record{
		Partition: &record.Partition,
		Offset:    record.Offset,
		Timestamp: &timestamp,
		Key:       pointerTo(record.Key),
		Value:     pointerTo(record.Value),
		Headers:   []*header{},
	}
	for _, h := range record.Headers {
		found.Headers = append(found.Headers, &header{h.Key, pointerTo(h.Value)})
	}
	return answer(found)
}

func startOffset(start json.RawMessage) (kgo.Offset, error) {
	var offset int64
	var at struct{ Timestamp int64 }
	switch {
	case len(start) == 0 || string(start) == `"beginning"`:
		return kgo.NewOffset().AtStart(), nil
	case json.Unmarshal(start, &offset) == nil:
		return kgo.NewOffset().At(offset), nil
	}
	err := json.Unmarshal(start, &at)
	return kgo.NewOffset().AfterMilli(at.Timestamp), err
}

func endOffsets(ctx context.Context, job *Job) (map[int32]int64, error) {
	client, err := kadm.NewOptClient(kgo.SeedBrokers(job.Bootstrap))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	listed, err := client.ListEndOffsets(ctx, job.Topic)
	if err != nil {
		return nil, err
	}
	ends := map[int32]int64{}
	listed.Each(func(offset kadm.ListedOffset) { ends[offset.Partition] = offset.Offset })
	return ends, listed.Error()
}

func offsets(ctx context.Context, job *Job) error {
	client, err := kadm.NewOptClient(kgo.SeedBrokers(job.Bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	low, err := client.ListStartOffsets(ctx, job.Topic)
	if err != nil {
		return err
	}
	high, err := client.ListEndOffsets(ctx, job.Topic)
	if err != nil {
		return err
	}
	after, err := client.ListOffsetsAfterMilli(ctx, job.Timestamp, job.Topic)
	if err != nil {
		return err
	}
	if err := errors.Join(low.Error(), high.Error(), after.Error()); err != nil {
		return err
	}
	for _, partition := range job.Partitions {
		earliest, _ := low.Lookup(job.Topic, partition)
		latest, _ := high.Lookup(job.Topic, partition)
		line := map[string]any{"partition": partition, "earliest": earliest.Offset, "latest": latest.Offset, "at": nil}
		// A time after the last record is answered with the end here, and without a timestamp.
		if found, _ := after.Lookup(job.Topic, partition); found.Timestamp >= 0 {
			line["at"] = found.Offset
		}
		if err := answer(line); err != nil {
			return err
		}
	}
	return nil
}

func admin(ctx context.Context, job *Job) error {
	client, err := kadm.NewOptClient(kgo.SeedBrokers(job.Bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	create := func() string {
		hour := "3600000"
		_, err := client.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": &hour}, job.Topic)
		var refusal *kerr.Error
		switch {
		case err == nil:
			return "NONE"
		case errors.As(err, &refusal):
			return refusal.Message
		}
		return err.Error()
	}
	first, again := create(), create()
	configs, err := client.DescribeTopicConfigs(ctx, job.Topic)
	if err != nil {
		return err
	}
	config, err := configs.On(job.Topic, nil)
	if err != nil {
		return err
	}
	retention := ""
	for _, each := range config.Configs {
		if each.Key == "retention.ms" {
			retention = each.MaybeValue()
		}
	}
	details, err := client.ListTopics(ctx)
	if err != nil {
		return err
	}
	partitions := len(details[job.Topic].Partitions)
	if _, err := client.DeleteTopic(ctx, job.Topic); err != nil {
		return err
	}
	listed := true
	// Apache Kafka answers a deletion before every broker has heard of it.
	for listed && ctx.Err() == nil {
		after, err := client.ListTopics(ctx)
		if err != nil {
			return err
		}
		if listed = after.Has(job.Topic); listed {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return answer(map[string]any{
		"create": first, "again": again, "partitions": partitions, "retention_ms": retention, "listed_after": listed,
	})
}
