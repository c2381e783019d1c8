/** Writes and reads the hub's own documents: users, tokens, sessions, domains. Names are in `NameClaims.ts`. */
import { Effect, Option, Schema, Stream } from "effect"
import { domainCodec, signInsCodec, tokenCodec, userCodec } from "../hub/codecs.ts"
import { type DomainAddress, domainDocument, type PublishedDomain } from "../hub/PublishedDomain.ts"
import type { SignIns } from "../hub/SignIns.ts"
import { Sha256 } from "../object/Id.ts"
import { type AuditEvent, recordAudit } from "../port/Audit.ts"
import { type DocumentVersion, ObjectStore } from "../port/ObjectStore.ts"
import { everyItem, type Page, type PageRequest } from "../port/Page.ts"
import type { HubCollection } from "../port/StoreKey.ts"
import { DocumentName, type UserName } from "../repository/Names.ts"
import type { Token } from "../hub/Token.ts"
import type { User } from "../hub/User.ts"
import { changeDocument, type ReadDocument, readDocument, witnessed, writeDocument } from "./Document.ts"

const hubDocument = (collection: HubCollection, name: DocumentName) => ({ kind: "hub", collection, name }) as const

/** Creates a user. Fails with `DocumentConflict` if the name is taken. */
export const writeUser = (user: User) =>
  Effect.tap(
    writeDocument(hubDocument("users", DocumentName.make(user.name)), userCodec, user, { _tag: "Absent" }),
    recordAudit({ action: "create-user", outcome: "done", about: user.name, details: [] })
  )

/** Returns whether there is a user of this name. */
export const hasUser = Effect.fnUntraced(function* (name: UserName) {
  const store = yield* ObjectStore
  return (yield* store.documents.read(hubDocument("users", DocumentName.make(name))))._tag === "Found"
})

/** Makes evidence for a stored user, for an index that lacks it. */
export const witnessUser = (name: UserName) =>
  Effect.map(
    readDocument(hubDocument("users", DocumentName.make(name)), userCodec),
    Option.map((read) => witnessed(userCodec, read))
  )

/** Reads a user, if there is one of this name. */
export const readUser = (name: UserName) =>
  Effect.map(
    witnessUser(name),
    Option.map(({ value }) => value)
  )

/** Creates a token, or replaces the version that was read. */
export const writeToken = (token: Token, replaced?: DocumentVersion) =>
  Effect.tap(
    writeDocument(
      hubDocument("tokens", DocumentName.make(token.hash)),
      tokenCodec,
      token,
      replaced === undefined ? { _tag: "Absent" } : { _tag: "Version", version: replaced }
    ),
    recordAudit({
      action: token.revokedAt === null ? "create-token" : "revoke-token",
      outcome: "done",
      about: token.id,
      details: [
        `of ${token.user}`,
        `scope ${token.scope}`,
        `repository ${token.repository ?? "any"}`,
        `expires ${token.expiresAt ?? "never"}`
      ]
    })
  )

/** Reads a token, if there is one; its document is not transferred if it is in the `known` state. */
export const readToken = (hash: Sha256, known?: ReadDocument<Token>) =>
  readDocument(hubDocument("tokens", DocumentName.make(hash)), tokenCodec, known)

/** Names per page of a listing. */
const namesAtATime = 1000

/** Finds the hash of the first token whose hash starts with `beginning`, by listing all tokens. */
export const findTokenHash = Effect.fnUntraced(function* (beginning: string) {
  const store = yield* ObjectStore
  const found = yield* everyItem(namesAtATime, (page) =>
    store.documents.list({ kind: "hub", collection: "tokens" }, page)
  ).pipe(
    Stream.filter((name) => name.startsWith(beginning)),
    Stream.runHead
  )
  return Option.flatMap(found, Schema.decodeUnknownOption(Sha256))
})

/** Makes evidence for a token that was read. */
export const witnessedToken = (read: ReadDocument<Token>) => witnessed(tokenCodec, read)

/** Reads the link and the sessions of a user, if any; the document is not transferred if it is in the `known` state. */
export const readSignIns = (user: UserName, known?: ReadDocument<SignIns>) =>
  readDocument(hubDocument("sessions", DocumentName.make(user)), signInsCodec, known)

/**
 * Changes the link and the sessions of a user by compare-and-set. `change` runs again when another writer was faster;
 * returning what it got leaves everything as it is. `audited` says what a change was; null if it changed no right.
 */
export const changeSignIns = <E, R>(
  user: UserName,
  change: (present: SignIns) => Effect.Effect<SignIns, E, R>,
  audited: Pick<AuditEvent, "action" | "about" | "details"> | null
) =>
  Effect.suspend(() => {
    let isChanged = false
    const noted = (present: SignIns = { user, link: null, sessions: [] }) =>
      Effect.tap(change(present), (next) => Effect.sync(() => (isChanged = next !== present)))
    return Effect.tap(changeDocument(hubDocument("sessions", DocumentName.make(user)), signInsCodec, noted), () =>
      isChanged && audited !== null ? recordAudit({ ...audited, outcome: "done" }) : Effect.void
    )
  })

/**
 * Creates or replaces a domain by compare-and-set. `change` gets the present state, if there is one, and runs again
 * when another writer was faster.
 */
export const changeDomain = <E, R>(
  address: DomainAddress,
  change: (present: PublishedDomain | undefined) => Effect.Effect<PublishedDomain, E, R>
) => changeDocument(hubDocument("domains", domainDocument(address)), domainCodec, change)

/** Makes evidence for a stored domain, by the name of its document. */
export const witnessDomain = (name: DocumentName) =>
  Effect.map(
    readDocument(hubDocument("domains", name), domainCodec),
    Option.map((read) => witnessed(domainCodec, read))
  )

const decodeName = Schema.decodeUnknownOption(DocumentName)

/** Lists the names of the documents of a collection, in ascending order. */
export const listHubDocuments = Effect.fnUntraced(function* (
  collection: "users" | "tokens" | "sessions" | "domains",
  page: PageRequest
) {
  const store = yield* ObjectStore
  const { items, next } = yield* store.documents.list({ kind: "hub", collection }, page)
  const named: Page<DocumentName> = {
    items: items.flatMap((name) => Option.toArray(decodeName(name))),
    next
  }
  return named
})
