/**
 * The names of repositories, which are claimed in documents of the hub. The root says which name a repository has; a
 * claim says which repository to ask. So a claim whose repository has another name is one of two things, told apart by
 * epochs: a former name, which leads to the present one until another repository claims it, or a name that a change
 * under way claimed. That change moves the root from the epoch of its claim or not at all.
 */
import { Effect, Option, Schema } from "effect"
import { type NameClaim, nameCodec } from "../hub/codecs.ts"
import { nowIso } from "../object/now.ts"
import type { RepositoryId } from "../object/Id.ts"
import { type Expected, ObjectStore } from "../port/ObjectStore.ts"
import type { Page, PageRequest } from "../port/Page.ts"
import { type FullName, fullNameText, nameDocument, Slug, UserName } from "../repository/Names.ts"
import { hasName, isErased, type Root } from "../repository/Root.ts"
import { RepositoryNameTaken } from "../repository/rootErrors.ts"
import { type ReadDocument, readDocument, send } from "./Document.ts"
import { type Decision, Roots } from "./Roots.ts"

/** Attempts at one claim before it fails as a conflict. Few writers want one name, so they do not wait. */
const attemptsMax = 10

const keyOf = (name: FullName) => ({ kind: "hub", collection: "names", name: nameDocument(name) }) as const

/** Reads the claim of a name, if there is one. */
export const readClaim = (name: FullName) =>
  Effect.map(
    readDocument(keyOf(name), nameCodec),
    Option.map(({ value }) => value)
  )

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

/** Lists claimed names in ascending order of the names of their documents. */
export const listNames = Effect.fnUntraced(function* (page: PageRequest) {
  const store = yield* ObjectStore
  const { items, next } = yield* store.documents.list({ kind: "hub", collection: "names" }, page)
  const names: Page<FullName> = {
    items: items.flatMap((document) => {
      const [owner, slug] = document.split(".", 2)
      return Option.toArray(decodeName({ owner, slug }))
    }),
    next
  }
  return names
})

/** Returns whether no change under way can give the repository the name of this claim. */
export const isSettled = (claim: NameClaim, root: Root): boolean => claim.epoch < root.nameEpoch

/**
 * Makes sure that another repository does not have the name and does not get it by a change under way. Fails with
 * `RepositoryNameTaken` if it has it. One that was erased, or of which nothing is left, has no name;
 * one that lacks its root, but has packs, keeps it.
 */
const release = Effect.fnUntraced(function* (name: FullName, claim: NameClaim, by: UserName) {
  const roots = yield* Roots
  const taken = new RepositoryNameTaken(name)
  const abandon: Decision<RepositoryNameTaken> = Effect.fnUntraced(function* (root) {
    if (isErased(root)) return null
    if (hasName(root, name)) return yield* taken
    if (isSettled(claim, root)) return null
    return {
      root: { nameEpoch: root.nameEpoch + 1 },
      change: { action: "abandon-rename", by, at: yield* nowIso, moves: [] }
    }
  })
  yield* Effect.catchTag(
    roots.move(claim.repository, abandon),
    "RootMissing",
    Effect.fnUntraced(function* (missing) {
      const { items: packs } = yield* (yield* ObjectStore).list(claim.repository, "pack", { limit: 1 })
      if (packs.length > 0) return yield* missing
      yield* Effect.logWarning(`the name ${fullNameText(name)} is taken from a repository that is gone`, missing)
    })
  )
})

/**
 * Claims a name for a repository whose root is at this epoch. A former name of another repository is taken from it.
 * Fails with `RepositoryNameTaken` if another repository has the name.
 */
export const claimName = Effect.fnUntraced(function* (
  name: FullName,
  repository: RepositoryId,
  epoch: number,
  by: UserName
) {
  const key = keyOf(name)
  const read = readDocument(key, nameCodec)
  const isOurs = Option.exists<ReadDocument<NameClaim>>(
    ({ value }) => value.repository === repository && value.epoch === epoch
  )
  const attempt = Effect.gen(function* () {
    const seen = yield* read
    if (isOurs(seen)) return
    if (Option.isSome(seen) && seen.value.value.repository !== repository) yield* release(name, seen.value.value, by)
    const expected: Expected = Option.match(seen, {
      onNone: () => ({ _tag: "Absent" }),
      onSome: ({ version }) => ({ _tag: "Version", version })
    })
    yield* send(key, nameCodec.encode({ repository, epoch }), expected)
  })
  yield* Effect.retry(attempt, { while: ({ _tag }) => _tag === "DocumentConflict", times: attemptsMax - 1 })
})
