/** Test helpers: small histories from a seed, and streams written and read whole. */
import { canonicalLength } from "../../../object/Frame.ts"
import { Effect, Result, Stream } from "effect"
import { blobOf } from "../../../object/Blob.ts"
import type { CanonicalObject } from "../../../object/CanonicalObject.ts"
import { commitObject, makeCommit } from "../../../object/Commit.ts"
import { type BlobId, type CommitId, emptyBlobId, RepositoryId, type SnapshotId } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { makeSnapshot, snapshotObject } from "../../../object/Snapshot.ts"
import type { Random } from "@musehub/msgpack/testing"
import type { MpackEntry, MpackHeader } from "../Format.ts"
import { holdsNothing, type MpackHeld, type MpackHolds, type MpackIds } from "../History.ts"
import { mpackOrder, type MpackPlan } from "../mpackOrder.ts"
import type { MpackObject } from "../MpackObject.ts"
import { type MpackReadOptions, readMpack } from "../readMpack.ts"
import { MpackRefused, type MpackVersionUnknown } from "../Refused.ts"
import { type MpackSource, type MpackWriteOptions, writeMpack } from "../writeMpack.ts"

export const repository = RepositoryId.make("0b6c7a52-93d4-4c0e-8f25-5d8f6a1e2c3b")

/** An object with its stored bytes. */
export type WholeSource = MpackSource & { readonly content: Uint8Array }

interface Step {
  readonly id: CommitId
  readonly snapshotId: SnapshotId
  readonly manifest: Manifest
  readonly introduces: ReadonlyArray<BlobId>
}

export interface TestHistory {
  readonly plan: MpackPlan
  /** In stream order. */
  readonly sources: ReadonlyArray<WholeSource>
  readonly header: MpackHeader
}

const wholeOf = (object: CanonicalObject): WholeSource => {
  const { type, id, size, content } = object
  if (!(content instanceof Uint8Array)) throw new Error(`${type} ${id} is not whole`)
  return { type, id, size, content } as WholeSource
}

/** Makes a header with the counts of the objects. */
export const headerOf = (
  sources: ReadonlyArray<MpackSource>,
  fields: Partial<Pick<MpackHeader, "heads" | "push">> = {}
): MpackHeader => ({
  repository,
  heads: fields.heads ?? new Map(),
  commits: sources.filter(({ type }) => type === "commit").length,
  snapshots: sources.filter(({ type }) => type === "snapshot").length,
  blobs: sources.filter(({ type }) => type === "blob").length,
  bytes: sources.reduce((sum, { type, size }) => sum + canonicalLength(type, size), 0),
  ...(fields.push === undefined ? {} : { push: fields.push })
})

const paths = ["a", "b/c", "__proto__", "constructor", "päth", "日本/語", "🎵.mid", "d/e/f.txt"]
const branches = ["main", "__proto__", "feature/é", "🎵", "\uFF5E"]

/**
 * Makes a history of up to `commitsMax` commits, with merges, files that change, come and go, and some that are empty.
 */
export const randomHistory = (random: Random, commitsMax: number, blobBytesMax: number): TestHistory => {
  const objects = new Map<string, WholeSource>()
  const steps: Array<Step> = []
  const count = 1 + random(commitsMax)
  while (steps.length < count) {
    const parents = steps.length === 0 ? [] : pickParents(random, steps)
    const manifest = new Map(parents[0]?.manifest)
    for (let changes = random(3); changes > 0; changes--) {
      const path = paths[random(paths.length)] ?? "a"
      const blob = wholeOf(blobOf(new Uint8Array(random(blobBytesMax)).fill(random(256))))
      objects.set(`blob ${blob.id}`, blob)
      if (random(5) === 0) manifest.delete(path)
      else manifest.set(path, blob.id as BlobId)
    }
    const snapshot = makeSnapshot(manifest, "2026-11-22T15:08:10.707051+00:00")
    objects.set(`snapshot ${snapshot.id}`, wholeOf(snapshotObject(snapshot)))
    const commit = makeCommit({
      branch: branches[random(branches.length)] ?? "main",
      snapshot_id: snapshot.id,
      message: `step ${steps.length}`,
      committed_at: "2026-11-22T15:08:10.707051+00:00",
      parent_commit_id: parents[0]?.id ?? null,
      parent2_commit_id: parents[1]?.id ?? null
    })
    objects.set(`commit ${commit.id}`, wholeOf(Result.getOrThrow(commitObject(commit))))
    const inherited = new Set(parents.flatMap((parent) => [...parent.manifest.values()]))
    const introduces = [...new Set(manifest.values())].filter((id) => !inherited.has(id))
    steps.push({ id: commit.id, snapshotId: snapshot.id, manifest, introduces })
  }
  const plan = {
    commits: steps,
    snapshots: new Set(steps.map((step) => step.snapshotId)),
    blobs: new Set(steps.flatMap((step) => step.introduces))
  }
  const sources = [...mpackOrder(plan)].map(({ type, id }) => {
    const object = objects.get(`${type} ${id}`)
    if (object === undefined) throw new Error(`${type} ${id} was not made`)
    return object
  })
  const heads = new Map(branches.slice(0, random(branches.length + 1)).map((name) => [name, tip(steps)]))
  const expect = [{}, { expect: null }, { expect: tip(steps) }][random(3)] ?? {}
  const push = random(2) === 0 ? {} : { push: { branch: "main", ...expect, force: random(2) === 0, head: tip(steps) } }
  return { plan, sources, header: headerOf(sources, { heads, ...push }) }
}

const tip = (steps: ReadonlyArray<Step>): CommitId => {
  const last = steps.at(-1)
  if (last === undefined) throw new Error("a history has at least one commit")
  return last.id
}

const pickParents = (random: Random, steps: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const chosen = new Set(Array.from({ length: 1 + (random(3) === 0 ? 1 : 0) }, () => steps[random(steps.length)]))
  return [...chosen].filter((step) => step !== undefined)
}

/** Returns the bytes of a stream. */
export const written = (
  header: MpackHeader,
  sources: ReadonlyArray<MpackSource>,
  options?: MpackWriteOptions
): Uint8Array =>
  Buffer.concat(Effect.runSync(Stream.runCollect(writeMpack(header, Stream.fromIterable(sources), options))))

/** The result of reading a stream, whether or not it ended well. Blob contents are read whole. */
export interface Outcome {
  readonly header: MpackHeader | undefined
  readonly objects: ReadonlyArray<ReadObject>
  readonly error: MpackRefused | MpackVersionUnknown | undefined
}

export type ReadObject = MpackEntry & { readonly content: Uint8Array; readonly object: MpackObject }

const contentOf = (object: MpackObject): Effect.Effect<Uint8Array, MpackRefused> => {
  if (object.type !== "blob") return Effect.succeed(object.bytes)
  const { content } = object
  return content instanceof Uint8Array
    ? Effect.succeed(content)
    : Effect.map(Stream.runCollect(content), (chunks) => Buffer.concat(chunks))
}

/** Reads a stream to its end or to the first error. */
export const readWhole = (
  chunks: Iterable<Uint8Array>,
  options: Partial<MpackReadOptions> = {}
): Effect.Effect<Outcome> => {
  const objects: Array<ReadObject> = []
  let header: MpackHeader | undefined
  const read = Effect.gen(function* () {
    const mpack = yield* readMpack(Stream.fromIterable(chunks, { chunkSize: 2 }), { holds: holdsNothing, ...options })
    header = mpack.header
    yield* Stream.runForEach(mpack.objects, (object) =>
      Effect.map(contentOf(object), (content) => {
        objects.push({ type: object.type, id: object.id, content, object } as ReadObject)
      })
    )
  })
  return Effect.scoped(read).pipe(
    Effect.match({
      onFailure: (error) => ({ header, objects, error }),
      onSuccess: () => ({ header, objects, error: undefined })
    })
  )
}

/** Reads bytes that arrived at once. */
export const outcomeOf = (bytes: Uint8Array, options?: Partial<MpackReadOptions>): Outcome =>
  Effect.runSync(readWhole([bytes], options))

/** Makes a receiver that holds these objects, and a list of what it was asked. */
export const holding = (ids: Iterable<string>) => {
  const held = new Set<string>(ids)
  const asked: Array<MpackIds> = []
  const holds: MpackHolds = (ids) =>
    Effect.sync(() => {
      asked.push(ids)
      const has: MpackHeld = { commits: held, snapshots: held, blobs: held }
      return has
    })
  return { holds, asked }
}

/**
 * Returns why objects, in this order, are not a complete history; undefined if they are. Written only for the tests.
 */
export const notClosed = (objects: ReadonlyArray<ReadObject>): string | undefined => {
  const came = new Set<string>()
  for (const { object } of objects) {
    const needed: Array<string> = []
    if (object.type === "snapshot") {
      for (const id of object.snapshot.manifest.values()) if (id !== emptyBlobId) needed.push(`blob ${id}`)
    } else if (object.type === "commit") {
      needed.push(`snapshot ${object.commit.snapshotId}`, ...object.commit.parents.map((id) => `commit ${id}`))
    }
    const lacked = needed.find((name) => !came.has(name))
    if (lacked !== undefined) return `${object.type} ${object.id} lacks ${lacked}`
    came.add(`${object.type} ${object.id}`)
  }
  return undefined
}

/** Returns the error of a stream that must be refused. */
export const refusal = (bytes: Uint8Array, options?: Partial<MpackReadOptions>): MpackRefused => {
  const { error } = outcomeOf(bytes, options)
  if (error instanceof MpackRefused) return error
  throw error ?? new Error("the stream was accepted")
}
