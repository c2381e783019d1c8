/** Checks what belongs to no repository: names, users, tokens, sessions, domains, and rows of the index. */
import { Effect, Option, Result, Schema, Stream } from "effect"
import { nameCodec } from "../../../../hub/codecs.ts"
import { readDocument } from "../../../../invariant/Document.ts"
import {
  listHubDocuments,
  readSignIns,
  readToken,
  witnessDomain,
  witnessUser
} from "../../../../invariant/HubDocuments.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { type RepositoryId, Sha256 } from "../../../../object/Id.ts"
import type { ObjectCorrupt } from "../../../../object/Refused.ts"
import { PeopleIndex } from "../../../../port/index/PeopleIndex.ts"
import { RepositoryIndex } from "../../../../port/index/RepositoryIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { storeConcurrency } from "../../../../port/storeConcurrency.ts"
import { DocumentName, UserName } from "../../../../repository/Names.ts"
import type { Inspection } from "../Inspection.ts"

/** Names, or rows, per page. */
const pageSize = 1000

const decodeName = Schema.decodeUnknownOption(DocumentName)
const decodeUser = Schema.decodeUnknownOption(UserName)
const decodeHash = Schema.decodeUnknownOption(Sha256)

/** Reads every claimed name. Returns the repositories that names lead to. */
export const checkNames = Effect.fnUntraced(function* (inspection: Inspection) {
  const { documents } = yield* ObjectStore
  const claimed = new Set<RepositoryId>()
  const check = Effect.fnUntraced(function* (text: string) {
    const name = decodeName(text)
    if (Option.isNone(name)) return yield* inspection.report("HubDocumentDamaged", `hub/names/${text}`, "is not a name")
    const claim = yield* Effect.result(readDocument({ kind: "hub", collection: "names", name: name.value }, nameCodec))
    if (Result.isSuccess(claim)) {
      if (Option.isSome(claim.success)) claimed.add(claim.success.value.value.repository)
    } else if (isLoss(claim.failure)) {
      yield* inspection.report("HubDocumentDamaged", `hub/names/${text}`, claim.failure.reason)
    } else return yield* claim.failure
  })
  yield* everyItem(pageSize, (page) => documents.list({ kind: "hub", collection: "names" }, page)).pipe(
    Stream.mapEffect(check, { concurrency: storeConcurrency, unordered: true }),
    Stream.runDrain
  )
  return claimed
})

/** How the documents of each collection are read; none where the name is none of such a document. */
const readers: {
  readonly [collection in "users" | "tokens" | "sessions" | "domains"]: (
    name: DocumentName
  ) => Option.Option<Effect.Effect<unknown, ObjectCorrupt | StoreUnavailable, ObjectStore>>
} = {
  users: (name) => Option.map(decodeUser(name), witnessUser),
  tokens: (name) => Option.map(decodeHash(name), (hash) => readToken(hash)),
  sessions: (name) => Option.map(decodeUser(name), (user) => readSignIns(user)),
  domains: (name) => Option.some(witnessDomain(name))
}

/** Reads every user, token, published domain, and the sessions of every user. */
export const checkHubDocuments = Effect.fnUntraced(function* (inspection: Inspection) {
  for (const collection of ["users", "tokens", "sessions", "domains"] as const) {
    const check = Effect.fnUntraced(function* (name: DocumentName) {
      const place = `hub/${collection}/${name}`
      const reading = readers[collection](name)
      if (Option.isNone(reading)) {
        return yield* inspection.report("HubDocumentDamaged", place, "has not the name of such a document")
      }
      const read = yield* Effect.result(reading.value)
      if (Result.isSuccess(read)) return
      if (!isLoss(read.failure)) return yield* read.failure
      yield* inspection.report("HubDocumentDamaged", place, read.failure.reason)
    })
    yield* everyItem(pageSize, (page) => listHubDocuments(collection, page)).pipe(
      Stream.mapEffect(check, { concurrency: storeConcurrency, unordered: true }),
      Stream.runDrain
    )
  }
})

/**
 * Checks that each user and each repository of the index is in the store. That a repository is `rootless` was told
 * before.
 */
export const checkHubRows = Effect.fnUntraced(function* (inspection: Inspection, rootless: ReadonlySet<RepositoryId>) {
  const { documents } = yield* ObjectStore
  const people = yield* PeopleIndex
  const repositories = yield* RepositoryIndex
  const concurrency = { concurrency: storeConcurrency, unordered: true }
  yield* everyItem(pageSize, people.users).pipe(
    Stream.mapEffect(
      Effect.fnUntraced(function* ({ name }) {
        const key = { kind: "hub", collection: "users", name: DocumentName.make(name) } as const
        if ((yield* documents.read(key))._tag !== "Absent") return
        yield* inspection.report("HubRowAstray", `the row of user ${name}`, "is of a user whom the store does not have")
      }),
      concurrency
    ),
    Stream.runDrain
  )
  yield* everyItem(pageSize, (page) => repositories.repositories({}, page)).pipe(
    Stream.mapEffect(
      Effect.fnUntraced(function* ({ repository: { id, owner, slug } }) {
        if (rootless.has(id)) return
        if ((yield* documents.read({ kind: "root", repository: id }))._tag !== "Absent") return
        const place = `the row of repository ${id}`
        yield* inspection.report("HubRowAstray", place, `is of ${owner}/${slug}, which has no root in the store`)
      }),
      concurrency
    ),
    Stream.runDrain
  )
})
