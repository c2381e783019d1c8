/** Reads the root of a repository as it is in the store, and checks that its name leads to it. */
import { Effect, Option, Result } from "effect"
import { readClaim } from "../../../../invariant/NameClaims.ts"
import { sha256 } from "../../../../object/Digest.ts"
import type { RepositoryId, Sha256 } from "../../../../object/Id.ts"
import { RepositoryIndex, type RepositoryRow } from "../../../../port/index/RepositoryIndex.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { documentPath } from "../../../../port/StoreKey.ts"
import { rootCodec } from "../../../../repository/codecs.ts"
import { nameDocument } from "../../../../repository/Names.ts"
import { isErased, type Root } from "../../../../repository/Root.ts"
import { hasEarlierRoot } from "../../rebuild/isRootLost.ts"
import type { Inspection } from "../Inspection.ts"

/** A root, and the hash of its stored bytes. */
export interface StoredRoot {
  readonly root: Root
  readonly sha256: Sha256
}

/** The root of a repository, and the row that the index had of it, which is not newer if the index is right. */
export interface CheckedRoot extends StoredRoot {
  readonly row: RepositoryRow | undefined
}

/** Reads the root; undefined where there is none, or it is damaged. */
const readRoot = Effect.fnUntraced(function* (inspection: Inspection, repository: RepositoryId, isClaimed: boolean) {
  const { documents } = yield* ObjectStore
  const key = { kind: "root", repository } as const
  const place = documentPath(key)
  const found = yield* documents.read(key)
  if (found._tag !== "Found") {
    yield* isClaimed || (yield* hasEarlierRoot(repository))
      ? inspection.report("RootMissing", place, "is not there")
      : inspection.report("CreationUnfinished", `repositories/${repository}`, "was never given a root", "notice")
    return undefined
  }
  const { bytes } = found.document
  const root = rootCodec.decode(bytes)
  const reason = Result.isFailure(root)
    ? root.failure.message
    : root.success.repository.id === repository
      ? undefined
      : `is the root of repository ${root.success.repository.id}`
  if (Result.isFailure(root) || reason !== undefined) {
    yield* inspection.report("RootDamaged", place, String(reason))
    return undefined
  }
  const read: StoredRoot = { root: root.success, sha256: sha256(bytes) }
  return read
})

/** Reads the row that the index has of a repository, under the name that it has in the store. */
const rowOf = Effect.fnUntraced(function* ({ repository: { id, owner, slug } }: Root) {
  const index = yield* RepositoryIndex
  const row = yield* index.repositoryByName(owner, slug)
  return Option.getOrUndefined(Option.filter(row, ({ repository }) => repository.id === id))
})

/** Checks that the name of a root leads to its repository. */
const checkName = Effect.fnUntraced(function* (inspection: Inspection, root: Root, isKnown: boolean) {
  const { id } = root.repository
  const place = documentPath({ kind: "hub", collection: "names", name: nameDocument(root.repository) })
  const claim = yield* Effect.result(readClaim(root.repository))
  if (Result.isFailure(claim)) {
    if (claim.failure._tag === "StoreUnavailable") return yield* claim.failure
    return yield* inspection.report("NameLost", place, claim.failure.reason)
  }
  if (Option.exists(claim.success, ({ repository }) => repository === id)) return
  if (Option.isSome(claim.success)) {
    return yield* inspection.report("NameLost", place, `leads to repository ${claim.success.value.repository}`)
  }
  // The name is claimed last. While a legacy hub is adopted, the root names packs and has no branch.
  const hasChanged = root.sequence > 0 && root.heads.count > 0
  yield* hasChanged || isKnown
    ? inspection.report("NameLost", place, `is not there, and the root of repository ${id} has that name`)
    : inspection.report("CreationUnfinished", `repositories/${id}`, "was never given a name", "notice")
})

/**
 * Checks the root of a repository and its name. `isClaimed` says whether a name leads to it. Returns undefined if the
 * root cannot be read.
 */
export const checkRoot = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  isClaimed: boolean
) {
  const first = yield* readRoot(inspection, repository, isClaimed)
  if (first === undefined) return undefined
  inspection.called(first.root.repository)
  const row = yield* rowOf(first.root)
  // The root may have moved before the row was read.
  const isAhead = row !== undefined && row.rootSequence > first.root.sequence
  const read = isAhead ? yield* readRoot(inspection, repository, isClaimed) : first
  if (read === undefined) return undefined
  // The name of one that was erased may be that of another one.
  if (!isErased(read.root)) yield* checkName(inspection, read.root, row !== undefined)
  const checked: CheckedRoot = { ...read, row }
  return checked
})
