/**
 * From a name in a URL to a repository that the caller may use. Names and roots are found by the index, and in the
 * store when the index is down or does not know them, so clones go on without a database.
 */
import { Effect, Option, Schema } from "effect"
import { readName } from "../../invariant/HubDocuments.ts"
import { Roots } from "../../invariant/Roots.ts"
import { RepositoryId } from "../../object/Id.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { Slug, UserName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import { type Access, authorize, type Principal, RepositoryUnknown } from "./policy.ts"
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

/** What each access allows. Each contains the ones before it; of either of two, only what both allow is certain. */
interface Rights {
  readonly read: MayRead
  readonly participate: MayParticipate
  readonly write: MayWrite
  readonly admin: MayAdminister
}

type Opener<R extends MayRead> = R extends MayParticipate ? Principal : Principal | null

/** A repository as its name or its id led to it. */
interface Found {
  readonly id: RepositoryId
  readonly indexed: boolean
  /** Sequence of the root that the index reflects; -1 where it knows none. */
  readonly reflects: number
}

/** The class behind `OpenRepository`. Nominal: neither a literal nor a changed copy is a permit. */
class Permit<R extends MayRead> {
  declare private readonly rights: R
  readonly id: RepositoryId
  /** The root as it was when the repository was opened. */
  readonly root: StoredDocument<Root>
  /** Who opened it. */
  readonly principal: Opener<R>
  /** False while the index cannot be asked. Reading goes on from the store alone. */
  readonly indexed: boolean

  private constructor(id: RepositoryId, root: StoredDocument<Root>, principal: Opener<R>, indexed: boolean) {
    this.id = id
    this.root = root
    this.principal = principal
    this.indexed = indexed
  }

  /** Reads the root, asks the policy, brings the index up. */
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
    // The policy lets nobody in particular read, and nothing else.
    return new Permit<Rights[A]>(found.id, root, principal as Opener<Rights[A]>, indexed)
  })
}

/**
 * A repository that is open for what was asked for. A use case names what it needs by taking an
 * `OpenRepository<"write">`, say. `openRepository` and `openRepositoryById`, which ask the policy, make them.
 */
export type OpenRepository<A extends Access = "read"> = Permit<Rights[A]>

/** The names alone, so that a declaration of what opens a repository can spell its type. */
export type { Permit, Rights }

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

/** What the index says of the name: the repository and the root it reflects, or that it cannot be asked. */
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

/**
 * Opens a repository for what the caller wants to do there. Fails with `RepositoryUnknown` when there is none or the
 * caller may not see it, and with `Unauthenticated` or `Forbidden` when they may see it but not do this.
 */
export const openRepository = Effect.fn("openRepository")(function* <A extends Access>(
  ownerText: string,
  slugText: string,
  principal: Principal | null,
  access: A
) {
  const unknown = new RepositoryUnknown({ name: `${ownerText}/${slugText}` })
  const name = yield* Effect.mapError(
    Effect.fromOption(decodeName({ owner: ownerText, slug: slugText })),
    () => unknown
  )
  const found = yield* Effect.mapError(Effect.fromOption(yield* lookUp(name.owner, name.slug)), () => unknown)
  return yield* Permit.open(found, principal, access, unknown)
})

const decodeId = Schema.decodeUnknownOption(RepositoryId)

/** Opens a repository by its id (docs/wire.md, section 8). One whose name was never claimed does not exist. */
export const openRepositoryById = Effect.fn("openRepositoryById")(function* <A extends Access>(
  idText: string,
  principal: Principal | null,
  access: A
) {
  const unknown = new RepositoryUnknown({ name: idText })
  const id = yield* Effect.mapError(Effect.fromOption(decodeId(idText)), () => unknown)
  const roots = yield* Roots
  const { repository } = (yield* Effect.catchTag(roots.read(id), "RootMissing", () => unknown)).value
  const found = Option.filter(yield* lookUp(repository.owner, repository.slug), (named) => named.id === id)
  return yield* Permit.open(yield* Effect.mapError(Effect.fromOption(found), () => unknown), principal, access, unknown)
})

/**
 * Brings the index up. Reading goes on from the store alone when that fails, be it that the index is away or that one
 * damaged object keeps it from being filled; writing needs the index whole.
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
