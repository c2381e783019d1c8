/** Finds a repository by its name in the store alone. */
import { Effect, Schema } from "effect"
import { isSettled, readClaim } from "../../invariant/NameClaims.ts"
import { Roots } from "../../invariant/Roots.ts"
import { type FullName, fullNameText, Slug, UserName } from "../../repository/Names.ts"
import { hasName } from "../../repository/Root.ts"
import { RepositoryUnknown } from "./policy.ts"

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

/** Reads a name. Text that is no name is that of no repository. */
export const fullName = (owner: string, slug: string): Effect.Effect<FullName, RepositoryUnknown> =>
  Effect.mapError(
    Effect.fromOption(decodeName({ owner, slug })),
    () => new RepositoryUnknown({ name: `${owner}/${slug}` })
  )

/** Returns the root of the repository that has the name, or that had it last. */
export const claimedRoot = Effect.fnUntraced(function* (name: FullName) {
  const roots = yield* Roots
  const unknown = new RepositoryUnknown({ name: fullNameText(name) })
  const claim = yield* Effect.mapError(Effect.fromOption(yield* readClaim(name)), () => unknown)
  const root = yield* roots.read(claim.repository)
  return hasName(root.value, name) || isSettled(claim, root.value) ? root : yield* unknown
})
