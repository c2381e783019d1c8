import { paced } from "@musehub/adapter-postgres/connection/pacedSocket"
import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { PassThrough } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"

describe("the socket of a connection", () => {
  it("gives the event loop a turn after each 256 KiB of rows, and loses none", async () => {
    const chunks = Array.from({ length: 32 }, (_, index) => Buffer.alloc(64 * 1024, index))
    const stream = paced(new PassThrough({ highWaterMark: 64 * 1024 * 1024 }))
    const received: Array<Buffer> = []
    stream.on("data", (chunk: Buffer) => received.push(chunk))
    await turn()
    for (const chunk of chunks) stream.write(chunk)
    assert.strictEqual(received.length, 4)
    stream.end()
    await once(stream, "end")
    assert.strictEqual(Buffer.compare(Buffer.concat(received), Buffer.concat(chunks)), 0)
  })
})
