/** Refuses to collect where something is not as a hub in order has it: silence of the index is no proof of garbage. */
import { Effect, Option } from "effect"
import { isPredecessor } from "../../../invariant/RootHistory.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import { PackIndex } from "../../../port/index/PackIndex.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import type { StoredDocument } from "../../../port/Stored.ts"
import { fullNameText } from "../../../repository/Names.ts"
import type { PackRef } from "../../../repository/PackRef.ts"
import type { Root } from "../../../repository/Root.ts"
import { catchUp } from "../../recovery/catchUp.ts"
import { lastProbe } from "../probe.ts"
import { CollectionRefused } from "./CollectionRefused.ts"

/** Fails unless the last probe found that the store decides races and deletes. */
export const requireProbed = Effect.gen(function* () {
  const probed = yield* lastProbe()
  if (Option.isNone(probed)) {
    return yield* new CollectionRefused({
      name: "ProbeMissing",
      what: "the store was never probed",
      remedy: "run musehub probe, then musehub gc again"
    })
  }
  const { at, deletes, fit, reasons } = probed.value
  if (fit && deletes) return
  return yield* new CollectionRefused({
    name: "ProbeFailed",
    what: `the probe of ${at} found that ${fit ? "the store does not delete" : reasons.join(", and that ")}`,
    remedy: "see docs/operations.md for what the store must do, run musehub probe, then musehub gc again"
  })
})

/** How often, and how far apart, an index is looked at that may be about to follow the root. */
const looks = 5
const lookPause = "500 millis"

/** Finds what the index says otherwise than a root; undefined if it reflects the root. */
const differenceOf = Effect.fnUntraced(function* ({ sha256, value: root }: StoredDocument<Root>) {
  const { id, owner, slug } = root.repository
  const index = yield* RepositoryIndex
  const row = Option.filter(yield* index.repositoryByName(owner, slug), ({ repository }) => repository.id === id)
  const refused = (name: CollectionRefused["name"], what: string, remedy: string) =>
    new CollectionRefused({ name, what: `${what} repository ${fullNameText(root.repository)} (${id})`, remedy })
  if (Option.isNone(row)) {
    const { repositories } = yield* index.counts
    return repositories === 0
      ? refused("IndexEmpty", "the index has no repository at all, and the store has", "run musehub rebuild first")
      : refused("IndexIncomplete", "the index does not have", "run musehub rebuild first; it may have been stopped")
  }
  const { rootSequence, rootSha256 } = row.value
  if (rootSha256 === sha256) return undefined
  const isBehind = rootSequence < root.sequence && (yield* isPredecessor(root, rootSequence, rootSha256))
  return isBehind
    ? refused(
        "IndexBehind",
        `the index reflects root ${rootSequence}, and the store has root ${root.sequence}, of`,
        "if the database was restored from an older copy, run musehub rebuild; else run musehub gc again"
      )
    : refused(
        "IndexAstray",
        `the index reflects root ${rootSequence}, which the store does not have, of`,
        "the store or the database was restored from another time: restore both, or run musehub rebuild"
      )
})

/** Says whether the index reflects the root before this one, which differs in the places of objects alone. */
const lacksQuietMove = Effect.fnUntraced(function* ({ changes, previous, repository: { owner, slug } }: Root) {
  if (changes.length > 0) return false
  const row = yield* (yield* RepositoryIndex).repositoryByName(owner, slug)
  return Option.exists(row, ({ rootSha256 }) => rootSha256 === previous)
})

/** Reads the root of a repository, and fails unless the index reflects it. A push may be about to bring it up. */
export const requireReflected = Effect.fnUntraced(function* (repository: RepositoryId) {
  const roots = yield* Roots
  for (let look = 1; ; look += 1) {
    const root = yield* roots.read(repository)
    const difference = yield* differenceOf(root)
    if (difference === undefined) return root
    // A collection, or a merge of packs, was stopped after it moved the root: only the places of objects differ.
    if (yield* lacksQuietMove(root.value)) {
      yield* Effect.catch(catchUp(root), (error) => Effect.logWarning("the index stays behind the root", error))
    }
    if (look === looks || difference.name === "IndexEmpty") return yield* difference
    yield* Effect.sleep(lookPause)
  }
})

/** Fails if the index lacks the rows of a named pack: recording them failed, or a rebuild has left the pack out. */
export const requireRecorded = Effect.fnUntraced(function* (
  { repository, sequence }: Root,
  named: ReadonlyArray<PackRef>
) {
  const recorded = yield* (yield* PackIndex).packs(repository.id)
  // The root has moved since it was read, and the rows with it.
  if (recorded.rootSequence > sequence) return
  const lacking = named.find(({ sha256 }) => !recorded.packs.has(sha256))
  if (lacking === undefined) return
  return yield* new CollectionRefused({
    name: "IndexIncomplete",
    what: `the index lacks the rows of pack ${lacking.sha256} of repository ${fullNameText(repository)}`,
    remedy: "run musehub verify to see whether the pack can be read, mend that, and run musehub rebuild"
  })
})
