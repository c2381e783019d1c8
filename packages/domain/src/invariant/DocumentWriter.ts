/**
 * Writing and reading the hub's own documents (users, tokens, names), and the only maker of their evidence besides
 * the roots.
 */
import { Effect, Option, Result, Schema } from "effect"
import { sha256 } from "../object/Digest.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { storedDocument } from "../port/internal/evidence.ts"
import { type DocumentVersion, type Expected, ObjectStore } from "../port/ObjectStore.ts"
import { DocumentName, documentPath, type HubCollection } from "../port/StoreKey.ts"
import { type DocumentCodec, nameCodec, tokenCodec, userCodec } from "../repository/Documents.ts"
import { nameDocument, type Slug, type UserName } from "../repository/Names.ts"
import type { Token } from "../repository/Token.ts"
import type { User } from "../repository/User.ts"
import { type RepositoryId, Sha256 } from "../object/Id.ts"

const read = Effect.fnUntraced(function* <A>(collection: HubCollection, name: DocumentName, codec: DocumentCodec<A>) {
  const store = yield* ObjectStore
  const key = { kind: "hub", collection, name } as const
  const found = yield* store.readDocument(key)
  if (found._tag !== "Found") return Option.none<{ readonly value: A; readonly version: DocumentVersion }>()
  const { bytes, version } = found.document
  const value = yield* Effect.fromResult(
    Result.mapError(
      codec.decode(bytes),
      (error) => new ObjectCorrupt({ key: documentPath(key), reason: error.message })
    )
  )
  return Option.some({ value, version })
})

const write = Effect.fnUntraced(function* <A extends User | Token>(
  collection: HubCollection,
  name: DocumentName,
  codec: DocumentCodec<A>,
  value: A,
  expected: Expected
) {
  const store = yield* ObjectStore
  const bytes = codec.encode(value)
  yield* store.writeDocument({ kind: "hub", collection, name }, bytes, expected)
  return storedDocument<A>({ value, sha256: sha256(bytes) })
})

/** Creates a user. Fails with `DocumentConflict` when the name is taken. */
export const writeUser = (user: User) =>
  write("users", DocumentName.make(user.name), userCodec, user, { _tag: "Absent" })

/** Creates a token, or replaces it in the state that was read. */
export const writeToken = (token: Token, replaced?: DocumentVersion) =>
  write(
    "tokens",
    DocumentName.make(token.hash),
    tokenCodec,
    token,
    replaced === undefined ? { _tag: "Absent" } : { _tag: "Version", version: replaced }
  )

export const readToken = (hash: Sha256) => read("tokens", DocumentName.make(hash), tokenCodec)

/** Names in a listing that are asked for at a time. */
const namesAtATime = 1000

/** The hash of the token whose hash begins so, found by going through all of them. */
export const findTokenHash = Effect.fnUntraced(function* (beginning: string) {
  const store = yield* ObjectStore
  for (let after: string | undefined; ;) {
    const page = yield* store.listDocuments({ kind: "hub", collection: "tokens" }, { after, limit: namesAtATime })
    const name = page.items.find((item) => item.startsWith(beginning))
    if (name !== undefined) return Schema.decodeUnknownOption(Sha256)(name)
    if (Option.isNone(page.next)) return Option.none<Sha256>()
    after = page.next.value
  }
})

/** Evidence for a token that already lies in the store, for an index that lost it. */
export const witnessToken = (hash: Sha256) =>
  Effect.map(
    readToken(hash),
    Option.map(({ value }) => storedDocument<Token>({ value, sha256: sha256(tokenCodec.encode(value)) }))
  )

/**
 * Claims an owner's slug for a repository. Fails with `DocumentConflict` when another has it; an own claim whose
 * answer was lost is recognised by what it says.
 */
export const claimName = Effect.fnUntraced(function* (owner: UserName, slug: Slug, repository: RepositoryId) {
  const store = yield* ObjectStore
  const key = { kind: "hub", collection: "names", name: nameDocument(owner, slug) } as const
  yield* store
    .writeDocument(key, nameCodec.encode({ repository }), { _tag: "Absent" })
    .pipe(
      Effect.catch((error) =>
        Effect.flatMap(readName(owner, slug), (claimant) =>
          Option.contains(claimant, repository) ? Effect.void : Effect.fail(error)
        )
      )
    )
})

/** Which repository has the name, if one has. */
export const readName = (owner: UserName, slug: Slug) =>
  Effect.map(
    read("names", nameDocument(owner, slug), nameCodec),
    Option.map(({ value }) => value.repository)
  )
