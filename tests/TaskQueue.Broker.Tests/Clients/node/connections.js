// What the scripts of both clients share.
import assert from "node:assert/strict"
import net from "node:net"

export const port = Number(process.argv[2])

// A way to the broker that can be cut.
export async function proxy() {
  const sockets = new Set()
  const server = net.createServer((client) => {
    const broker = net.connect(port, "127.0.0.1")
    for (const [from, to] of [[client, broker], [broker, client]]) {
      sockets.add(from)
      from.on("data", (data) => to.write(data))
      from.on("error", () => {})
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: server.address().port,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () => server.close(),
  }
}

// Waits for what comes by callback.
export async function until(condition, what) {
  for (const since = Date.now(); !condition(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    assert(Date.now() - since < 60_000, `within a minute: ${what()}`)
  }
}

export const numbers = (count, first = 0) => Array.from({ length: count }, (_, index) => String(first + index))

export async function refused(promise, code) {
  try {
    await promise
  } catch (error) {
    assert.match(String(error), new RegExp(code))
    return
  }
  assert.fail(`nothing was refused with ${code}`)
}
