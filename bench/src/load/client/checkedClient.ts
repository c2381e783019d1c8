/**
 * Fetches by a client that verifies what it receives, as a real one must before it stores anything: it derives every id
 * again and checks that no object lacks another. Nothing is written to disk. In mpack the domain's decoder does this
 * while the stream arrives; a dictionary can be checked only once it has arrived whole.
 */
import { checkCommit, commitRecord } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import type { JsonObject } from "@musehub/domain/object/Json"
import { SnapshotChecker } from "@musehub/domain/object/Snapshot"
import { toJson } from "@musehub/domain/wire/json"
import { holdsNothing, type MpackHolds } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { Effect, Result, Stream } from "effect"
import type { IncomingMessage } from "node:http"
import { createZstdDecompress } from "node:zlib"
import { call, decodeMap, type Media, type Remote, send } from "./client.ts"
import { acceptMpack } from "./mpackClient.ts"

/** Milliseconds from the request for the refs to the last check, and the number of objects received. */
export interface Checked {
  readonly total: number
  /** The milliseconds of the request for the refs, included above. */
  readonly refs: number
  readonly objects: number
}

/** A receiver that has every object that the received ones need. */
export const holdsTheRest: MpackHolds = ({ commits, snapshots, blobs }) =>
  Effect.succeed({ commits: new Set(commits), snapshots: new Set(snapshots), blobs: new Set(blobs) })

/** Decompresses the body of an answer. */
const plainBody = (response: IncomingMessage): AsyncIterable<Buffer> =>
  response.headers["content-encoding"] === "zstd" ? response.pipe(createZstdDecompress()) : response

/** Fetches in mpack and verifies. */
export const fetchMpackChecked = async (
  remote: Remote,
  path: string,
  body: Uint8Array,
  { holds = holdsNothing, media = acceptMpack }: { readonly holds?: MpackHolds; readonly media?: Media } = {}
): Promise<Checked> => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const asked = performance.now()
  const response = await send(remote, "POST", `${path}/fetch`, body, media)
  if (response.statusCode !== 200) throw new Error(`fetch: ${response.statusCode}`)
  const arriving = Stream.fromAsyncIterable(plainBody(response), (cause) => new Error(String(cause)))
  const objects = await Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(readMpack(arriving, { holds }), (mpack) =>
        // The decoder reads and checks a large blob that the caller skips before it goes on.
        Stream.runFold(
          mpack.objects,
          () => 0,
          (count) => count + 1
        )
      )
    )
  )
  return { total: performance.now() - started, refs: asked - started, objects }
}

const listOf = (answer: MsgpackMap, field: string): ReadonlyArray<MsgpackValue> => {
  const list = answer.get(field)
  if (!Array.isArray(list)) throw new Error(`the answer has no ${field}`)
  return list
}

const checkObject = (object: MsgpackValue): void => {
  if (!(object instanceof Map)) throw new Error("an object is not a map")
  const id = object.get("object_id")
  const content = object.get("content")
  if (!(content instanceof Uint8Array) || sha256(content) !== id) throw new Error(`blob ${String(id)} is not right`)
}

const checkSnapshot = (checker: SnapshotChecker, snapshot: MsgpackValue): void => {
  if (!(snapshot instanceof Map)) throw new Error("a snapshot is not a map")
  const manifest = snapshot.get("manifest")
  const createdAt = snapshot.get("created_at")
  if (!(manifest instanceof Map)) throw new Error("a snapshot has no manifest")
  Result.getOrThrow(
    checker.check({
      id: String(snapshot.get("snapshot_id")),
      manifest,
      createdAt: typeof createdAt === "string" ? createdAt : null
    })
  )
}

/** Fetches in dictionaries and verifies. */
export const fetchDictionaryChecked = async (remote: Remote, path: string, body: Uint8Array): Promise<Checked> => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const asked = performance.now()
  const answer = decodeMap(await call(remote, "POST", `${path}/fetch`, body))
  const objects = listOf(answer, "objects")
  for (const object of objects) checkObject(object)
  const checker = new SnapshotChecker()
  const snapshots = listOf(answer, "snapshots")
  for (const snapshot of snapshots) checkSnapshot(checker, snapshot)
  const commits = listOf(answer, "commits")
  for (const commit of commits) {
    // A commit's fields are JSON; `commitRecord` refuses anything that decodes to another shape.
    Result.getOrThrow(Result.flatMap(commitRecord(Result.getOrThrow(toJson(commit)) as JsonObject), checkCommit))
  }
  const count = objects.length + snapshots.length + commits.length
  return { total: performance.now() - started, refs: asked - started, objects: count }
}
