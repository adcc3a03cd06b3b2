import assert from "node:assert/strict"
import { AMQPClient, AMQPSession } from "@cloudamqp/amqp-client"
import { numbers, port, proxy, refused, until } from "./connections.js"

const url = `amqp://guest:guest@127.0.0.1:${port}`
const client = new AMQPClient(url)
const connection = await client.connect()

async function confirmsAndReturns() {
  const channel = await connection.channel()
  await channel.confirmSelect()
  const returned = []
  channel.onReturn = (message) => returned.push(message)
  await channel.queueDeclare("confirmed")
  const tags = await Promise.all(numbers(500).map((number) =>
    channel.basicPublish("", "confirmed", number, { deliveryMode: 2, headers: { number, deep: [{ a: 1 }] } }, true)))
  assert.deepEqual(tags, Array.from({ length: 500 }, (_, index) => index + 1))
  await channel.basicPublish("", "nowhere", "lost", {}, true)
  assert.deepEqual(returned.map((message) => [message.replyCode, message.bodyString()]), [[312, "lost"]])

  await channel.queueDeclare("full", {}, { "x-max-length": 1, "x-overflow": "reject-publish" })
  await channel.basicPublish("", "full", "0")
  await refused(channel.basicPublish("", "full", "1"), "rejected|nack")

  const taken = []
  await channel.basicConsume("confirmed", { noAck: false }, (message) => {
    taken.push(message)
    return message.ack()
  })
  await until(() => taken.length === 500, () => `500 messages; there are ${taken.length}`)
  assert.deepEqual(taken.map((message) => message.bodyString()), numbers(500))
  assert.deepEqual(taken[7].properties.headers, { number: "7", deep: [{ a: 1 }] })
  await channel.close()
}

async function prefetchAndNack() {
  const channel = await connection.channel()
  await channel.queueDeclare("dead")
  await channel.queueDeclare("slow", { durable: true }, { "x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead" })
  await Promise.all(numbers(10).map((number) => channel.basicPublish("", "slow", number)))
  await channel.prefetch(3)
  const taken = []
  await channel.basicConsume("slow", { noAck: false }, (message) => void taken.push(message))
  await until(() => taken.length === 3, () => `3 messages; there are ${taken.length}`)
  // An answer of the broker: what else it would have delivered would have come before.
  assert.equal((await channel.queueDeclare("slow", { passive: true })).messageCount, 7)
  assert.equal(taken.length, 3)

  await taken[0].nack(true)
  await taken[1].nack(false)
  await taken[2].ack()
  await until(() => taken.length === 6, () => `6 messages; there are ${taken.length}`)
  const again = taken.slice(3).filter((message) => message.bodyString() === "0")
  assert.deepEqual(again.map((message) => [message.redelivered, message.properties.headers["x-delivery-count"]]), [[true, 1]])
  let dead = null
  while (dead === null) {
    dead = await channel.basicGet("dead")
  }
  const [death] = dead.properties.headers["x-death"]
  assert.deepEqual([dead.bodyString(), death.queue, death.reason, death.count], ["1", "slow", "rejected", 1])
  await channel.close()
}

async function reconnecting() {
  const way = await proxy()
  let connects = 0
  const session = await AMQPSession.connect(`amqp://guest:guest@127.0.0.1:${way.port}`, { reconnectInterval: 50, onconnect: () => connects++, logger: null })
  const queue = await session.queue("kept", { durable: true })
  for (const number of numbers(5)) {
    await queue.publish(number, { deliveryMode: 2 })
  }
  const taken = []
  await queue.subscribe({ prefetch: 10, noAck: false }, async (message) => {
    taken.push(message)
    // The first five are never settled, so that their connection takes them along.
    if (!message.redelivered) {
      await new Promise(() => {})
    }
  })
  await until(() => taken.length === 5, () => `5 messages; there are ${taken.length}`)
  way.cut()
  await until(() => taken.length === 10, () => `5 messages again; there are ${taken.length}, and ${connects} connections`)
  assert.deepEqual(taken.slice(5).map((message) => [message.bodyString(), message.redelivered]), numbers(5).map((number) => [number, true]))
  assert.equal(connects, 2)
  await session.stop()
  way.close()
}

async function rpc() {
  const session = await AMQPSession.connect(url, { logger: null })
  await session.rpcServer("questions", async (question) => question.bodyString().toUpperCase())
  const answers = await Promise.all(numbers(50).map((number) => session.rpcCall("questions", `question ${number}`, { timeout: 60_000 })))
  assert.deepEqual(answers.map((answer) => answer.bodyString()), numbers(50).map((number) => `QUESTION ${number}`))
  await session.stop()

  const channel = await connection.channel()
  await channel.queueDeclare("questions", { passive: true })
  await channel.close()
}

async function misuse() {
  const channel = await connection.channel()
  await refused(channel.queueDeclare("nowhere", { passive: true }), 404)
  const other = await connection.channel()
  await refused(other.queueDeclare("confirmed", { durable: false }), 406)
}

await confirmsAndReturns()
await prefetchAndNack()
await reconnecting()
await rpc()
await misuse()
await connection.close()
console.log("confirms, prefetch, nack, reconnect, rpc")
