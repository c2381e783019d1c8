/**
 * Organisations: what the teams of a handle may do in its repositories. `members.json` at the head of the default
 * branch of `<handle>/identity` says so, if that branch is protected: what no forced push can take back. It is read at
 * each question, from the store, so a member who was removed has no rights from that moment, and all come back after
 * the index was lost.
 */
import { Context, Effect, Layer, Option } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { readClaim } from "../../invariant/NameClaims.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import { Roots } from "../../invariant/Roots.ts"
import { TeamRoles } from "../../invariant/teams/TeamRoles.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { FoundDocument } from "../../reading/document/DocumentKind.ts"
import { documentIn, layer as documentReader } from "../../reading/document/DocumentReader.ts"
import { type Members, membersKind, repositoriesOfMember, roleOfMember } from "../../reading/document/Members.ts"
import { layerOf as snapshotReaderOf, type SnapshotReader } from "../../reading/SnapshotReader.ts"
import { type FullName, type UserName } from "../../repository/Names.ts"
import { hasName, type Root } from "../../repository/Root.ts"
import { identitySlug, isIdentity } from "../../repository/rule/isIdentity.ts"
import { noTeams, type RoleInTeams } from "../../repository/rule/roles.ts"

/** The organisations of the hub. The default has none, whatever repositories say. */
export const Organizations = Context.Reference<{
  readonly isOn: boolean
  /** Returns the members of an organisation with what its teams may do; undefined if nothing of it holds. */
  readonly members: (handle: UserName) => Effect.Effect<Members | undefined, StoreUnavailable>
  /** Lists in which repositories a user has a role by teams, of the organisations whose identities have these rows. */
  readonly granted: (
    user: UserName,
    identities: ReadonlyArray<RepositoryRow>
  ) => Effect.Effect<ReadonlyArray<FullName>, StoreUnavailable>
}>("@musehub/domain/usecase/access/Organizations", {
  defaultValue: () => ({
    isOn: false,
    members: () => Effect.succeed(undefined),
    granted: () => Effect.succeed([])
  })
})

/** Says whether `members.json` of this repository holds, which is called `<handle>/identity`. */
export const isInForce = ({ deletion, protection, repository }: Pick<Root, "deletion" | "protection" | "repository">) =>
  deletion === null && isIdentity(repository) && protection.some(([branch]) => branch === repository.defaultBranch)

type Services = ObjectIndex | ObjectStore | Packs | Roots | SnapshotReader

/** Organisations whose members are in memory. */
const keptMax = 1000

const make = Effect.gen(function* () {
  const context = yield* Effect.context<Services>()
  /** By the head of the default branch. */
  const documents = new BoundedMap<string, FoundDocument<Members>>()
  /** By the row of an index, which changes with the root. */
  const byRow = new BoundedMap<string, { readonly found: Members | undefined }>()

  const documentAt = Effect.fnUntraced(function* ({ repository: { id } }: Root, head: CommitId) {
    const key = `${id}/${head}`
    const kept = documents.touch(key)
    if (kept !== undefined) return kept
    const { commit } = yield* readCommit(id, head)
    const found = yield* documentIn({ id, indexed: false }, commit.snapshotId, membersKind)
    if (found.state === "invalid") yield* Effect.logWarning(`no team has rights by repository ${id}: ${found.reason}`)
    documents.set(key, found)
    documents.trim({ sizeMax: keptMax })
    return found
  })

  const readMembers = Effect.fnUntraced(function* (handle: UserName) {
    const name = { owner: handle, slug: identitySlug }
    const claim = yield* readClaim(name)
    if (Option.isNone(claim)) return undefined
    const roots = yield* Roots
    const { value: root } = yield* roots.read(claim.value.repository)
    if (!hasName(root, name) || !isInForce(root)) return undefined
    const head = yield* headOf(root, root.repository.defaultBranch)
    if (head === undefined) return undefined
    const found = yield* documentAt(root, head)
    return found.state === "valid" ? found.value : undefined
  })

  /** What cannot be read gives no rights; that it cannot be read now is said. */
  const unlessLost = (handle: UserName, reading: ReturnType<typeof readMembers>) => {
    const unread = (error: { readonly message: string }) =>
      Effect.as(Effect.logError(`no team of ${handle} has rights, since its members cannot be read`, error), undefined)
    return reading.pipe(
      Effect.catchTags({ ObjectCorrupt: unread, ObjectMissing: unread, RefsLost: unread, RootMissing: unread }),
      Effect.provideContext(context)
    )
  }

  const members = (handle: UserName): Effect.Effect<Members | undefined, StoreUnavailable> =>
    unlessLost(handle, readMembers(handle))

  const membersOfRow = Effect.fnUntraced(function* ({ repository, rootSha256 }: RepositoryRow) {
    const key = `${repository.id}/${rootSha256}`
    const kept = byRow.touch(key)
    if (kept !== undefined) return kept.found
    // What is lost may be put back, without a move of the root.
    const keeping = Effect.tap(readMembers(repository.owner), (found) =>
      Effect.sync(() => {
        byRow.set(key, { found })
        byRow.trim({ sizeMax: keptMax })
      })
    )
    return yield* unlessLost(repository.owner, keeping)
  })

  return {
    isOn: true,
    members,
    granted: Effect.fnUntraced(function* (user: UserName, identities: ReadonlyArray<RepositoryRow>) {
      const names: Array<FullName> = []
      for (const row of identities) {
        const found = yield* membersOfRow(row)
        if (found !== undefined) names.push(...repositoriesOfMember(found, row.repository.owner, user))
      }
      return names
    })
  }
})

/** Gives the members of teams the roles that their teams have. */
export const layer: Layer.Layer<never, never, ObjectIndex | ObjectStore | Packs | Roots> = Layer.effect(
  TeamRoles,
  Effect.map(Organizations, ({ members }) => ({
    of: ({ owner, slug }) =>
      // Who changes the members gives roles, so no role in them is given by them.
      slug === identitySlug
        ? Effect.succeed(noTeams)
        : Effect.map(members(owner), (found): RoleInTeams =>
            found === undefined ? noTeams : (user) => roleOfMember(found, slug, user)
          )
  }))
).pipe(
  Layer.provideMerge(Layer.effect(Organizations, make)),
  Layer.provide([documentReader, snapshotReaderOf(4 * 1024 * 1024)])
)
