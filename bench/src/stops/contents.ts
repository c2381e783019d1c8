/** Histories at the limits of a push: one snapshot as large as any may be, one commit as large, and many commits. */
import { blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { type Commit, commitObject, makeCommit } from "@musehub/domain/object/Commit"
import type { BlobId } from "@musehub/domain/object/Id"
import { makeSnapshot, type Snapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import { Result } from "effect"
import { whole } from "../load/bare/bareObjects.ts"
import type { MpackContent } from "../load/client/mpackBodies.ts"

const epochMillis = Date.UTC(2026, 2, 1)

const sourceOf = (object: CanonicalObject): MpackSource =>
  ({
    type: object.type,
    id: object.id,
    size: object.size,
    content: whole(object.content)
  }) as MpackSource

/** Makes a blob of one line. */
export const lineBlob = (text: string) => blobOf(new TextEncoder().encode(`${text}\n`))

/** A commit with what it needs to be stored. */
export interface Step {
  readonly commit: Commit
  readonly snapshot: Snapshot
}

const timeOf = (index: number) => committedAtOf(epochMillis + index * 1000, 1)

/** Makes the commit of a snapshot. */
export const stepOf = (
  snapshot: Snapshot,
  parent: Commit | null,
  index: number,
  fields: Partial<Commit["record"]> = {}
): Step => ({
  snapshot,
  commit: makeCommit({
    branch: "main",
    snapshot_id: snapshot.id,
    message: `Step ${index}`,
    committed_at: timeOf(index),
    parent_commit_id: parent?.id ?? null,
    ...fields
  })
})

/** Returns the objects of a history in the order of a stream. */
export const contentOf = (steps: ReadonlyArray<Step>, blobs: ReadonlyArray<CanonicalObject<"blob">>): MpackContent => {
  const seen = new Set<string>()
  const sources = blobs.map(sourceOf)
  for (const { commit, snapshot } of steps) {
    if (!seen.has(snapshot.id)) sources.push(sourceOf(snapshotObject(snapshot)))
    seen.add(snapshot.id)
    sources.push(sourceOf(Result.getOrThrow(commitObject(commit))))
  }
  const tip = steps.at(-1)?.commit.id
  if (tip === undefined) throw new Error("a push needs a commit")
  return { sources, tip }
}

/** Paths of some 60 bytes, in folders of a hundred files. */
const pathOf = (file: number): string =>
  `packages/module_${Math.floor(file / 10_000)}/source/part_${Math.floor(file / 100)}/feature_${file}.py`

/** Makes a manifest of so many files with the same content, but for those that are given. */
export const wideManifest = (files: number, blob: BlobId, changed: ReadonlyMap<number, BlobId> = new Map()) =>
  new Map(Array.from({ length: files }, (_, file) => [pathOf(file), changed.get(file) ?? blob] as const))

/** Makes the snapshot of a wide tree. */
export const wideSnapshot = (files: number, blob: BlobId, changed?: ReadonlyMap<number, BlobId>): Snapshot =>
  makeSnapshot(wideManifest(files, blob, changed), timeOf(0))

/** Makes a chain of commits of one snapshot. */
export const chain = (snapshot: Snapshot, count: number): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  for (let index = 0; index < count; index++) steps.push(stepOf(snapshot, steps.at(-1)?.commit ?? null, index))
  return steps
}
