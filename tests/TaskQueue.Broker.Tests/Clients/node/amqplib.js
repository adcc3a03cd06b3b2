import assert from "node:assert/strict"
import amqp from "amqplib"
import { numbers, port, proxy, refused, until } from "./connections.js"

const url = `amqp://guest:guest@127.0.0.1:${port}`
const connection = await amqp.connect(url)

async function confirmsAndReturns() {
  const channel = await connection.createConfirmChannel()
  const returned = []
  channel.on("return", (message) => returned.push(message))
  await channel.assertQueue("confirmed")
  for (const number of numbers(500)) {
    channel.publish("", "confirmed", Buffer.from(number), { persistent: true, mandatory: true, headers: { number, deep: [{ a: 1 }] } })
  }
  channel.publish("", "nowhere", Buffer.from("lost"), { mandatory: true })
  await channel.waitForConfirms()
  assert.deepEqual(returned.map((message) => [message.fields.replyCode, message.content.toString()]), [[312, "lost"]])

  await channel.assertQueue("full", { maxLength: 1, overflow: "reject-publish" })
  const answers = []
  for (const number of numbers(2)) {
    channel.sendToQueue("full", Buffer.from(number), {}, (error) => answers.push(error === null))
    await channel.waitForConfirms().catch(() => {})
  }
  assert.deepEqual(answers, [true, false])

  const taken = []
  await channel.consume("confirmed", (message) => {
    taken.push(message)
    channel.ack(message)
  })
  await until(() => taken.length === 500, () => `500 messages; there are ${taken.length}`)
  assert.deepEqual(taken.map((message) => message.content.toString()), numbers(500))
  assert.deepEqual(taken[7].properties.headers, { number: "7", deep: [{ a: 1 }] })
  await channel.close()
}

async function prefetchAndNack() {
  const channel = await connection.createChannel()
  await channel.assertQueue("dead")
  await channel.assertQueue("slow", { durable: true, arguments: { "x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead" } })
  numbers(10).forEach((number) => channel.sendToQueue("slow", Buffer.from(number)))
  await channel.prefetch(3)
  const taken = []
  await channel.consume("slow", (message) => taken.push(message))
  await until(() => taken.length === 3, () => `3 messages; there are ${taken.length}`)
  // An answer of the broker: what else it would have delivered would have come before.
  assert.equal((await channel.checkQueue("slow")).messageCount, 7)
  assert.equal(taken.length, 3)

  channel.nack(taken[0], false, true)
  channel.nack(taken[1], false, false)
  channel.ack(taken[2])
  await until(() => taken.length === 6, () => `6 messages; there are ${taken.length}`)
  const again = taken.slice(3).filter((message) => message.content.toString() === "0")
  assert.deepEqual(again.map((message) => [message.fields.redelivered, message.properties.headers["x-delivery-count"]]), [[true, 1]])
  for (let dead = 0; dead === 0; dead = (await channel.checkQueue("dead")).messageCount) {
    // It goes its way by itself.
  }
  await channel.close()
}

async function deadLetters() {
  const channel = await connection.createChannel()
  const dead = await channel.get("dead", { noAck: true })
  const [death] = dead.properties.headers["x-death"]
  assert.deepEqual([dead.content.toString(), death.queue, death.reason, death.count], ["1", "slow", "rejected", 1])
  await channel.close()
}

async function reconnecting() {
  const way = await proxy()
  const first = await amqp.connect(`amqp://guest:guest@127.0.0.1:${way.port}`)
  first.on("error", () => {})
  const ended = new Promise((resolve) => first.on("close", resolve))
  const channel = await first.createChannel()
  await channel.assertQueue("kept")
  numbers(5).forEach((number) => channel.sendToQueue("kept", Buffer.from(number), { persistent: true }))
  const held = []
  await channel.consume("kept", (message) => held.push(message))
  await until(() => held.length === 5, () => `5 messages; there are ${held.length}`)
  way.cut()
  await ended

  const second = await amqp.connect(`amqp://guest:guest@127.0.0.1:${way.port}`)
  const next = await second.createChannel()
  const taken = []
  await next.consume("kept", (message) => {
    taken.push(message)
    next.ack(message)
  })
  await until(() => taken.length === 5, () => `5 messages again; there are ${taken.length}`)
  assert.deepEqual(taken.map((message) => [message.content.toString(), message.fields.redelivered]), numbers(5).map((number) => [number, true]))
  await second.close()
  way.close()
}

async function rpc() {
  const server = await connection.createChannel()
  await server.assertQueue("questions")
  await server.consume("questions", (question) => {
    server.sendToQueue(question.properties.replyTo, Buffer.from(question.content.toString().toUpperCase()), { correlationId: question.properties.correlationId })
    server.ack(question)
  })
  const client = await connection.createChannel()
  const answers = new Map()
  await client.consume("amq.rabbitmq.reply-to", (answer) => answers.set(answer.properties.correlationId, answer.content.toString()), { noAck: true })
  numbers(50).forEach((number) => client.sendToQueue("questions", Buffer.from(`question ${number}`), { replyTo: "amq.rabbitmq.reply-to", correlationId: number }))
  await until(() => answers.size === 50, () => `50 answers; there are ${answers.size}`)
  numbers(50).forEach((number) => assert.equal(answers.get(number), `QUESTION ${number}`))

  // Without a consumer of its own a channel has nowhere to be answered.
  const other = await connection.createChannel()
  const failed = new Promise((_, reject) => other.on("error", reject))
  other.sendToQueue("questions", Buffer.from("?"), { replyTo: "amq.rabbitmq.reply-to" })
  await refused(failed, 406)
  await client.close()
  await server.close()
}

await confirmsAndReturns()
await prefetchAndNack()
await deadLetters()
await reconnecting()
await rpc()
await connection.close()
console.log("confirms, prefetch, nack, reconnect, rpc")
