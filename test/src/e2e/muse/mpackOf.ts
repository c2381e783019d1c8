/** Steps of a history as the objects of an mpack stream, in the order that makes every prefix complete. */
import { canonicalLength } from "@musehub/domain/object/Frame"
import { commitObject } from "@musehub/domain/object/Commit"
import { Result, Stream } from "effect"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import type { MpackHeader, MpackPush } from "@musehub/domain/wire/mpack/Format"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import type { Step } from "../../domain/support/hubSamples.ts"

const bytesOf = (content: unknown): Uint8Array => {
  if (content instanceof Uint8Array) return content
  throw new Error("a record is in memory as a whole")
}

/** Each blob and snapshot once, parents before children. */
export const mpackOf = (repository: RepositoryId, steps: ReadonlyArray<Step>, push: MpackPush) => {
  const objects = new Map<string, MpackSource>()
  const counts = { commits: 0, snapshots: 0, blobs: 0, bytes: 0 }
  const add = (what: "commits" | "snapshots" | "blobs", source: MpackSource) => {
    const key = `${source.type} ${source.id}`
    if (objects.has(key)) return
    objects.set(key, source)
    counts[what] += 1
    counts.bytes += canonicalLength(source.type, source.size)
  }
  for (const { blobs, snapshot, commit } of steps) {
    for (const { id, size, content } of blobs) add("blobs", { type: "blob", id, size, content })
    const { id, size, content } = snapshotObject(snapshot)
    add("snapshots", { type: "snapshot", id, size, content: bytesOf(content) })
    const made = Result.getOrThrow(commitObject(commit))
    add("commits", { type: "commit", id: made.id, size: made.size, content: bytesOf(made.content) })
  }
  const header: MpackHeader = { repository, heads: new Map(), ...counts, push }
  return { header, objects: Stream.fromIterable(objects.values()) }
}
