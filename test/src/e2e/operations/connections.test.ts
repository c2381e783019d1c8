/** Clients that open connections and do not use them: slow headers, bodies and readers, and too many at once. */
import { assert, describe, it } from "@effect/vitest"
import { type ConnectionLimits, CurrentConnectionLimits } from "@musehub/http/limits/ConnectionLimits"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import type { ServeOptions } from "@musehub/http/httpServer"
import { Effect, Layer } from "effect"
import { IpNetwork } from "effect/net"
import { connect, type Socket } from "node:net"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, copyOf } from "../muse/history.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { createRepository } from "../muse/MuseClient.ts"
import { toMsgpack } from "../muse/Value.ts"

const generous: ConnectionLimits = {
  connectionsMax: 100,
  connectionsPerAddressMax: 100,
  headersMillisMax: 60_000,
  bodyIdleMillisMax: 60_000,
  answerIdleMillisMax: 60_000
}

const hubWith = (limits: Partial<ConnectionLimits>, options: Partial<ServeOptions> = {}) =>
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = startHub(storage, [], options)
    return yield* Effect.provideService(hub, CurrentConnectionLimits, { ...generous, ...limits })
  })

interface Dialled {
  readonly socket: Socket
  /** Everything that came until the connection was closed. */
  readonly received: Promise<string>
}

const dial = (url: string, first = ""): Dialled => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let text = ""
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk))
  // A reset is one way to close.
  socket.on("error", () => undefined)
  if (first !== "") socket.write(first)
  return { socket, received: new Promise((resolve) => socket.once("close", () => resolve(text))) }
}

/** Sends a byte every so often until the connection is closed. */
const drip = ({ socket }: Dialled, text: string) => {
  const timer = setInterval(() => socket.write(text), 100)
  socket.once("close", () => clearInterval(timer))
}

describe("half-open connections", () => {
  for (const [what, first, dripped] of [
    ["a connection that sends nothing", "", ""],
    ["headers that drip", "GET /health HTTP/1.1\r\nHost: hub\r\n", "X-A: 1\r\n"]
  ] as const) {
    it.live(`${what} is closed after the time for headers`, () =>
      Effect.gen(function* () {
        const { url } = yield* hubWith({ headersMillisMax: 500 })
        const dialled = dial(url, first)
        if (dripped !== "") drip(dialled, dripped)
        assert.match(yield* Effect.promise(() => dialled.received), /^HTTP\/1.1 408 /)
      }).pipe(Effect.scoped)
    )
  }

  it.live("a body that stands still is answered with 408 and the connection closed", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith({ bodyIdleMillisMax: 400 })
      const token = yield* tokenFor(hub, "ada")
      yield* createRepository(hub.url, token, "ada/songs")
      const json = "Content-Type: application/json\r\n"
      for (const [path, type, begun] of [
        ["/ada/songs/push", "", "\x81"],
        ["/ada/songs/push", json, "{"],
        ["/ada/songs/fetch", "", "\x82"],
        ["/api/v1/repos", json, "{"]
      ] as const) {
        const dialled = dial(
          hub.url,
          `POST ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${token}\r\n${type}Content-Length: 99\r\n\r\n`
        )
        dialled.socket.write(begun, "latin1")
        const answer = yield* Effect.promise(() => dialled.received)
        assert.match(answer, /^HTTP\/1.1 408 /, path)
        assert.match(answer, /connection: close/i, path)
        assert.include(answer, "nothing of the request body came for 0.4 seconds")
      }
    }).pipe(Effect.scoped)
  )

  it.live("a refused body that stands still is not waited for", () =>
    Effect.gen(function* () {
      const { url } = yield* hubWith({ bodyIdleMillisMax: 400 })
      const { socket } = dial(url, "POST /ada/none/push HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n{")
      const answer = yield* Effect.promise(() => new Promise((resolve) => socket.once("data", resolve)))
      assert.match(String(answer), /^HTTP\/1.1 401 /)
      socket.destroy()
    }).pipe(Effect.scoped)
  )

  it.live("a body that keeps coming, however slowly, is read to its end", () =>
    Effect.gen(function* () {
      const { url } = yield* hubWith({ bodyIdleMillisMax: 2000, headersMillisMax: 500, answerIdleMillisMax: 2000 })
      const body = JSON.stringify({ want: [], have: [] })
      const dialled = dial(
        url,
        "POST /ada/none/fetch HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n" +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
      )
      for (const character of body) {
        yield* Effect.sleep(100)
        dialled.socket.write(character)
      }
      assert.match(yield* Effect.promise(() => dialled.received), /^HTTP\/1.1 404 /)
    }).pipe(Effect.scoped)
  )

  it.live("an answer whose reader stands still is ended, and one whose reader is slow is not", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith({ answerIdleMillisMax: 1500 })
      const token = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(hub.url, token, "ada/songs")
      const local = copyOf(goldenRepository("linear"))
      // More than the kernel's buffers of both ends hold.
      const tip = commitTo(local, "main", { "large.bin": "x".repeat(24 * 1024 * 1024) })
      yield* pushAll(target, local)
      const body = toMsgpack({ want: [tip], have: [] })
      const ask = () => {
        const dialled = dial(hub.url)
        dialled.socket.write(
          `POST /ada/songs/fetch HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${token}\r\n` +
            `Accept: application/x-msgpack\r\nConnection: close\r\nContent-Length: ${body.byteLength}\r\n\r\n`
        )
        dialled.socket.write(body)
        return dialled
      }
      const still = ask()
      still.socket.pause()
      const slow = ask()
      // The client's kernel reports free space in large steps, so a smaller one would look like standing still.
      const step = 2 * 1024 * 1024
      for (let taken = 0, pauses = 0; pauses < 10; pauses++) {
        slow.socket.pause()
        yield* Effect.sleep(250)
        slow.socket.resume()
        yield* Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              const upTo = taken + step
              const take = (chunk: string) => {
                taken += chunk.length
                if (taken < upTo) return
                slow.socket.off("data", take)
                resolve()
              }
              slow.socket.on("data", take)
            })
        )
      }
      const whole = yield* Effect.promise(() => slow.received)
      assert.isAbove(whole.length, 24 * 1024 * 1024)
      // The first look may still see what went into the kernel's buffers; the second does not.
      yield* Effect.sleep(2000)
      still.socket.resume()
      const part = yield* Effect.promise(() => still.received)
      assert.isBelow(part.length, whole.length)
    }).pipe(Effect.scoped)
  )

  it.live("an address gets no more than its connections, until it closes one", () =>
    Effect.gen(function* () {
      const { url } = yield* hubWith({ connectionsPerAddressMax: 3 })
      const held = [dial(url), dial(url), dial(url)]
      yield* Effect.promise(() =>
        Promise.all(held.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))))
      )
      const request = "GET /health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
      assert.strictEqual(yield* Effect.promise(() => dial(url, request).received), "")
      held[0]?.socket.destroy()
      yield* Effect.promise(() => held[0]?.received ?? Promise.resolve(""))
      yield* Effect.sleep(100)
      assert.match(yield* Effect.promise(() => dial(url, request).received), /^HTTP\/1.1 200 /)
      for (const { socket } of held) socket.destroy()
    }).pipe(Effect.scoped)
  )

  it.live("a trusted proxy has the connections of all its clients", () =>
    Effect.gen(function* () {
      const proxies = { publicUrl: undefined, trustedProxies: [IpNetwork.fromStringUnsafe("127.0.0.1/32")] }
      const { url } = yield* hubWith({ connectionsPerAddressMax: 3 }, { proxies })
      const held = Array.from({ length: 5 }, () => dial(url))
      yield* Effect.promise(() =>
        Promise.all(held.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))))
      )
      const request = "GET /health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
      assert.match(yield* Effect.promise(() => dial(url, request).received), /^HTTP\/1.1 200 /)
      for (const { socket } of held) socket.destroy()
    }).pipe(Effect.scoped)
  )

  it.live("the hub holds no more than its connections in all", () =>
    Effect.gen(function* () {
      const { url } = yield* hubWith({ connectionsMax: 2 })
      const held = [dial(url), dial(url)]
      yield* Effect.promise(() =>
        Promise.all(held.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))))
      )
      assert.strictEqual(
        yield* Effect.promise(() => dial(url, "GET /health HTTP/1.1\r\nHost: hub\r\n\r\n").received),
        ""
      )
      for (const { socket } of held) socket.destroy()
    }).pipe(Effect.scoped)
  )
})

describe("the body of a stranger", () => {
  const head = (fields: string) => `POST /ada/none/push HTTP/1.1\r\nHost: hub\r\n${fields}\r\n\r\n`

  it.live("is not asked for, nor waited for, where it comes only after 100 Continue", () =>
    Effect.gen(function* () {
      const { url } = yield* hubWith({})
      for (const length of ["Content-Length: 1000000000", "Transfer-Encoding: chunked"]) {
        const answer = yield* Effect.promise(() => dial(url, head(`Expect: 100-continue\r\n${length}`)).received).pipe(
          Effect.timeout("10 seconds")
        )
        assert.match(answer, /^HTTP\/1.1 401 /, length)
        assert.match(answer, /connection: close/i, length)
        assert.include(answer, "push needs a token", length)
      }
    }).pipe(Effect.scoped)
  )

  it.live("is drained up to a small bound, and then the connection is closed", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith({})
      const token = yield* tokenFor(hub, "ada")
      const size = 80 * 1024 * 1024
      const piece = new Uint8Array(1024 * 1024)
      /** Sends until the connection is closed. Returns the answer, and how much of the body went out. */
      const flood = (fields: string) =>
        Effect.promise(async () => {
          const { socket, received } = dial(hub.url, head(`${fields}Content-Length: ${size}`))
          let sent = 0
          const write = () => {
            if (sent === size) socket.end()
            else
              socket.write(piece, () => {
                sent += piece.byteLength
                if (!socket.destroyed) write()
              })
          }
          write()
          return { answer: await received, sent }
        })
      const stranger = yield* flood("")
      assert.match(stranger.answer, /^(HTTP\/1.1 401 |$)/)
      assert.isBelow(stranger.sent, 64 * 1024 * 1024)
      const known = yield* flood(`Authorization: Bearer ${token}\r\n`)
      assert.match(known.answer, /^HTTP\/1.1 404 /)
      assert.strictEqual(known.sent, size)
    }).pipe(Effect.scoped)
  )
})
