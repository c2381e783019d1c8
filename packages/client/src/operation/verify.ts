/**
 * `verify`: reads everything in a folder again. Every file must match its name, and every object that one names must be
 * present. Contents are streamed; only ids stay in memory.
 */
import { CommitId, BlobId, emptyBlobId, SnapshotId } from "@musehub/domain/object/Id"
import { branchName } from "@musehub/domain/repository/Names"
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { Effect, Option, Result, Schema } from "effect"
import { resolve } from "node:path"
import { LocalDamage } from "../errors.ts"
import { nodeOf } from "../history.ts"
import type { FolderError } from "../layout/Files.ts"
import {
  branchesFolder,
  branchFile,
  commitFile,
  commitsFolder,
  fanOut,
  headFile,
  museFolder,
  objectsFolder,
  remotesFolder,
  snapshotFile,
  snapshotsFolder
} from "../layout/names.ts"
import { blobsOf } from "../layout/records.ts"
import { Repository } from "../layout/Repository.ts"
import { Meter, type OnProgress } from "../Progress.ts"
import { unwatched } from "./open.ts"

/** A defect of the repository. `path` is relative to the folder. */
export interface Fault {
  readonly path: string
  readonly reason: string
}

export interface Verified {
  readonly commits: number
  readonly snapshots: number
  readonly blobs: number
  /** Bytes of blobs. */
  readonly bytes: number
  /** Branches and tracking refs. */
  readonly refs: number
  /** Empty if there are none. */
  readonly faults: ReadonlyArray<Fault>
}

export interface VerifyOptions {
  readonly directory: string
  readonly onProgress?: OnProgress | undefined
}

/** The most files read in parallel. */
const concurrency = 8

const isBlobId = Schema.is(BlobId)
const isCommitId = Schema.is(CommitId)
const isSnapshotId = Schema.is(SnapshotId)

const recordName = /^([0-9a-f]{64})\.json$/

/** The state of one run. */
class Check {
  readonly repository: Repository
  readonly meter: Meter
  readonly faults: Array<Fault> = []
  readonly blobs = new Set<BlobId>()
  readonly snapshots = new Set<SnapshotId>()
  readonly commits = new Set<CommitId>()
  blobCount = 0
  bytes = 0

  constructor(repository: Repository, meter: Meter) {
    this.repository = repository
    this.meter = meter
  }

  fault(path: string, reason: string): void {
    this.faults.push({ path, reason })
  }

  /** Runs a step and records a damaged file as a fault. */
  noting<E>(step: Effect.Effect<void, E | LocalDamage>): Effect.Effect<void, E> {
    return Effect.catchIf(
      step,
      (error): error is LocalDamage => error instanceof LocalDamage,
      ({ path, reason }) => Effect.sync(() => this.fault(path, reason))
    )
  }

  readonly blob = Effect.fnUntraced(function* (this: Check, name: string) {
    const path = `${objectsFolder}/${name}`
    const id = name.replace("/", "")
    if (!isBlobId(id) || name.indexOf("/") !== fanOut) return this.fault(path, "is not named after an object")
    // Counts as present even if damaged: references to it are satisfied, and its own fault is reported once.
    this.blobs.add(id)
    this.blobCount += 1
    const computed = (yield* this.repository.files.hash(path)) as string
    const size = Option.getOrElse(yield* this.repository.files.size(path), () => 0)
    this.bytes += size
    this.meter.passed(1, size)
    if (computed !== id) this.fault(path, `its content hashes to ${computed}`)
  })

  readonly snapshot = Effect.fnUntraced(function* (this: Check, id: SnapshotId) {
    const path = snapshotFile(id)
    const { manifest } = yield* this.repository.snapshot(id)
    for (const blob of blobsOf(manifest)) {
      if (this.blobs.has(blob)) continue
      const hint =
        blob === emptyBlobId ? " (the empty file, which muse drops on receipt; musehub pull puts it back)" : ""
      this.fault(path, `object ${blob} is not there${hint}`)
    }
  })

  readonly commit = Effect.fnUntraced(function* (this: Check, id: CommitId) {
    const path = commitFile(id)
    const { parents, snapshotId } = nodeOf(yield* this.repository.commit(id))
    if (!this.snapshots.has(snapshotId)) this.fault(path, `snapshot ${snapshotId} is not there`)
    for (const parent of parents) if (!this.commits.has(parent)) this.fault(path, `its parent ${parent} is not there`)
  })

  /** Lists the ids that the files of a folder are named after. */
  readonly named = Effect.fnUntraced(function* <Id extends string>(
    this: Check,
    folder: string,
    isId: (text: unknown) => text is Id
  ) {
    const ids: Array<Id> = []
    for (const name of yield* this.repository.files.names(folder)) {
      const id = recordName.exec(name)?.[1]
      if (isId(id)) ids.push(id)
      else this.fault(`${folder}/${name}`, "is not named after what it holds")
    }
    return ids
  })

  readonly ref = Effect.fnUntraced(function* (this: Check, path: string) {
    const folder = path.startsWith(branchesFolder) ? branchesFolder : remotesFolder
    // The first segment after `remotes` is the remote's name.
    const behind = path.slice(folder.length + 1)
    const name = branchName(folder === branchesFolder ? behind : behind.slice(behind.indexOf("/") + 1))
    if (Result.isFailure(name)) return this.fault(path, name.failure.reason)
    const text = Option.getOrElse(yield* this.repository.files.text(path), () => "").trim()
    if (text === "" && folder === branchesFolder) return
    if (!isCommitId(text)) this.fault(path, "it holds no commit id")
    else if (!this.commits.has(text)) this.fault(path, `commit ${text} is not there`)
  })

  readonly head = Effect.fnUntraced(function* (this: Check, refs: ReadonlyArray<string>) {
    const head = yield* this.repository.head
    if (Option.isNone(head)) return this.fault(headFile, "it is not there: the clone is not finished")
    if (head.value.type === "detached") {
      if (!this.commits.has(head.value.commit)) this.fault(headFile, `commit ${head.value.commit} is not there`)
    } else if (!refs.includes(branchFile(head.value.branch))) {
      this.fault(headFile, `branch ${head.value.branch} is not there`)
    }
  })

  /** Checks a tag or release, which names a commit. */
  readonly label = Effect.fnUntraced(function* (this: Check, path: string) {
    const text = Option.getOrElse(yield* this.repository.files.text(path), () => "")
    const json: unknown = Result.getOrElse(parseJson(text), () => null)
    const id: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "commit_id") : undefined
    if (!isCommitId(id)) this.fault(path, "it names no commit")
    else if (!this.commits.has(id)) this.fault(path, `commit ${id} is not there`)
  })
}

const labelFolders = [`${museFolder}/tags`, `${museFolder}/releases`]

/** Verifies a folder. Fails only if the folder cannot be read; defects are in the result. */
export const verify = Effect.fn("client.verify")(function* (options: VerifyOptions) {
  const repository = yield* Repository.open(resolve(options.directory))
  const { files } = repository
  const meter = new Meter(options.onProgress ?? unwatched)
  const check = new Check(repository, meter)
  const each = <A, E>(items: ReadonlyArray<A>, step: (item: A) => Effect.Effect<void, E | LocalDamage>) =>
    Effect.forEach(items, (item) => check.noting(step(item)), { concurrency, discard: true })

  yield* check.noting(Effect.asVoid(repository.identity))
  const objects = yield* files.filesBelow(objectsFolder)
  const snapshots = yield* check.named(snapshotsFolder, isSnapshotId)
  const commits = yield* check.named(commitsFolder, isCommitId)
  for (const id of snapshots) check.snapshots.add(id)
  for (const id of commits) check.commits.add(id)
  meter.promised(objects.length + snapshots.length + commits.length, 0)

  const passed =
    <A>(step: (item: A) => Effect.Effect<void, FolderError | LocalDamage>) =>
    (item: A) =>
      Effect.ensuring(
        step(item),
        Effect.sync(() => meter.passed(1, 0))
      )
  yield* each(objects, (name) => check.blob(name))
  yield* each(
    snapshots,
    passed((id) => check.snapshot(id))
  )
  yield* each(
    commits,
    passed((id) => check.commit(id))
  )
  const refs = yield* repository.refFiles
  yield* each(refs, (path) => check.ref(path))
  yield* check.noting(check.head(refs))
  for (const folder of labelFolders) {
    yield* each(yield* files.filesBelow(folder), (name) => check.label(`${folder}/${name}`))
  }
  const verified: Verified = {
    commits: commits.length,
    snapshots: snapshots.length,
    blobs: check.blobCount,
    bytes: check.bytes,
    refs: refs.length,
    faults: check.faults.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }
  return verified
})
