// kafkajs as a member of a group: events leave as JSON lines, commands come as lines on standard input, whose end makes
// the member leave.
"use strict"

const readline = require("node:readline")
const { Kafka, PartitionAssigners, AssignerProtocol, logLevel } = require("kafkajs")

const BATCH = 20
const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

function say(event, fields) {
  const at = Math.round((performance.timeOrigin + performance.now()) * 1000)
  process.stdout.write(JSON.stringify({ event, at, ...fields }) + "\n")
}

// kafkajs has an assigner of its own alone, under a name that no other client knows. This one speaks as theirs do.
const roundrobin = ({ cluster }) => ({
  ...PartitionAssigners.roundRobin({ cluster }),
  name: "roundrobin",
  protocol: ({ topics }) => ({
    name: "roundrobin",
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
})

// kafkajs tells of what it was given, and not of what it gives up: that it does when it asks to join.
function watched(assigner, owned) {
  return options => {
    const inner = assigner(options)
    return {
      ...inner,
      protocol: about => {
        owned.giveUp("revoked")
        return inner.protocol(about)
      },
    }
  }
}

class Owned {
  constructor() {
    this.partitions = []
  }

  take(assignment) {
    this.giveUp("revoked")
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) this.partitions.push([topic, partition])
    }
    say("assigned", { partitions: this.partitions })
  }

  has(topic, partition) {
    return this.partitions.some(each => each[0] === topic && each[1] === partition)
  }

  giveUp(how) {
    if (this.partitions.length > 0) say(how, { partitions: this.partitions })
    this.partitions = []
  }
}

class Commands {
  constructor() {
    this.pauses = []
    this.leave = new Promise(resolve => {
      const lines = readline.createInterface({ input: process.stdin })
      lines.on("line", line => {
        const [command, milliseconds] = line.split(" ")
        if (command === "pause") this.pauses.push(Number(milliseconds))
        else resolve()
      })
      lines.on("close", resolve)
    })
  }

  async obey() {
    while (this.pauses.length > 0) await sleep(this.pauses.shift())
  }
}

async function run(job) {
  const kafka = new Kafka({
    clientId: job.name,
    brokers: [job.bootstrap],
    logLevel: logLevel.NOTHING,
    // Restarts of the broker are to be outlasted.
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 1000 },
  })
  const owned = new Owned()
  const commands = new Commands()
  const left = commands.leave.then(() => "left")
  let ended
  do {
    const consumer = kafka.consumer({
      groupId: job.group,
      sessionTimeout: job.session_ms,
      rebalanceTimeout: job.max_poll_ms,
      heartbeatInterval: job.heartbeat_ms,
      maxWaitTimeInMs: 200,
      metadataMaxAge: 2000,
      partitionAssigners: [watched(job.assignor === "roundrobin" ? roundrobin : PartitionAssigners.roundRobin, owned)],
    })
    ended = await Promise.race([left, live(consumer, job, owned, commands)])
    // Others may have what it gives up as soon as it says that it leaves, which is before that returns.
    owned.giveUp("revoked")
    await consumer.disconnect()
    owned.giveUp("revoked")
  } while (ended !== "left")
  say("left", {})
  process.exit(0)
}

// Lives until the client gives up, which it does at times when there is no broker; then one begins anew.
async function live(consumer, job, owned, commands) {
  const crashed = new Promise(resolve => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      say("error", { error: String(payload.error) })
      if (!payload.restart) resolve("crashed")
    })
  })
  consumer.on(consumer.events.GROUP_JOIN, event => owned.take(event.payload.memberAssignment))
  await consumer.connect()
  await consumer.subscribe({ topics: [job.pattern ? new RegExp(job.pattern) : job.topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: context => handle(context, commands, owned),
  })
  return crashed
}

async function handle({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale }, commands, owned) {
  const { topic, partition, messages } = batch
  // A fetch that was under way may come in while the client joins again. What is not resolved is fetched again.
  const mine = () => owned.has(topic, partition) && isRunning() && !isStale()
  for (let first = 0; first < messages.length && mine(); first += BATCH) {
    await commands.obey()
    await heartbeat()
    if (!mine()) return
    let offset
    for (const message of messages.slice(first, first + BATCH)) {
      offset = message.offset
      say("record", { topic, partition, offset: Number(offset), value: message.value.toString() })
      resolveOffset(offset)
    }
    const offsets = [[topic, partition, Number(offset) + 1]]
    say("committing", { offsets })
    try {
      const next = String(Number(offset) + 1)
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] })
      say("committed", { offsets })
    } catch (error) {
      say("commit_failed", { offsets, error: String(error) })
      throw error
    }
  }
}

module.exports = { run }
