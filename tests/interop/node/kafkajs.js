// kafkajs as one of the foreign clients: it produces and administers; without a group it cannot consume.
"use strict"

const fs = require("node:fs")
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require("kafkajs")
const snappy = require("kafkajs-snappy")
const lz4 = require("lz4js")
const { hash } = require("lz4js/xxh32")
const { ZstdCodec } = require("zstd-codec")
const member = require("./member")

// kafkajs brings gzip alone; the rest is plugged in.
CompressionCodecs[CompressionTypes.Snappy] = snappy
CompressionCodecs[CompressionTypes.LZ4] = codec(async () => independentBlocks)
CompressionCodecs[CompressionTypes.ZSTD] = codec(
  () => new Promise(resolve => ZstdCodec.run(zstd => resolve(data => new zstd.Simple().compress(data))))
)

function codec(load) {
  return () => ({
    compress: async encoder => Buffer.from((await load())(encoder.buffer)),
    decompress: async () => {
      throw new Error("nothing is read back here")
    },
  })
}

// lz4js leaves the flag of independent blocks unset, and Kafka takes no others. One block, up to 4 MB, is independent.
function independentBlocks(data) {
  const frame = lz4.compress(data)
  frame[4] |= 0x20
  frame[6] = (hash(0, frame, 4, 2) >> 8) & 0xff
  return frame
}

const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

const unpack = text => (text == null ? null : Buffer.from(text, "base64"))
const answer = fields => process.stdout.write(JSON.stringify(fields) + "\n")

// Headers are a dictionary here: a name that occurs twice carries a list.
function dictionary(headers) {
  const found = {}
  for (const [name, content] of headers || []) {
    const value = unpack(content)
    if (!(name in found)) found[name] = value
    else found[name] = [].concat(found[name], value)
  }
  return found
}

async function produce(kafka, job) {
  const producer = kafka.producer({
    idempotent: job.idempotent === true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const messages = job.records.map(record => {
    const message = { key: unpack(record.key), value: unpack(record.value), headers: dictionary(record.headers) }
    if (record.partition != null) message.partition = record.partition
    if (record.timestamp != null) message.timestamp = String(record.timestamp)
    return message
  })
  const results = await producer.send({ topic: job.topic, acks: -1, compression: CODECS[job.compression || "none"], messages })
  for (const result of results) answer({ partition: result.partition, base_offset: Number(result.baseOffset) })
  await producer.disconnect()
}

async function admin(kafka, job) {
  const admin = kafka.admin()
  await admin.connect()
  const topic = { topic: job.topic, numPartitions: 3, replicationFactor: 1 }
  topic.configEntries = [{ name: "retention.ms", value: "3600000" }]
  const create = async () => {
    try {
      // False says that it exists already; every other refusal is thrown.
      return (await admin.createTopics({ topics: [topic] })) ? "NONE" : "TOPIC_ALREADY_EXISTS"
    } catch (error) {
      return (error.errors ? error.errors[0] : error).type
    }
  }
  const first = await create()
  const again = await create()
  const configs = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: job.topic, configNames: ["retention.ms"] }],
  })
  const metadata = await admin.fetchTopicMetadata({ topics: [job.topic] })
  await admin.deleteTopics({ topics: [job.topic] })
  // Apache Kafka answers a deletion before every broker has heard of it.
  const deadline = Date.now() + 30000
  while ((await admin.listTopics()).includes(job.topic) && Date.now() < deadline) await new Promise(r => setTimeout(r, 50))
  answer({
    create: first,
    again,
    partitions: metadata.topics[0].partitions.length,
    retention_ms: configs.resources[0].configEntries[0].configValue,
    listed_after: (await admin.listTopics()).includes(job.topic),
  })
  await admin.disconnect()
}

async function offsets(kafka, job) {
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(job.topic)
  const found = await admin.fetchTopicOffsetsByTimestamp(job.topic, job.timestamp)
  for (const partition of job.partitions) {
    const { low, high } = ends.find(each => each.partition === partition)
    const at = Number(found.find(each => each.partition === partition).offset)
    // A time after the last record is answered with the end here.
    answer({ partition, earliest: Number(low), latest: Number(high), at: at === Number(high) ? null : at })
  }
  await admin.disconnect()
}

async function main() {
  const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"))
  if (job.action === "member") return member.run(job)
  const kafka = new Kafka({ clientId: "kafkajs", brokers: [job.bootstrap], logLevel: logLevel.ERROR })
  await { produce, admin, offsets }[job.action](kafka, job)
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
