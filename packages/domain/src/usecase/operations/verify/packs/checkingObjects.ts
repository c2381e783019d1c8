/** Checks the objects of a block: their bytes, ids and form, and that what they name is there. */
import { Result } from "effect"
import { type Slices, sliceEntries } from "../../../../base/Slices.ts"
import { decodingCommit, openingCommit } from "../../../../object/Commit.ts"
import type { NotCanonical } from "../../../../object/Frame.ts"
import { type BlobId, type CommitId, emptyBlobId, type SnapshotId } from "../../../../object/Id.ts"
import type { Manifest } from "../../../../object/Manifest.ts"
import { storedPathRefusal } from "../../../../object/pathRefusal.ts"
import { decodingSnapshot, openingSnapshot, SnapshotChecker } from "../../../../object/Snapshot.ts"
import { findingObject } from "../../../../pack/packContent.ts"
import type { PackBlock, PackedObject } from "../../../../pack/PackedObject.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { FindingTag } from "../Finding.ts"
import { marks, type ObjectTable } from "./ObjectTable.ts"

/** A large blob in the store. */
export interface LargeBlob {
  readonly size: number
  readonly storageUri: string
  readonly storedAtMillis: number
  hasRow: boolean
  /** Whether a snapshot has it. */
  isUsed: boolean
}

/** What is known of a repository. */
interface Knowledge {
  /** Whether the index has, by its own word, a row of each object that a commit leads to. */
  readonly isIndexed: boolean
  /** Whether all packs that the root names can be read. Rows of the others are no fault of the index. */
  readonly isWhole: boolean
}

/** Blobs that are remembered, of some 100 bytes each. Beyond that, all are forgotten and looked up again. */
const recentMax = 200_000

/** What a repository has, by id. */
export class HeldObjects implements Knowledge {
  readonly table: ObjectTable
  readonly large: ReadonlyMap<string, LargeBlob>
  readonly isIndexed: boolean
  readonly isWhole: boolean
  /** The paths of snapshots are checked together, since they share nearly all of them. */
  readonly checker = new SnapshotChecker(storedPathRefusal)
  /** Blobs that were looked up lately and lack nothing: one snapshot has nearly all of those of the one before. */
  readonly #recent = new Set<BlobId>()

  constructor(table: ObjectTable, large: ReadonlyMap<string, LargeBlob>, { isIndexed, isWhole }: Knowledge) {
    this.table = table
    this.large = large
    this.isIndexed = isIndexed
    this.isWhole = isWhole
  }

  /** Says whether a blob was looked up lately and lacks nothing. */
  isRecent(blob: BlobId): boolean {
    return this.#recent.has(blob)
  }

  remember(blob: BlobId): void {
    if (this.#recent.size >= recentMax) this.#recent.clear()
    this.#recent.add(blob)
  }
}

/** What is wrong with an object. */
export interface ObjectFault {
  readonly tag: FindingTag
  readonly object: Pick<PackedObject, "type" | "id">
  /** The blob that it lacks. */
  readonly blob?: BlobId | undefined
  readonly reason: string
}

/** What the row of a commit must say. */
export interface CheckedCommit {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  readonly snapshotId: SnapshotId
}

/** What a block has. */
export interface CheckedBlock {
  readonly faults: ReadonlyArray<ObjectFault>
  /** The commits whose bytes are right. */
  readonly commits: ReadonlyArray<CheckedCommit>
}

type Decoded<A> = Result.Result<A, NotCanonical>

/** Decodes bytes and says what is wrong with them: they give another id, or have another form. */
const decodingAs = function* <A extends { readonly id: string }>(
  object: PackedObject,
  decoding: () => Slices<Decoded<A>>,
  opening: () => Slices<Decoded<A>>
): Slices<A | ObjectFault> {
  const decoded = yield* decoding()
  const opened = Result.isSuccess(decoded) ? decoded : yield* opening()
  if (Result.isFailure(opened)) return { tag: "ObjectMisnamed", object, reason: opened.failure.reason }
  if (opened.success.id !== object.id) {
    return { tag: "ObjectMisnamed", object, reason: `its bytes give the id ${opened.success.id}` }
  }
  return Result.isSuccess(decoded)
    ? decoded.success
    : { tag: "ObjectNotCanonical", object, reason: decoded.failure.reason }
}

const isFault = (found: object): found is ObjectFault => "tag" in found

/** Checks what a commit names. */
const edgesOf = (
  { table }: HeldObjects,
  object: PackedObject,
  { parents, snapshotId }: CheckedCommit
): ReadonlyArray<ObjectFault> => {
  const missing = (tag: FindingTag, what: string): ObjectFault => ({
    tag,
    object,
    reason: `has the ${what}, which is in no named pack`
  })
  const lost = parents.filter((parent) => !table.has("commit", parent))
  return [
    ...lost.map((parent) => missing("ParentMissing", `parent ${parent}`)),
    ...(table.has("snapshot", snapshotId) ? [] : [missing("SnapshotMissing", `snapshot ${snapshotId}`)])
  ]
}

/** Checks the blobs of a snapshot. Those of one that has a row have rows too. */
const checkingBlobs = function* (
  held: HeldObjects,
  object: PackedObject,
  manifest: Manifest,
  isRecorded: boolean
): Slices<ReadonlyArray<ObjectFault>> {
  const { large, table } = held
  const faults: Array<ObjectFault> = []
  const told = new Set<BlobId>()
  const tell = (tag: FindingTag, blob: BlobId, reason: string) => {
    if (!told.has(blob)) faults.push({ tag, object, reason, ...(tag === "BlobMissing" ? { blob } : {}) })
    told.add(blob)
  }
  let seen = 0
  for (const [path, blob] of manifest) {
    if (++seen % sliceEntries === 0) yield
    if (held.isRecent(blob)) continue
    const number = table.find("blob", blob)
    const apart = large.get(blob)
    if (apart !== undefined) apart.isUsed = true
    // The empty blob counts as present everywhere: clients do not send it.
    if (blob === emptyBlobId) continue
    if (number === undefined && apart === undefined) {
      tell("BlobMissing", blob, `has ${JSON.stringify(path)} with blob ${blob}, which is in no named pack`)
      continue
    }
    const hasRow = (number !== undefined && table.isMarked(number, marks.recorded)) || apart?.hasRow === true
    if (isRecorded && number !== undefined) table.mark(number, marks.used)
    if (hasRow || !held.isIndexed) held.remember(blob)
    else if (isRecorded) tell("RowMissing", blob, `has blob ${blob}, of which the index has no row`)
  }
  return faults
}

/** Checks each object of a block against its directory, by its content. */
export const checkingObjects = function* (
  held: HeldObjects,
  { directory }: StoredPack,
  block: PackBlock,
  content: Uint8Array
): Slices<CheckedBlock> {
  const faults: Array<ObjectFault> = []
  const commits: Array<CheckedCommit> = []
  const { isIndexed, table } = held
  const isRecorded = (type: PackedObject["type"], id: string): boolean => {
    const number = table.find(type, id)
    return number !== undefined && table.isMarked(number, marks.recorded)
  }
  for (let position = block.first; position < block.first + block.objects; position += 1) {
    const object = directory.at(position)
    const found = yield* findingObject(object, content)
    if (Result.isFailure(found)) {
      faults.push({ tag: "ObjectMisstated", object, reason: found.failure.reason })
      continue
    }
    const bytes = found.success
    if (object.type === "commit") {
      const commit = yield* decodingAs(
        object,
        () => decodingCommit(bytes),
        () => openingCommit(bytes)
      )
      if (isFault(commit)) faults.push(commit)
      else {
        commits.push({ id: commit.id, parents: commit.parents, snapshotId: commit.snapshotId })
        faults.push(...edgesOf(held, object, commit))
        if (isIndexed && !isRecorded("commit", object.id)) {
          faults.push({ tag: "RowMissing", object, reason: "has no row in the index" })
        }
      }
    } else if (object.type === "snapshot") {
      const snapshot = yield* decodingAs(
        object,
        () => decodingSnapshot(bytes, held.checker),
        () => openingSnapshot(bytes)
      )
      if (isFault(snapshot)) faults.push(snapshot)
      else {
        const number = table.find("snapshot", object.id)
        if (number !== undefined) table.mark(number, marks.sound)
        const mustHaveRows = isIndexed && isRecorded("snapshot", object.id)
        faults.push(...(yield* checkingBlobs(held, object, snapshot.manifest, mustHaveRows)))
      }
    }
    if ((position + 1) % sliceEntries === 0) yield
  }
  return { faults, commits }
}

/** Returns those of the commits whose snapshot was read and is right, and has no row. */
export const withoutSnapshotRow = ({ table }: HeldObjects, commits: ReadonlyArray<CheckedCommit>) =>
  commits.filter(({ snapshotId }) => {
    const number = table.find("snapshot", snapshotId)
    return number !== undefined && table.isMarked(number, marks.sound) && !table.isMarked(number, marks.recorded)
  })
