/**
 * Opens a repository by its name in a URL or by its id. The index finds names and roots. While it is down, or does not
 * know them, they are read from the store, so clones work without a database.
 */
import { Effect, Option, Schema } from "effect"
import { readName } from "../../invariant/HubDocuments.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { RepositoryId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { Slug, UserName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import {
  type Access,
  authorize,
  type Principal,
  RepositoryUnknown,
  type Forbidden,
  type Unauthenticated
} from "./policy.ts"
import { catchUp } from "../recovery/catchUp.ts"
import { catchUpDocuments } from "../recovery/catchUpDocuments.ts"

interface MayRead {
  readonly read: true
}
interface MayParticipate extends MayRead {
  readonly participate: true
}
interface MayWrite extends MayParticipate {
  readonly write: true
}
interface MayAdminister extends MayWrite {
  readonly admin: true
}

/** What each access allows. Each contains the ones before it; of a union of two, the type keeps what both allow. */
interface Rights {
  readonly read: MayRead
  readonly participate: MayParticipate
  readonly write: MayWrite
  readonly admin: MayAdminister
}

type Opener<R extends MayRead> = R extends MayParticipate ? Principal : Principal | null

/** A repository found by its name or id. */
interface Found {
  readonly id: RepositoryId
  readonly indexed: boolean
  /** The sequence of the root that the index reflects; -1 if it knows none. */
  readonly reflects: number
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

  private constructor(id: RepositoryId, root: StoredDocument<Root>, principal: Opener<R>, indexed: boolean) {
    this.id = id
    this.root = root
    this.principal = principal
    this.indexed = indexed
  }

  /** Reads the root, checks the policy and brings the index up to date. */
  static readonly open = Effect.fnUntraced(function* <A extends Access>(
    found: Found,
    principal: Principal | null,
    access: A,
    unknown: RepositoryUnknown
  ) {
    const roots = yield* Roots
    const root = yield* Effect.catchTag(roots.read(found.id), "RootMissing", () => unknown)
    yield* authorize(root.value, principal, access)
    const behind = found.indexed && found.reflects < root.value.sequence
    const indexed = behind ? yield* caughtUp(root, found.reflects < 0, access) : found.indexed
    // The policy allows an anonymous caller to read, and nothing else.
    return new Permit<Rights[A]>(found.id, root, principal as Opener<Rights[A]>, indexed)
  })
}

/**
 * A repository opened with a certain access. A use case declares the access it needs by its parameter's type, such as
 * `OpenRepository<"write">`. Only `openRepository` and `openRepositoryById` create one, after they checked the policy.
 */
export type OpenRepository<A extends Access = "read"> = Permit<Rights[A]>

/** Exports the names only, so that declaration files can spell the type of an opened repository. */
export type { Permit, Rights }

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

/** Looks a name up in the index and, if the index does not know it or is unavailable, in the store. */
const lookUp = Effect.fnUntraced(function* (owner: UserName, slug: Slug) {
  const index = yield* RepositoryIndex
  const row = yield* index.repositoryByName(owner, slug).pipe(
    Effect.tapError((error) => Effect.logWarning("reading from the store alone", error)),
    Effect.option
  )
  if (Option.isSome(row) && Option.isSome(row.value)) {
    return Option.some({ id: row.value.value.repository.id, indexed: true, reflects: row.value.value.rootSequence })
  }
  const claimed = yield* readName(owner, slug)
  return Option.map(claimed, (id) => ({ id, indexed: Option.isSome(row), reflects: -1 }))
})

/** What opening a repository asks, and writes where the index is behind. */
export type OpenServices = CommitIndex | ObjectIndex | ObjectStore | ProposalIndex | RepositoryIndex | Roots | RowWriter

export type OpenError = RepositoryUnknown | Unauthenticated | Forbidden | ObjectReadError | IndexUnavailable

/** Opens a repository by its name. One that the caller may not see does not exist for them. */
export const openRepository = Effect.fn("openRepository")(function* <A extends Access>(
  ownerText: string,
  slugText: string,
  principal: Principal | null,
  access: A
): Effect.fn.Return<OpenRepository<A>, OpenError, OpenServices> {
  const unknown = new RepositoryUnknown({ name: `${ownerText}/${slugText}` })
  const name = yield* Effect.mapError(
    Effect.fromOption(decodeName({ owner: ownerText, slug: slugText })),
    () => unknown
  )
  const found = yield* Effect.mapError(Effect.fromOption(yield* lookUp(name.owner, name.slug)), () => unknown)
  return yield* Permit.open(found, principal, access, unknown)
})

const decodeId = Schema.decodeUnknownOption(RepositoryId)

/** Opens a repository by its id (docs/wire.md, section 8). A repository whose name was never claimed does not exist. */
export const openRepositoryById = Effect.fn("openRepositoryById")(function* <A extends Access>(
  idText: string,
  principal: Principal | null,
  access: A
): Effect.fn.Return<OpenRepository<A>, OpenError, OpenServices> {
  const unknown = new RepositoryUnknown({ name: idText })
  const id = yield* Effect.mapError(Effect.fromOption(decodeId(idText)), () => unknown)
  const roots = yield* Roots
  const { repository } = (yield* Effect.catchTag(roots.read(id), "RootMissing", () => unknown)).value
  const found = Option.filter(yield* lookUp(repository.owner, repository.slug), (named) => named.id === id)
  return yield* Permit.open(yield* Effect.mapError(Effect.fromOption(found), () => unknown), principal, access, unknown)
})

/**
 * Brings the index up to date. If that fails, because the index is unavailable or because a damaged object cannot be
 * indexed, reads continue from the store alone. Every other access fails, since it needs the whole index.
 */
const caughtUp = (root: StoredDocument<Root>, fromNothing: boolean, access: Access) =>
  catchUpDocuments(root.value, fromNothing).pipe(
    Effect.andThen(catchUp(root)),
    Effect.as(true),
    Effect.catch((error) =>
      access === "read"
        ? Effect.as(Effect.logWarning("the index stays behind; reading from the store alone", error), false)
        : Effect.fail(error)
    )
  )
