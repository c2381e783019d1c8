/**
 * The client's half of push and clone over the wire, in the order and with the parallelism of the real client: one
 * connection per request, 400 objects a call, 4 calls at a time. Its User-Agent is another, because the hub refuses
 * the real one answers that are longer than it can read.
 */
import type { MsgpackMap } from "@musehub/domain/wire/msgpack/Value"
import { decode } from "@musehub/domain/wire/msgpack/Reader"
import { Result } from "effect"
import { type IncomingMessage, request as httpRequest } from "node:http"
import type { PushRequests } from "./requests.ts"

export interface Remote {
  /** Of the hub, without a slash at the end. */
  readonly url: string
  /** Empty: nobody's. */
  readonly token: string
}

const uploadsInParallel = 4

const headersOf = (token: string) => ({
  accept: "application/x-msgpack, application/json",
  "accept-encoding": "identity",
  ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
  connection: "close",
  "user-agent": "musehub-bench"
})

/** A body that is whole, or one that is written piece by piece. */
export type Body = Uint8Array | { readonly size: number; readonly pieces: () => Iterable<Uint8Array> }

const send = async (remote: Remote, method: string, path: string, body?: Body, contentType?: string) => {
  const size = body === undefined ? 0 : "pieces" in body ? body.size : body.byteLength
  const request = httpRequest(remote.url + path, {
    method,
    agent: false,
    headers: {
      ...headersOf(remote.token),
      ...(body === undefined ? {} : { "content-type": contentType ?? "application/x-msgpack", "content-length": size })
    }
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    request.on("response", resolve).on("error", reject)
  )
  // Its failure is the request's, which `answered` reports.
  answered.catch(() => undefined)
  if (body !== undefined && "pieces" in body) {
    for (const piece of body.pieces()) {
      if (!request.write(piece)) await new Promise<void>((resolve) => request.once("drain", resolve))
    }
    request.end()
  } else request.end(body)
  return answered
}

const collect = async (response: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const call = async (remote: Remote, method: string, path: string, body?: Body, contentType?: string) => {
  const response = await send(remote, method, path, body, contentType)
  const answer = await collect(response)
  const status = response.statusCode ?? 0
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${answer.toString("utf8", 0, 400)}`)
  return answer
}

const decodeMap = (bytes: Uint8Array): MsgpackMap => Result.getOrThrow(decode(bytes)) as MsgpackMap

/** Makes a public repository and gives its path. */
export const createRepository = async (remote: Remote, owner: string, name: string): Promise<string> => {
  const wanted = { owner, name, visibility: "public", initialize: false }
  const answer = await call(remote, "POST", "/api/v1/repos", Buffer.from(JSON.stringify(wanted)), "application/json")
  const { slug } = JSON.parse(answer.toString()) as { readonly slug: string }
  return `/${owner}/${slug}`
}

export const uploadObjects = async (remote: Remote, path: string, bodies: Iterable<Body>): Promise<void> => {
  const waiting = bodies[Symbol.iterator]()
  const worker = async () => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      await call(remote, "POST", `${path}/push/objects`, next.value)
    }
  }
  await Promise.all(Array.from({ length: uploadsInParallel }, worker))
}

/** A push, and the milliseconds of its parts. */
export const push = async (remote: Remote, path: string, requests: Omit<PushRequests, "objectCount" | "bytes">) => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  await call(remote, "POST", `${path}/filter-objects`, requests.filter)
  const filtered = performance.now()
  await uploadObjects(remote, path, requests.objects)
  const uploaded = performance.now()
  const answer = decodeMap(await call(remote, "POST", `${path}/push`, requests.push))
  if (answer.get("ok") !== true) throw new Error(`the push was refused: ${String(answer.get("message"))}`)
  const ended = performance.now()
  return { total: ended - started, asked: filtered - started, objects: uploaded - filtered, push: ended - uploaded }
}

/** A fetch whose answer is counted and forgotten. */
export const fetchAndForget = async (remote: Remote, path: string, body: Uint8Array) => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const response = await send(remote, "POST", `${path}/fetch`, body)
  const firstByte = performance.now()
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.byteLength
  if (response.statusCode !== 200) throw new Error(`fetch: ${response.statusCode} after ${bytes} bytes`)
  return { total: performance.now() - started, firstByte: firstByte - started, bytes }
}

/** A fetch that is decoded, to see that nothing is missing in what the others only count. */
export const fetchCounts = async (remote: Remote, path: string, body: Uint8Array) => {
  const answer = decodeMap(await call(remote, "POST", `${path}/fetch`, body))
  const count = (field: string) => (answer.get(field) as ReadonlyArray<unknown>).length
  return { commits: count("commits"), snapshots: count("snapshots"), objects: count("objects") }
}
