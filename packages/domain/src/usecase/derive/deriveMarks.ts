/** Derives marks: what each identity follows and stars, by its `social.json` at the head of its default branch. */
import { Effect, Option, Result } from "effect"
import { readCommit } from "../../invariant/ObjectReader.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { Deriver } from "../../port/index/derived/DerivationIndex.ts"
import { type Mark, MarkIndex } from "../../port/index/derived/MarkIndex.ts"
import { documentIn } from "../../reading/document/DocumentReader.ts"
import { type Social, socialKind } from "../../reading/document/Profile.ts"
import type { Root } from "../../repository/Root.ts"
import { RefsLost, RootMissing } from "../../repository/rootErrors.ts"
import { isIdentity } from "../../repository/rule/isIdentity.ts"
import type { Round, WorkingDeriver } from "./deriveRounds.ts"

/** Raise the version whenever `marksIn` gives something else. */
export const marksDeriver: Deriver = { name: "marks", version: 1 }

const marksIn = ({ follows = [], stars = [] }: Social): ReadonlyArray<Mark> => [
  ...follows.map((of) => ({ kind: "follows", of }) as const),
  ...stars.map((of) => ({ kind: "stars", of }) as const)
]

/** Reads what an identity marks; nothing if its document is absent or not valid. */
const marksOf = Effect.fnUntraced(function* (root: Root) {
  const { defaultBranch, id } = root.repository
  const head = yield* headOf(root, defaultBranch)
  if (head === undefined) return []
  const { commit } = yield* readCommit(id, head)
  const found = yield* documentIn({ id, indexed: false }, commit.snapshotId, socialKind)
  return found.state === "valid" ? marksIn(found.value) : []
})

/** Derives from one identity. Returns 1, or 0 if it has no work or its root is not reflected yet. */
const round: Round = Effect.fnUntraced(function* (repository, goOn) {
  const { identityToRead, putOffIdentity, recordMarks } = yield* MarkIndex
  const reflected = yield* identityToRead(repository)
  if (Option.isNone(reflected)) return 0
  yield* goOn
  const roots = yield* Roots
  const reading = Effect.gen(function* () {
    const { sha256, value } = yield* roots.read(repository)
    // Whoever moved it gives the work anew with the later root.
    return sha256 === reflected.value ? { rootSha256: sha256, marks: yield* marksOf(value) } : undefined
  })
  const read = yield* Effect.result(reading)
  if (Result.isSuccess(read)) {
    if (read.success === undefined) return 0
    yield* recordMarks(repository, marksDeriver.version, read.success)
    return 1
  }
  const { failure } = read
  if (failure instanceof RootMissing || failure instanceof RefsLost || isLoss(failure)) {
    yield* Effect.logWarning(`the marks of identity ${repository} are not derived`, failure)
    yield* putOffIdentity(repository)
    return 1
  }
  return yield* Effect.fail(failure)
})

export const marks: WorkingDeriver = { deriver: marksDeriver, isFor: isIdentity, round }
