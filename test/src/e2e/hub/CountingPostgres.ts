/**
 * A proxy in front of a Postgres server that counts the statements the client runs. It parses the client's side of the
 * protocol itself, so that no layer of the driver can hide a statement, a BEGIN or a COMMIT.
 */
import { Effect, type Scope } from "effect"
import { type AddressInfo, connect, createServer } from "node:net"

export interface CountingPostgres {
  readonly url: string
  /** Statements so far: simple queries, and executions of prepared ones. */
  readonly statements: () => number
}

const query = "Q".charCodeAt(0)
const execute = "E".charCodeAt(0)
const lengthBytes = 4

/** Counts the messages of one connection. The first has no type; each other one has a byte of type and its length. */
const messageCounter = (count: (type: number) => void) => {
  let pending = Buffer.alloc(0)
  let started = false
  return (chunk: Uint8Array): void => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const head = started ? 1 : 0
      if (pending.byteLength < head + lengthBytes) return
      const end = head + pending.readInt32BE(head)
      if (pending.byteLength < end) return
      if (started) count(pending[0] ?? 0)
      // A request for TLS is short and precedes the real startup message, which is still untyped.
      else started = end > 8
      pending = pending.subarray(end)
    }
  }
}

/** Opens the proxy; it closes with the scope. */
export const countingPostgres = (target: string): Effect.Effect<CountingPostgres, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<CountingPostgres & { readonly close: () => Promise<void> }>((resume) => {
      const url = new URL(target)
      let statements = 0
      const server = createServer((client) => {
        const upstream = connect({ host: url.hostname, port: Number(url.port || "5432") })
        const observe = messageCounter((type) => {
          if (type === query || type === execute) statements += 1
        })
        client.on("data", observe)
        client.pipe(upstream).pipe(client)
        client.once("error", () => upstream.destroy()).once("close", () => upstream.destroy())
        upstream.once("error", () => client.destroy()).once("close", () => client.destroy())
      })
      server.listen(0, "127.0.0.1", () => {
        const through = new URL(target)
        through.hostname = "127.0.0.1"
        through.port = String((server.address() as AddressInfo).port)
        through.searchParams.set("sslmode", "disable")
        const close = () => new Promise<void>((closed) => void server.close(() => closed()))
        resume(Effect.succeed({ url: through.href, statements: () => statements, close }))
      })
    }),
    ({ close }) => Effect.promise(close)
  )
