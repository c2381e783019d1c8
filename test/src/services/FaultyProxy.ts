/**
 * A proxy in front of a real S3 service that disturbs chosen requests: it answers them itself, forwards them and drops
 * the answer, cuts the answer short, or stays silent. It keeps the Host header, so signatures stay valid.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What happens to a request. */
export type Fate =
  | { readonly do: "pass" }
  /** The service handles it, and the client gets no answer. */
  | { readonly do: "loseAnswer" }
  /** The connection is cut before the request reaches the service. */
  | { readonly do: "loseRequest" }
  | { readonly do: "hang" }
  /**
   * The client gets the head of the answer and this many bytes of its body; then, perhaps after a while, the connection
   * ends.
   */
  | { readonly do: "truncate"; readonly bytes: number; readonly lingerMillis?: number }
  | { readonly do: "answer"; readonly status: number; readonly code: string }
  /** The client gets status 200 with these bytes, whatever range it requested. */
  | { readonly do: "send"; readonly bytes: Uint8Array }

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
}

export interface FaultyProxy {
  readonly endpoint: string
  /** Every request that arrived, in order. */
  readonly seen: ReadonlyArray<Seen>
  /** The maximum number of concurrent requests. */
  readonly busiest: () => number
  /** Sets the script for the following requests. */
  readonly decide: (fate: (seen: Seen) => Fate) => void
}

export const pass: Fate = { do: "pass" }

/** Makes a refusal by the service. */
export const answer = (status: number, code: string): Fate => ({ do: "answer", status, code })

/** Gives `fate` to the first `times` requests that `when` picks; the others pass. */
export const first = (times: number, when: (seen: Seen) => boolean, fate: Fate): ((seen: Seen) => Fate) => {
  let left = times
  return (seen) => {
    if (left === 0 || !when(seen)) return pass
    left--
    return fate
  }
}

/** Starts a proxy in front of `target`, until the scope closes. */
export const faultyProxy = (target: string): Effect.Effect<FaultyProxy, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => open(target)),
    ({ close }) => Effect.promise(close)
  )

const passAll: (seen: Seen) => Fate = () => pass

const open = async (target: string): Promise<FaultyProxy & { readonly close: () => Promise<void> }> => {
  const { hostname, port } = new URL(target)
  const seen: Array<Seen> = []
  let decide = passAll
  let underWay = 0
  let busiest = 0

  const server = createServer(async (incoming, outgoing) => {
    underWay++
    busiest = Math.max(busiest, underWay)
    outgoing.once("close", () => underWay--)
    const url = new URL(incoming.url ?? "/", target)
    const entry = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers
    }
    seen.push(entry)
    const fate = decide(entry)
    const body = await bodyOf(incoming)
    if (body === undefined || fate.do === "hang") return
    if (fate.do === "loseRequest") {
      incoming.socket.resetAndDestroy()
      return
    }
    if (fate.do === "answer") {
      // A success with an error in its body counts as a failure.
      const silent = incoming.method === "HEAD" || fate.status < 300
      const text = silent ? "" : `<Error><Code>${fate.code}</Code><Message>spoilt</Message></Error>`
      outgoing.writeHead(fate.status, { "content-type": "application/xml" }).end(text)
      return
    }
    if (fate.do === "send") {
      outgoing.writeHead(200, { "content-length": fate.bytes.byteLength }).end(fate.bytes)
      return
    }
    const { method, headers } = incoming
    const upstream = request({ hostname, port, method, path: incoming.url, headers }, (reply) => {
      relay(fate, reply, incoming, outgoing)
    })
    upstream.once("error", () => incoming.socket.destroy())
    upstream.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    busiest: () => busiest,
    decide: (next) => {
      decide = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/**
 * Reads a whole request body; undefined when the client disconnected in the middle of it, as an interrupted upload
 * does.
 */
const bodyOf = async (incoming: IncomingMessage): Promise<Uint8Array | undefined> => {
  const chunks: Array<Uint8Array> = []
  try {
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
  } catch (error) {
    if (incoming.readableAborted || incoming.errored !== null) return undefined
    throw error
  }
  return Buffer.concat(chunks)
}

const relay = (fate: Fate, reply: IncomingMessage, incoming: IncomingMessage, outgoing: ServerResponse): void => {
  if (fate.do === "loseAnswer") {
    reply.resume().once("end", () => incoming.socket.resetAndDestroy())
    return
  }
  outgoing.writeHead(reply.statusCode ?? 500, reply.headers)
  if (fate.do !== "truncate") {
    reply.pipe(outgoing)
    return
  }
  const parts: Array<Uint8Array> = []
  reply.on("data", (chunk: Uint8Array) => parts.push(chunk))
  reply.once("end", () => {
    const end = () => setTimeout(() => incoming.socket.destroy(), fate.lingerMillis ?? 0)
    outgoing.write(Buffer.concat(parts).subarray(0, fate.bytes), end)
  })
}
