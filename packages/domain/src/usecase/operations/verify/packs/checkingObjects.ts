/** Checks the objects of a block: their bytes, ids and form, and that what they name is there. */
import { Result } from "effect"
import { expected } from "../../../../base/expected.ts"
import { type Slices, sliceEntries } from "../../../../base/Slices.ts"
import { decodingCommit, openingCommit } from "../../../../object/Commit.ts"
import type { NotCanonical } from "../../../../object/Frame.ts"
import type { ObjectName } from "../../../../invariant/packs/Packs.ts"
import { type BlobId, emptyBlobId } from "../../../../object/Id.ts"
import { storedPathRefusal } from "../../../../object/pathRefusal.ts"
import { decodingSnapshot, openingSnapshot, SnapshotChecker, SnapshotScan } from "../../../../object/Snapshot.ts"
import { findingObject } from "../../../../pack/packContent.ts"
import type { PackBlock, PackedObject } from "../../../../pack/PackedObject.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { FindingTag } from "../Finding.ts"
import type { CheckedCommit } from "./CommitNodes.ts"
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

/** What a repository has, by id. */
export class HeldObjects implements Knowledge {
  readonly table: ObjectTable
  readonly large: ReadonlyMap<string, LargeBlob>
  readonly isIndexed: boolean
  readonly isWhole: boolean
  /** The paths of snapshots are checked together, since they share nearly all of them. */
  readonly checker = new SnapshotChecker(storedPathRefusal)
  /** Entries of the snapshot that was scanned before lack nothing. */
  readonly scan = new SnapshotScan(this.checker)
  /** Whether the snapshot that was scanned before has a row. */
  isScannedRecorded = false

  constructor(table: ObjectTable, large: ReadonlyMap<string, LargeBlob>, { isIndexed, isWhole }: Knowledge) {
    this.table = table
    this.large = large
    this.isIndexed = isIndexed
    this.isWhole = isWhole
  }
}

/** What is wrong with an object. */
export interface ObjectFault {
  readonly tag: FindingTag
  readonly object: Pick<PackedObject, "type" | "id">
  /** What it lacks. */
  readonly lacks?: ObjectName
  readonly reason: string
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
  const missing = (tag: FindingTag, what: string, lacks: ObjectName): ObjectFault => ({
    tag,
    object,
    lacks,
    reason: `has the ${what} ${lacks.id}, which is in no named pack`
  })
  const lost = parents.filter((parent) => !table.has("commit", parent))
  return [
    ...lost.map((parent) => missing("ParentMissing", "parent", { type: "commit", id: parent })),
    ...(table.has("snapshot", snapshotId)
      ? []
      : [missing("SnapshotMissing", "snapshot", { type: "snapshot", id: snapshotId })])
  ]
}

/** Checks entries of a snapshot. Blobs of one that has a row have rows too. */
const checkingBlobs = function* (
  held: HeldObjects,
  object: PackedObject,
  entries: Iterable<readonly [path: string, blob: BlobId]>,
  isRecorded: boolean
): Slices<ReadonlyArray<ObjectFault>> {
  const { large, table } = held
  const faults: Array<ObjectFault> = []
  const told = new Set<BlobId>()
  const tell = (tag: FindingTag, blob: BlobId, reason: string) => {
    if (!told.has(blob))
      faults.push({ tag, object, reason, ...(tag === "BlobMissing" ? { lacks: { type: "blob", id: blob } } : {}) })
    told.add(blob)
  }
  let seen = 0
  for (const [path, blob] of entries) {
    if (++seen % sliceEntries === 0) yield
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
    if (isRecorded && !hasRow) tell("RowMissing", blob, `has blob ${blob}, of which the index has no row`)
  }
  return faults
}

/** Checks a snapshot, and the blobs that the one before did not have. */
const checkingSnapshot = function* (
  held: HeldObjects,
  object: PackedObject,
  bytes: Uint8Array
): Slices<ReadonlyArray<ObjectFault>> {
  const { checker, isIndexed, scan, table } = held
  const number = table.find("snapshot", object.id)
  const isRecorded = isIndexed && number !== undefined && table.isMarked(number, marks.recorded)
  // Blobs of a snapshot without a row need none, so they were not looked for.
  if (isRecorded !== held.isScannedRecorded) scan.forget()
  held.isScannedRecorded = isRecorded
  const scanned = yield* scan.scanning(bytes)
  const isRight = scanned !== undefined && scanned.id === object.id
  if (scanned !== undefined && !isRight) scan.forget()
  const decoded = isRight
    ? undefined
    : yield* decodingAs(
        object,
        () => decodingSnapshot(bytes, checker),
        () => openingSnapshot(bytes)
      )
  if (decoded !== undefined && isFault(decoded)) return [decoded]
  if (number !== undefined) table.mark(number, marks.sound)
  const entries = decoded === undefined ? expected(scanned, "a scanned snapshot").fresh : decoded.manifest
  const faults = yield* checkingBlobs(held, object, entries, isRecorded)
  if (faults.length > 0) scan.forget()
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
      faults.push(...(yield* checkingSnapshot(held, object, bytes)))
    }
    if ((position + 1) % sliceEntries === 0) yield
  }
  return { faults, commits }
}
