/**
 * Copies a repository that the caller may read into one of their own: its branches with their whole history. A fork has
 * objects of its own, so it outlives the source and the caller's access to it.
 */
import type { MoveServices } from "../write/moveRoot.ts"
import { Effect, Stream } from "effect"
import { eachInSlices } from "../../base/Slices.ts"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { nowIso } from "../../object/now.ts"
import { RepositoryId } from "../../object/Id.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { UsageIndex } from "../../port/index/UsageIndex.ts"
import { RandomId } from "../../port/RandomId.ts"
import { Fault } from "../../port/UnavailableReason.ts"
import { type Description, type RepositoryName, slugOf, type UserName } from "../../repository/Names.ts"
import { headsKind } from "../../repository/refs/kinds.ts"
import { RefList } from "../../repository/refs/RefList.ts"
import type { Repository, Visibility } from "../../repository/Root.ts"
import { allHeads } from "../../invariant/refs/heads.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { Forbidden, Unauthenticated } from "../access/policy.ts"
import { type QuotaExceeded, Quotas } from "../admission/Quotas.ts"
import { copyHistory } from "../push/borrowHistory.ts"
import { checkCreator, establish, type EstablishError } from "./establish.ts"

/** What a fork has of its own. Absent members are those of the source. */
export interface NewFork {
  readonly name?: RepositoryName | undefined
  readonly visibility?: Visibility | undefined
  readonly description?: Description | undefined
}

export type ForkRepositoryError =
  | HubBusy
  | Unauthenticated
  | QuotaExceeded
  | ObjectRefused
  | ContentRefused
  | ObjectReadError
  | EstablishError
  | IndexUnavailable

/** Checks that a user may have another repository, with a copy of what this one holds. */
const checkQuotas = Effect.fnUntraced(function* (source: RepositoryId, user: UserName) {
  const { bytesOf, checkRepositories } = yield* Quotas
  const index = yield* UsageIndex
  yield* checkRepositories(user)
  yield* bytesOf(user, user, yield* index.storedBytes(source))
})

/**
 * Forks a repository for the caller. Its branches are those of the source when it was opened. A fork of a private
 * repository is private.
 */
export const forkRepository = Effect.fn("forkRepository")(function* (
  source: OpenRepository,
  wanted: NewFork
): Effect.fn.Return<Repository, ForkRepositoryError, CommitIndex | MoveServices | UsageIndex> {
  const { principal } = source
  const { repository: original } = source.root.value
  if (principal === null) return yield* new Unauthenticated({ reason: "a fork needs an owner, so it needs a token" })
  yield* checkCreator(principal, principal.user)
  yield* checkQuotas(original.id, principal.user)
  const visibility = wanted.visibility ?? original.visibility
  if (original.visibility === "private" && visibility === "public") {
    return yield* new Forbidden({ reason: "a fork of a private repository is private" })
  }
  const randomId = yield* RandomId
  const name = wanted.name ?? original.name
  const repository: Repository = {
    ...original,
    id: RepositoryId.make(randomId()),
    owner: principal.user,
    name,
    slug: slugOf(name),
    visibility,
    description: wanted.description ?? original.description,
    archived: false,
    forkOf: { repository: original.id, private: original.visibility === "private" },
    createdAt: yield* nowIso
  }
  const heads = RefList.of(headsKind, yield* Stream.runCollect(refsIn(source.root.value, source.root.value.heads)))
  const tips = [...(yield* allHeads(source.root.value))]
  const packs = new NewPacks(repository.id)
  const copied = yield* copyHistory(original.id, tips, packs)
  const lacking = new Set(tips)
  yield* eachInSlices(copied, ({ id }) => lacking.delete(id))
  if (lacking.size > 0) {
    const cause = new Error(`the index does not know every head of repository ${original.id}`)
    return yield* new IndexUnavailable({ operation: "fork", reason: new Fault({ cause }) })
  }
  return yield* establish({ repository, heads, action: "fork", packs: yield* packs.finish() })
})
