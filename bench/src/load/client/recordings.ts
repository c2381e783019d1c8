/** A repository of one commit and some large incompressible files, generated as they are read. */
import { type Commit, commitObject, makeCommit } from "@musehub/domain/object/Commit"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId } from "@musehub/domain/object/Id"
import { makeSnapshot, type Snapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import { Result, Stream } from "effect"
import { whole } from "../bare/bareObjects.ts"
import type { MpackContent } from "./mpackBodies.ts"
import { randomBytes } from "../Random.ts"

export const MiB = 1024 * 1024

export interface RecordingsShape {
  readonly count: number
  /** Bytes in each file. */
  readonly bytes: number
  readonly seed: number
}

export interface Recording {
  readonly id: BlobId
  readonly content: () => Buffer
}

export interface Recordings extends RecordingsShape {
  readonly files: ReadonlyArray<Recording>
  readonly snapshot: Snapshot
  readonly commit: Commit
  /** The whole repository as a push in mpack. */
  readonly push: MpackContent
}

const bytesOf = ({ content, size }: CanonicalObject) => ({ size, content: whole(content) })

/** Generates every file once for its id, and keeps none. */
export const recordings = (shape: RecordingsShape): Recordings => {
  const { bytes, count, seed } = shape
  const files = Array.from({ length: count }, (_, index): Recording => {
    const content = () => randomBytes(seed + index, bytes)
    return { id: sha256(content()) as string as BlobId, content }
  })
  const manifest = new Map(files.map(({ id }, index) => [`recordings/take_${index}.wav`, id]))
  const at = "2026-03-01T10:00:00.000001+00:00"
  const snapshot = makeSnapshot(manifest, at)
  const commit = makeCommit({
    branch: "main",
    snapshot_id: snapshot.id,
    message: "Add the recordings",
    committed_at: at,
    parent_commit_id: null,
    parent2_commit_id: null
  })
  const sources: ReadonlyArray<MpackSource> = [
    ...files.map(({ content, id }) => ({
      type: "blob" as const,
      id,
      size: bytes,
      content: Stream.suspend(() => Stream.succeed(content()))
    })),
    { type: "snapshot", id: snapshot.id, ...bytesOf(snapshotObject(snapshot)) },
    { type: "commit", id: commit.id, ...bytesOf(Result.getOrThrow(commitObject(commit))) }
  ]
  return { ...shape, files, snapshot, commit, push: { sources, tip: commit.id } }
}
