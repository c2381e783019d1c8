/**
 * Reads the blocks of packs and checks each object: its bytes, their id and form, and that what it names is there. A
 * run of blocks is in memory at a time, and the next ones on their way.
 */
import { Effect, Result, Stream } from "effect"
import { inSlices } from "../../../../base/Slices.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { packKey, PackReads } from "../../../../invariant/packs/PackReads.ts"
import type { ObjectName } from "../../../../invariant/packs/Packs.ts"
import { incrementalSha256 } from "../../../../object/Digest.ts"
import type { ObjectType } from "../../../../object/Id.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { objectText, type ObjectKey } from "../../../../port/StoreKey.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import { checkingObjects, type HeldObjects, type ObjectFault } from "./checkingObjects.ts"
import type { CommitNodes } from "./CommitNodes.ts"
import type { FindingTag } from "../Finding.ts"
import type { Inspection } from "../Inspection.ts"
import type { Reading } from "../Reading.ts"
import { type OpenedBlock, openedBlocks } from "./openedBlocks.ts"
import { packsNow } from "./packsNow.ts"

/** Where it is noted what was read. */
interface Noted {
  readonly reading: Reading
  /** Gains the commits that are right. */
  readonly nodes: CommitNodes
}

/** Says which types of objects are read: without every byte, all but blobs. */
const readAt = (isDeep: boolean) => (type: ObjectType) => isDeep || type !== "blob"

/** Says whether every byte of a pack is to be read. */
const isReadDeeply = ({ level }: Inspection, { ref }: StoredPack, reading: Reading): boolean =>
  level === "deep" && !reading.hasPack(ref.sha256)

/** What is wrong about a pack is told by its key; what is wrong with what an object names, by the object. */
const ofPack: ReadonlySet<string> = new Set(["ObjectMisstated", "ObjectMisnamed", "ObjectNotCanonical"])

/** Returns the sha256 that a directory says of an object, unless it is that of bytes which are not the object's. */
const saidOf = (tag: FindingTag, { directory }: StoredPack, { id, type }: ObjectFault["object"]) =>
  tag === "ObjectMisstated" ? directory.find(type, id)?.sha256 : undefined

/** Checks one block. Returns its commits; undefined if it cannot be read. */
const checkBlock = Effect.fnUntraced(function* (
  inspection: Inspection,
  held: HeldObjects,
  pack: StoredPack,
  { block, bytes, content }: OpenedBlock
) {
  const key = packKey(pack.repository, pack.ref.sha256)
  if (Result.isFailure(content)) {
    const what = block.objects === 1 ? `a ${block.type}` : `${block.objects} ${block.type}s`
    for (let position = block.first; position < block.first + block.objects; position += 1) {
      inspection.lacksObject({ ...pack.directory.at(position), pack: key.id })
    }
    yield* inspection.reportLost("BlockDamaged", key, `holds ${what} that cannot be read: ${content.failure.reason}`)
    return undefined
  }
  const { commits, faults } = yield* inSlices(() => checkingObjects(held, pack, block, content.success))
  for (const { lacks, object, reason, tag } of faults) {
    if (lacks !== undefined) inspection.lacksObject({ ...lacks, sha256: undefined, pack: undefined })
    if (ofPack.has(tag)) {
      inspection.lacksObject({ ...(object as ObjectName), sha256: saidOf(tag, pack, object), pack: key.id })
    }
    yield* ofPack.has(tag)
      ? inspection.reportLost(tag, key, `holds ${object.type} ${object.id}: ${reason}`)
      : inspection.report(tag, objectText({ repository: pack.repository, ...object } as ObjectKey), reason)
  }
  inspection.tally.passed(block.objects, bytes.byteLength)
  return commits
})

/** Says that a pack went while it was read, unless no root names it any more: others were merged into another one. */
const reportGone = Effect.fnUntraced(function* (inspection: Inspection, { ref, repository }: StoredPack) {
  const named = yield* packsNow(repository)
  if (!named.some(({ sha256 }) => sha256 === ref.sha256)) return
  yield* inspection.reportLost("PackMissing", packKey(repository, ref.sha256), "went while it was read")
})

/**
 * Reads a pack, checks its objects, and at level `deep` that the hash of all its bytes is its name. Blobs that were
 * read lately are not read again.
 */
const checkPack = Effect.fnUntraced(function* (
  inspection: Inspection,
  held: HeldObjects,
  pack: StoredPack,
  { nodes, reading }: Noted
) {
  const isDeep = isReadDeeply(inspection, pack, reading)
  const whole = incrementalSha256()
  const faultsBefore = inspection.faults
  let isReadable = true
  yield* Stream.runForEach(
    openedBlocks(pack, readAt(isDeep)),
    Effect.fnUntraced(function* (opened) {
      if (isDeep) whole.update(opened.bytes)
      const commits = yield* checkBlock(inspection, held, pack, opened)
      if (commits === undefined) isReadable = false
      else for (const commit of commits) nodes.add(commit)
    })
  )
  if (!isDeep || !isReadable) return
  const last = pack.directory.blocks.at(-1)
  const reads = new PackReads(yield* ObjectStore)
  whole.update(yield* reads.storedBytes(pack, last === undefined ? 0 : last.start + last.length, pack.ref.size))
  const computed = whole.digest()
  if (computed === pack.ref.sha256) {
    // One with a fault is read again.
    if (inspection.faults === faultsBefore) yield* reading.notePack(pack.ref.sha256)
    return
  }
  yield* inspection.reportLost("PackDamaged", packKey(pack.repository, pack.ref.sha256), `hashes to ${computed}`)
})

/** Checks the objects of all packs. */
export const checkContent = Effect.fnUntraced(function* (inspection: Inspection, held: HeldObjects, noted: Noted) {
  const { reading } = noted
  for (const pack of held.table.packs) {
    const isRead = readAt(isReadDeeply(inspection, pack, reading))
    for (const { length, objects, type } of pack.directory.blocks) {
      if (isRead(type)) inspection.tally.promised(objects, length)
    }
  }
  for (const pack of held.table.packs) {
    const checked = yield* Effect.result(checkPack(inspection, held, pack, noted))
    if (Result.isSuccess(checked)) continue
    if (!isLoss(checked.failure)) return yield* checked.failure
    yield* checked.failure._tag === "ObjectMissing"
      ? reportGone(inspection, pack)
      : inspection.reportLost("PackDamaged", packKey(pack.repository, pack.ref.sha256), checked.failure.reason)
  }
})
