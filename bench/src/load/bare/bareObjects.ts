/**
 * The objects of a repository as the hub stores them, as keys and bytes, for baselines that write them without a hub.
 */
import { checkCommit, commitObject, commitRecord } from "@musehub/domain/object/Commit"
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import { Result } from "effect"
import type { GeneratedRepository } from "../GeneratedRepository.ts"

export interface BareObject {
  readonly folder: "blobs" | "snapshots" | "commits"
  readonly id: string
  readonly bytes: Uint8Array
}

/** Returns the content of an object that is held in memory, as those of the codecs are. */
export const whole = (content: unknown): Uint8Array => {
  if (content instanceof Uint8Array) return content
  throw new Error("expected an object in memory")
}

/** Lists the objects in the order of a push: blobs, snapshots, commits. */
export const bareObjects = ({ blobs, commits }: GeneratedRepository): ReadonlyArray<BareObject> => {
  const snapshots = new Map(commits.map(({ snapshot }) => [snapshot.id, snapshot]))
  const held = new Set([...snapshots.values()].flatMap(({ manifest }) => [...manifest.values()]))
  return [
    ...[...blobs].filter(([id]) => held.has(id)).map(([id, bytes]) => ({ folder: "blobs", id, bytes }) as const),
    ...Array.from(snapshots.values(), (snapshot) => {
      const { id, content } = snapshotObject(snapshot)
      return { folder: "snapshots", id, bytes: whole(content) } as const
    }),
    ...commits.map(({ record }) => {
      const commit = Result.getOrThrow(checkCommit(Result.getOrThrow(commitRecord(record as JsonObject))))
      const { id, content } = Result.getOrThrow(commitObject(commit))
      return { folder: "commits", id, bytes: whole(content) } as const
    })
  ]
}

/** Requests or files in flight, as in the adapters. */
export const concurrency = 64

/** Processes a list with a fixed number of workers. */
export const inParallel = async <A>(items: ReadonlyArray<A>, use: (item: A) => Promise<unknown>): Promise<void> => {
  let next = 0
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await use(item)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
