/**
 * Opens a repository by its name in a URL or by its id. The index finds names and roots. While it is down, or does not
 * know them, they are read from the store, so clones work without a database.
 */
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { counter } from "../../base/counter.ts"
import { Effect, Metric, Option, Result, Schema } from "effect"
import { readClaim } from "../../invariant/NameClaims.ts"
import { Roots } from "../../invariant/Roots.ts"
import { TeamRoles } from "../../invariant/teams/TeamRoles.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { RepositoryId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import { RepositoryIndex, type RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { type FullName, fullNameText } from "../../repository/Names.ts"
import { hasName, isErased, type Root } from "../../repository/Root.ts"
import { type RepositoryArchived, RootMissing } from "../../repository/rootErrors.ts"
import {
  type Access,
  permitted,
  type Principal,
  RepositoryMoved,
  RepositoryUnknown,
  type Forbidden,
  type Unauthenticated
} from "./policy.ts"
import { claimedRoot, fullName } from "./claimedRoot.ts"
import { isReflected } from "./isReflected.ts"
import { catchUp, type CatchUpServices } from "../recovery/catchUp.ts"
import type { CatalogLost } from "../recovery/CatalogLost.ts"
import { requireCatalog } from "../recovery/lostRows.ts"

interface MayRead {
  readonly read: true
}
interface MayOversee extends MayRead {
  readonly oversee: true
}
interface MayParticipate extends MayRead {
  readonly participate: true
}
interface MayUpload extends MayRead {
  readonly upload: true
}
interface MayWrite extends MayParticipate, MayUpload {
  readonly write: true
}
interface MayUndelete extends MayRead {
  readonly undelete: true
}
interface MayAdminister extends MayWrite, MayOversee {
  readonly admin: true
}

/** What each access allows, as `Access` says; of a union of two, the type keeps what both allow. */
interface Rights {
  readonly read: MayRead
  readonly oversee: MayOversee
  readonly participate: MayParticipate
  readonly upload: MayUpload
  readonly write: MayWrite
  readonly admin: MayAdminister
  readonly undelete: MayUndelete
}

type Opener<R extends MayRead> = R extends MayParticipate | MayOversee | MayUpload | MayUndelete
  ? Principal
  : Principal | null

/** A repository found by its name or id. */
interface Found {
  readonly root: StoredDocument<Root>
  /** Why the index could not be asked; undefined if it could. */
  readonly away: IndexUnavailable | undefined
  /** What the index knows of it. */
  readonly row: RepositoryRow | undefined
}

export interface OpenOptions {
  /** The reader needs the root alone: it does not wait for the rows of a repository that a rebuild has listed. */
  readonly rootAlone?: boolean | undefined
}

/** The class behind `OpenRepository`. It is nominal: neither a literal nor a changed copy is a permit. */
class Permit<R extends MayRead> {
  declare private readonly rights: R
  readonly id: RepositoryId
  /** The root at the time of opening. */
  readonly root: StoredDocument<Root>
  /** The caller who opened it. */
  readonly principal: Opener<R>
  /** False while the index is unavailable. Reads then use the store alone. */
  readonly indexed: boolean
  /** The access that was checked. */
  readonly access: Access
  /** The name or the id by which the caller asked for the repository. */
  readonly asked: string

  private constructor(
    root: StoredDocument<Root>,
    principal: Opener<R>,
    indexed: boolean,
    { access, asked }: { readonly access: Access; readonly asked: string }
  ) {
    this.id = root.value.repository.id
    this.root = root
    this.principal = principal
    this.indexed = indexed
    this.access = access
    this.asked = asked
  }

  /**
   * Checks the policy and brings the index up to date, which has no rows of a deleted repository. Fails with `unknown`
   * if the caller may not see it.
   */
  static readonly open = Effect.fnUntraced(function* <A extends Access>(
    { away, root, row }: Found,
    principal: Principal | null,
    access: A,
    unknown: RepositoryUnknown,
    { rootAlone = false }: OpenOptions = {}
  ) {
    const isDeleted = root.value.deletion !== null
    if (isDeleted && row !== undefined) yield* stayingBehind(bringUp(root))
    yield* Effect.catchTag(permitted(root.value, principal, access), "RepositoryUnknown", () => Effect.fail(unknown))
    // A writer would make an index that comes back in between claim a root that it does not reflect.
    if (away !== undefined && access !== "read") return yield* away
    if (access !== "read") yield* requireCatalog(root.value)
    if (isDeleted)
      return new Permit<Rights[A]>(root, principal as Opener<Rights[A]>, false, { access, asked: unknown.name })
    const reflected = row !== undefined && (yield* isReflected(root, row)) ? row.rootSequence : -1
    const isBehind = away === undefined && reflected < root.value.sequence
    const isListedOnly = row !== undefined && row.rootSequence < 0
    const mayStay = rootAlone && isListedOnly && access === "read"
    const indexed = isBehind ? !mayStay && (yield* caughtUp(root, access)) : away === undefined
    // The policy allows an anonymous caller to read, and nothing else.
    return new Permit<Rights[A]>(root, principal as Opener<Rights[A]>, indexed, { access, asked: unknown.name })
  })
}

/**
 * A repository opened with a certain access. A use case declares the access it needs by its parameter's type, such as
 * `OpenRepository<"write">`. Only `openRepository` and `openRepositoryById` create one, after they checked the policy.
 */
export type OpenRepository<A extends Access = "read"> = Permit<Rights[A]>

/** Exports the names only, so that declaration files can spell the type of an opened repository. */
export type { Permit, Rights }

/** Finds the row of a name. Without an index there is none, and `away` says why. */
const rowOf = Effect.fnUntraced(function* ({ owner, slug }: FullName) {
  const index = yield* RepositoryIndex
  const found = yield* Effect.result(index.repositoryByName(owner, slug))
  if (Result.isSuccess(found)) return { away: undefined, row: Option.getOrUndefined(found.success) }
  yield* Effect.logWarning("reading from the store alone", found.failure)
  return { away: found.failure, row: undefined }
})

/** Reads the root of a row; none if it is gone. Another repository may have been created under its name since. */
const rootOfRow = Effect.fnUntraced(function* ({ repository: { id } }: RepositoryRow, access: Access) {
  const roots = yield* Roots
  const root = access === "upload" ? roots.readRecent(id) : roots.read(id)
  return yield* Effect.catchTag(Effect.asSome(root), "RootMissing", () => Effect.succeedNone)
})

const teamsOf = (name: FullName) => Effect.flatMap(TeamRoles, ({ of }) => of(name))

/**
 * Finds the repository of a name, in the index or by the claim in the store. The root decides which name a repository
 * has: a former one fails with `RepositoryMoved`, for a caller who may read the repository. A name or a row without a
 * root is a fault of the store, not an unknown repository.
 */
const lookUp = Effect.fnUntraced(function* (
  name: FullName,
  principal: Principal | null,
  access: Access
): Effect.fn.Return<Found, RepositoryUnknown | RepositoryMoved | RootMissing | ObjectReadError, OpenServices> {
  const unknown = new RepositoryUnknown({ name: fullNameText(name) })
  const { away, row } = yield* rowOf(name)
  const known = row === undefined ? Option.none() : yield* rootOfRow(row, access)
  if (row !== undefined && Option.isSome(known)) {
    const { value: root } = known.value
    if (hasName(root, name) && !isErased(root)) return { away, root: known.value, row }
    // The name changed while the index was away, or the repository was erased.
    yield* stayingBehind(bringUp(known.value))
  }
  const isGone = row !== undefined && Option.isNone(known)
  // The policy asks teams about a repository that is hidden from the caller, so it takes as long where there is none.
  const askTeams = principal !== null && principal.repository === null ? teamsOf(name) : Effect.void
  const claimed = Effect.tapErrorTag(claimedRoot(name), "RepositoryUnknown", () => askTeams)
  const root = yield* Effect.mapError(claimed, (error) =>
    isGone && error._tag === "RepositoryUnknown" ? new RootMissing({ repository: row.repository.id }) : error
  )
  if (hasName(root.value, name)) return { away, root, row: undefined }
  yield* Effect.mapError(permitted(root.value, principal, "read"), (error) =>
    error._tag === "StoreUnavailable" ? error : unknown
  )
  return yield* new RepositoryMoved({ from: fullNameText(name), to: fullNameText(root.value.repository) })
})

/** What opening a repository asks, and writes where the index is behind. */
export type OpenServices =
  | CatchUpServices
  | CommitIndex
  | ObjectIndex
  | ObjectStore
  | Packs
  | ProposalIndex
  | RepositoryIndex
  | Roots
  | RowWriter

export type OpenError =
  | RepositoryUnknown
  | RepositoryMoved
  | RepositoryArchived
  | RootMissing
  | Unauthenticated
  | Forbidden
  | CatalogLost
  | RefsError
  | ObjectReadError
  | IndexUnavailable

/** Opens a repository by its name. One that the caller may not see does not exist for them. */
export const openRepository = Effect.fn("openRepository")(function* <A extends Access>(
  ownerText: string,
  slugText: string,
  principal: Principal | null,
  access: A,
  options?: OpenOptions
): Effect.fn.Return<OpenRepository<A>, OpenError, OpenServices> {
  const name = yield* fullName(ownerText, slugText)
  const unknown = new RepositoryUnknown({ name: fullNameText(name) })
  return yield* Permit.open(yield* lookUp(name, principal, access), principal, access, unknown, options)
})

const decodeId = Schema.decodeUnknownOption(RepositoryId)

/**
 * Reads the root of an id that a caller sent. One without a root never existed, unless its packs are in the store.
 */
const rootOfId = Effect.fnUntraced(function* (repository: RepositoryId, unknown: RepositoryUnknown) {
  const roots = yield* Roots
  const store = yield* ObjectStore
  return yield* Effect.catchTag(roots.read(repository), "RootMissing", (missing) =>
    Effect.flatMap(store.list(repository, "pack", { limit: 1 }), ({ items }) =>
      Effect.fail(items.length > 0 ? missing : unknown)
    )
  )
})

/**
 * Opens a repository by its id (docs/wire.md, section 8). A repository whose name was never claimed does not exist. One
 * that the caller may not see is unknown by what they `asked` for.
 */
export const openRepositoryById = Effect.fn("openRepositoryById")(function* <A extends Access>(
  idText: string,
  principal: Principal | null,
  access: A,
  asked = idText
): Effect.fn.Return<OpenRepository<A>, OpenError, OpenServices> {
  const unknown = new RepositoryUnknown({ name: asked })
  const id = yield* Effect.mapError(Effect.fromOption(decodeId(idText)), () => unknown)
  const root = yield* rootOfId(id, unknown)
  const { away, row } = yield* rowOf(root.value.repository)
  if (row?.repository.id === id) {
    return yield* Permit.open({ away, root, row }, principal, access, unknown)
  }
  const claim = yield* readClaim(root.value.repository)
  if (!Option.exists(claim, ({ repository }) => repository === id)) return yield* unknown
  return yield* Permit.open({ away, root, row: undefined }, principal, access, unknown)
})

const caughtUpTimes = counter(
  "musehub_catch_ups_total",
  "Times that an index behind a root was brought up to it, by outcome"
)
const caughtUpOutcomes = {
  done: Metric.withAttributes(caughtUpTimes, { outcome: "done" }),
  failed: Metric.withAttributes(caughtUpTimes, { outcome: "failed" })
}

/** Brings the index up to date with a root and the documents beside it. */
const bringUp = (root: StoredDocument<Root>) =>
  catchUp(root).pipe(
    Effect.tap(Metric.update(caughtUpOutcomes.done, 1)),
    Effect.tapError(() => Metric.update(caughtUpOutcomes.failed, 1)),
    Effect.as(true)
  )

/** Goes on without the index if it cannot be brought up to date. */
const stayingBehind = <E, R>(effect: Effect.Effect<boolean, E, R>) =>
  Effect.catch(effect, (error) =>
    Effect.as(Effect.logWarning("the index stays behind; reading from the store alone", error), false)
  )

/**
 * Brings the index up to date. If that fails, because the index is unavailable or because a damaged object cannot be
 * indexed, reads continue from the store alone. Every other access fails, since it needs the whole index.
 */
const caughtUp = (root: StoredDocument<Root>, access: Access) =>
  access === "read" ? stayingBehind(bringUp(root)) : bringUp(root)
