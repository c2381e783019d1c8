/**
 * The client's half of push and clone over the wire, in the order and with the parallelism of the real client: one
 * connection per request, 400 objects a call, 4 calls at a time. Its User-Agent differs, because the hub refuses to
 * send the real client answers that are longer than it can read.
 */
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { MsgpackMap } from "@musehub/msgpack/Value"
import { decode } from "@musehub/msgpack/Reader"
import { Result } from "effect"
import { type IncomingMessage, request as httpRequest } from "node:http"
import type { PushRequests } from "./requests.ts"

export interface Remote {
  /** The hub's address, without a trailing slash. */
  readonly url: string
  /** Empty for an anonymous client. */
  readonly token: string
}

/** A repository created on a hub. */
export interface Place {
  /** `/<owner>/<slug>` */
  readonly path: string
  readonly id: RepositoryId
}

const uploadsInParallel = 4

const msgpack = "application/x-msgpack"

/** The headers that describe a request's body and the answer it accepts. */
export interface Media {
  readonly contentType?: string
  readonly accept?: string
  readonly acceptEncoding?: string
  /** In place of the token. */
  readonly cookie?: string
}

const headersOf = (token: string, { accept, acceptEncoding, cookie }: Media) => ({
  accept: accept ?? `${msgpack}, application/json`,
  "accept-encoding": acceptEncoding ?? "identity",
  ...(token === "" || cookie !== undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(cookie === undefined ? {} : { cookie }),
  connection: "close",
  "user-agent": "musehub-bench"
})

/** A body in one piece, or one that is written piece by piece, chunked when its size is unknown. */
export type Body =
  | Uint8Array
  | { readonly size?: number; readonly pieces: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array> }

const bodyHeaders = (body: Body, { contentType = msgpack }: Media) => {
  const size = "pieces" in body ? body.size : body.byteLength
  return { "content-type": contentType, ...(size === undefined ? {} : { "content-length": size }) }
}

/** Sends a request; the caller reads the answer. */
export const send = async (remote: Remote, method: string, path: string, body?: Body, media: Media = {}) => {
  const request = httpRequest(remote.url + path, {
    method,
    agent: false,
    headers: { ...headersOf(remote.token, media), ...(body === undefined ? {} : bodyHeaders(body, media)) }
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    request.on("response", resolve).on("error", reject)
  )
  // This failure is the request's, which `answered` reports.
  answered.catch(() => undefined)
  if (body !== undefined && "pieces" in body) {
    for await (const piece of body.pieces()) {
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

/** Sends a request and returns the whole answer. Fails unless its status is 2xx. */
export const call = async (remote: Remote, method: string, path: string, body?: Body, media: Media = {}) => {
  const response = await send(remote, method, path, body, media)
  const answer = await collect(response)
  const status = response.statusCode ?? 0
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${answer.toString("utf8", 0, 400)}`)
  return answer
}

export const decodeMap = (bytes: Uint8Array): MsgpackMap => Result.getOrThrow(decode(bytes)) as MsgpackMap

/** Creates a public repository. */
export const createRepository = async (remote: Remote, owner: string, name: string): Promise<Place> => {
  const wanted = { owner, name, visibility: "public", initialize: false }
  const body = Buffer.from(JSON.stringify(wanted))
  const answer = await call(remote, "POST", "/api/v1/repos", body, { contentType: "application/json" })
  const { repoId, slug } = JSON.parse(answer.toString()) as { readonly repoId: RepositoryId; readonly slug: string }
  return { path: `/${owner}/${slug}`, id: repoId }
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

/** Pushes, and returns the milliseconds by part. `beforeSending` runs once the hub was asked, and is not measured. */
export const push = async (
  remote: Remote,
  path: string,
  requests: Omit<PushRequests, "objectCount" | "bytes">,
  beforeSending: () => void = () => undefined
) => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  await call(remote, "POST", `${path}/filter-objects`, requests.filter)
  const filtered = performance.now()
  beforeSending()
  const begun = performance.now()
  await uploadObjects(remote, path, requests.objects)
  const uploaded = performance.now()
  const answer = decodeMap(await call(remote, "POST", `${path}/push`, requests.push))
  if (answer.get("ok") !== true) throw new Error(`the push was refused: ${String(answer.get("message"))}`)
  const ended = performance.now()
  const [asked, objects] = [filtered - started, uploaded - begun]
  return { total: asked + ended - begun, asked, objects, push: ended - uploaded }
}

/** The figures of a fetch, in milliseconds from its first request. */
export interface Fetched {
  readonly total: number
  readonly firstByte: number
  /** The milliseconds of the request for the refs, which comes first; included above. */
  readonly refs: number
  readonly bytes: number
}

/** Counts the bytes of an answer without keeping them. Fails unless its status is 200. */
const counted = async (response: IncomingMessage): Promise<number> => {
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.byteLength
  if (response.statusCode !== 200) throw new Error(`the answer was ${response.statusCode} after ${bytes} bytes`)
  return bytes
}

/** Reads the answer to a GET and forgets it: what the hub alone costs. Returns the milliseconds, and the bytes. */
export const downloadAndForget = async (remote: Remote, path: string): Promise<Pick<Fetched, "bytes" | "total">> => {
  const started = performance.now()
  const bytes = await counted(await send(remote, "GET", path))
  return { total: performance.now() - started, bytes }
}

/** Fetches and counts the answer without keeping it: what the hub alone costs. */
export const fetchAndForget = async (
  remote: Remote,
  path: string,
  body: Uint8Array,
  media: Media = {}
): Promise<Fetched> => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const asked = performance.now()
  const response = await send(remote, "POST", `${path}/fetch`, body, media)
  const firstByte = performance.now()
  const bytes = await counted(response)
  return { total: performance.now() - started, firstByte: firstByte - started, refs: asked - started, bytes }
}
