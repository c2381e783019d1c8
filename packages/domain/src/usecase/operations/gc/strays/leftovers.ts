/**
 * Finds what a creation put that was refused or stopped before it wrote a root. Nobody can name such a repository, so
 * nothing leads to its packs and large blobs; but nothing tells either that somebody is still at work there. So they
 * count as garbage only after the usual grace period, however short another one is.
 */
import { Effect, Stream } from "effect"
import type { BlobId, RepositoryId, Sha256 } from "../../../../object/Id.ts"
import { PackIndex } from "../../../../port/index/PackIndex.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { wasRooted } from "../../rebuild/isRootLost.ts"
import { graceMillis, type LeftoverEntry } from "../Plan.ts"
import { storedOf } from "../planErasure.ts"

/** Lists the packs and large blobs of a repository that never had a root, once they are old by the store's clock. */
export const leftovers = Effect.fnUntraced(function* (repository: RepositoryId, nowMillis: number, grace: number) {
  const none: ReadonlyArray<LeftoverEntry> = []
  const { documents } = yield* ObjectStore
  if ((yield* documents.read({ kind: "root", repository }))._tag !== "Absent") return none
  const isKnown = (yield* (yield* PackIndex).packs(repository)).rootSequence >= 0
  if (isKnown || (yield* wasRooted(repository))) return none
  const before = nowMillis - Math.max(grace, graceMillis)
  const packs = Stream.map(
    storedOf(repository, "pack"),
    ({ id, size, storedAtMillis }) =>
      [{ kind: "pack", repository, id: id as Sha256, size, isReplaced: false }, storedAtMillis] as const
  )
  const blobs = Stream.map(
    storedOf(repository, "blob"),
    ({ id, size, storedAtMillis }) => [{ kind: "blob", repository, id: id as BlobId, size }, storedAtMillis] as const
  )
  const found = yield* Stream.runCollect(Stream.concat(packs, blobs))
  return found.flatMap(([entry, storedAtMillis]): ReadonlyArray<LeftoverEntry> =>
    storedAtMillis <= before ? [entry] : []
  )
})
