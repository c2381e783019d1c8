/**
 * Transfers a repository to another user, in two steps: its owner offers it, and the user accepts. So nobody gets a
 * repository that they do not want, and an offer does not tell which names the user has.
 */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { readUser } from "../../invariant/HubDocuments.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { nowIso } from "../../object/now.ts"
import { fullNameText, UserName } from "../../repository/Names.ts"
import { type Repository, type Root, withPair } from "../../repository/Root.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import type { OpenRepository, OpenServices } from "../access/openRepository.ts"
import { Forbidden } from "../access/policy.ts"
import { UserUnknown } from "../people/showUser.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { type QuotaError, Quotas } from "../admission/Quotas.ts"
import { checkCreator } from "./establish.ts"
import { moveToName, type MoveToNameError } from "./moveToName.ts"

/** The repository is not offered to the caller. */
export class TransferUnknown extends Schema.TaggedError<TransferUnknown>()("TransferUnknown", {
  kind: errorKind("not found"),
  name: Schema.String,
  user: Schema.String
}) {
  override get message() {
    return `${this.name} is not offered to ${this.user}`
  }
}

/** Only the owner decides whom a repository belongs to: an administrator could take it otherwise. */
const checkOwner = ({ repository }: Root, user: UserName): Effect.Effect<void, Forbidden> =>
  repository.owner === user
    ? Effect.void
    : Effect.fail(new Forbidden({ reason: `only its owner can transfer ${fullNameText(repository)}` }))

const offer = (open: OpenRepository<"admin">, to: UserName | null): Decision<Forbidden> =>
  Effect.fnUntraced(function* (root) {
    const { user: by } = open.principal
    const offeredTo = to === root.repository.owner ? null : to
    if (root.offeredTo === offeredTo) return null
    yield* checkOwner(root, by)
    return { root: { offeredTo }, change: { action: "offer-transfer", by, at: yield* nowIso, moves: [] } }
  })

const decodeName = Schema.decodeUnknownOption(UserName)

export type OfferTransferError = UserUnknown | Forbidden | MoveError

/** Offers the repository to a user of the hub, in place of any former offer. The user may read it from now on. */
export const offerTransfer = Effect.fn("offerTransfer")(function* (
  open: OpenRepository<"admin">,
  name: string
): Effect.fn.Return<Repository, OfferTransferError, MoveServices> {
  const unknown = new UserUnknown({ user: name })
  const to = yield* Effect.mapError(Effect.fromOption(decodeName(name)), () => unknown)
  if (Option.isNone(yield* readUser(to))) return yield* unknown
  return (yield* moveRoot(open, offer(open, to))).value.repository
})

/** Takes an offer back. Does nothing if there is none. */
export const withdrawTransfer = Effect.fn("withdrawTransfer")(function* (
  open: OpenRepository<"admin">
): Effect.fn.Return<void, Forbidden | MoveError, MoveServices> {
  yield* moveRoot(open, offer(open, null))
})

export type AcceptTransferError = TransferUnknown | RepositoryFull | QuotaError | MoveToNameError

/**
 * Accepts an offer: the caller becomes the owner, under the same slug, and the former owner keeps the role `write`. The
 * token must be one that could create the repository. An owner, who may have accepted before, gets the repository.
 */
export const acceptTransfer = Effect.fn("acceptTransfer")(function* (
  open: OpenRepository<"participate">
): Effect.fn.Return<Repository, AcceptTransferError, OpenServices> {
  const { user } = open.principal
  if (open.root.value.repository.owner === user) return open.root.value.repository
  const decide: Decision<TransferUnknown | RepositoryFull> = Effect.fnUntraced(function* (root) {
    const { repository } = root
    if (root.offeredTo !== user) return yield* new TransferUnknown({ name: fullNameText(repository), user })
    const grants = withPair(withPair(root.grants, user, undefined), repository.owner, "write")
    yield* checkCount("collaborators", grants.length)
    return {
      root: { repository: { ...repository, owner: user }, grants, offeredTo: null },
      change: { action: "transfer", by: user, at: yield* nowIso, moves: [] }
    }
  })
  yield* decide(open.root.value)
  yield* checkCreator(open.principal, user)
  yield* (yield* Quotas).checkRepositories(user)
  const moved = yield* moveToName(
    open,
    "participate",
    ({ repository }) => ({ owner: user, slug: repository.slug }),
    decide
  )
  return moved.value.repository
})
