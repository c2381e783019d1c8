/** What one user may take of a hub: repositories, tokens, idempotency keys and bytes. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { DocumentName } from "@musehub/domain/repository/Names"
import { layer as quotas, type QuotaLimits } from "@musehub/domain/usecase/admission/Quotas"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { createOwnToken, revokeOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { answerOnce } from "@musehub/domain/usecase/requests/answerOnce"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Context, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import {
  ada,
  at,
  bob,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"

const none: QuotaLimits = { repositories: null, tokens: null, keys: null, bytes: null }

/** A hub, or another process over its store and index, with these limits. */
const limited = Effect.fnUntraced(function* (limits: Partial<QuotaLimits>, hub?: Partial<TestHub>) {
  const plain = yield* startHub(hub)
  const services = yield* Layer.build(
    Layer.provide(quotas({ ...none, ...limits }), Layer.succeedContext(plain.services))
  )
  return { ...plain, services: Context.merge(plain.services, services) }
})

const first = step("first", { "a.txt": "1".repeat(2000) })
const second = step("second", { "a.txt": "2".repeat(2000) }, [first])
const third = step("third", { "a.txt": "3".repeat(2000) }, [second])

const token = { scope: "read", repository: null, lifetimeMillis: null } as const

/** Makes a call under an idempotency key. */
const call = (hub: TestHub, key: string) =>
  at(hub)(answerOnce({ user: ada.user, key, request: sha256(key) }, Effect.succeed({ status: 201, body: key })))

describe("a quota of repositories", () => {
  it.effect("refuses one more, by creation and by fork, with figure, limit and what to do", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ repositories: 2 })
      const one = yield* newRepository(hub, "one")
      yield* newRepository(hub, "two")
      const refused = yield* Effect.flip(newRepository(hub, "three"))
      assert.strictEqual(refused._tag, "QuotaExceeded")
      assert.strictEqual(
        refused.message,
        "ada has 2 repositories, and 2 is the limit of this hub; transfer some to another user, " +
          "or ask the hub's operator for more"
      )
      const source = yield* openedFor(hub, one, ada, "read")
      assert.strictEqual((yield* Effect.flip(at(hub)(forkRepository(source, {}))))._tag, "QuotaExceeded")
      yield* newRepository(hub, "others", { by: bob })
      const free = yield* limited({}, hub)
      yield* newRepository(free, "three")
    })
  )
})

describe("a quota of tokens", () => {
  it.effect("counts the valid ones: one that is revoked or expired makes room", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ tokens: 2 })
      const make = (lifetimeMillis: number | null) => at(hub)(createOwnToken(ada, { ...token, lifetimeMillis }))
      const made = yield* make(null)
      yield* make(60_000)
      const refused = yield* Effect.flip(make(null))
      assert.strictEqual(refused._tag, "QuotaExceeded")
      assert.match(refused.message, /^ada has 2 tokens, and 2 is the limit of this hub; revoke some, or ask/)
      yield* at(hub)(revokeOwnToken(ada, made.token.id))
      yield* make(null)
      assert.strictEqual((yield* Effect.flip(make(null)))._tag, "QuotaExceeded")
      yield* TestClock.adjust("2 minutes")
      yield* make(null)
    })
  )

  it.effect("lets a token be created while the index is away, which alone can count them", () =>
    Effect.gen(function* () {
      const { index } = yield* startHub()
      const reason = new Fault({ cause: new Error("injected: the index is away") })
      const usageOf = () => Effect.fail(new IndexUnavailable({ operation: "usageOf", reason }))
      const hub = yield* limited({ tokens: 1 }, { index: { ...index, usageOf } })
      for (const _ of [1, 2]) yield* at(hub)(createOwnToken(ada, token))
    })
  )
})

describe("a quota of idempotency keys", () => {
  it.effect("refuses another key, still answers the known ones, and forgets those of more than a day ago", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ keys: 2 })
      yield* call(hub, "a")
      yield* TestClock.adjust("1 hour")
      yield* call(hub, "b")
      const refused = yield* Effect.flip(call(hub, "c"))
      assert.strictEqual(refused._tag, "QuotaExceeded")
      assert.match(
        refused.message,
        /^ada has 2 idempotency keys, and 2 is the limit .* wait, or send the request without/
      )
      assert.isTrue((yield* call(hub, "a")).replayed)
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("1 second")
      assert.isFalse((yield* call(hub, "c")).replayed)
      const { documents } = Context.get(hub.services, ObjectStore)
      const kept = yield* documents.list({ kind: "hub", collection: "requests" }, { limit: 10 })
      assert.deepStrictEqual(
        kept.items.toSorted(),
        ["b", "c"].map((key) => DocumentName.make(sha256(`ada\n${key}`))).toSorted()
      )
      assert.isTrue((yield* call(hub, "b")).replayed)
    })
  )
})

describe("a quota of bytes", () => {
  it.effect("counts what pushes store, also refused ones, and refuses what would store more", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ bytes: 8000 })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first])
      yield* pushSteps(hub, repository, "main", [first, second])
      const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [first, second, third]))
      assert.strictEqual(refused._tag, "QuotaExceeded")
      assert.match(
        refused.message,
        /^the repositories of ada have \d+ bytes, and 8000 is the limit of this hub; nothing/
      )
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: second.commit.id })

      const other = yield* limited({ bytes: 5000 }, hub)
      const files = [{ op: "put", path: "b.txt", content: new TextEncoder().encode("b") }] as const
      const committed = yield* Effect.flip(
        Effect.flatMap(opened(other, repository), (open) =>
          at(other)(commitFiles(open, { branch: "main", message: "more", changes: files }))
        )
      )
      assert.strictEqual(committed._tag, "QuotaExceeded", "by commits of files, and by another hub on the store")
      const source = yield* openedFor(other, repository, bob, "read")
      assert.strictEqual((yield* Effect.flip(at(other)(forkRepository(source, {}))))._tag, "QuotaExceeded", "by forks")
    })
  )

  it.effect("counts what a call had stored when it broke off", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ bytes: 4000 })
      const repository = yield* newRepository(hub)
      const open = yield* opened(hub, repository)
      const [blob] = first.blobs
      assert(blob !== undefined)
      const arriving = { ...blob, content: Stream.succeed(blob.content) }
      const upload = uploadBlobs(open, (take) => Effect.andThen(take(arriving), Effect.fail("broke off" as const)))
      assert.strictEqual(yield* Effect.flip(at(hub)(upload)), "broke off")
      assert.strictEqual((yield* hub.index.usageOf(ada.user, "2026-11-22T15:08:10.000Z")).bytes, blob.size)
    })
  )

  it.effect("is the owner's: a collaborator is refused without the owner's figure", () =>
    Effect.gen(function* () {
      const hub = yield* limited({ bytes: 1000 })
      const repository = yield* newRepository(hub)
      const admin = yield* openedFor(hub, repository, ada, "admin")
      yield* at(hub)(ensureUser(bob.user))
      yield* at(hub)(setCollaborator(admin, bob.user, "write"))
      yield* Effect.exit(pushSteps(hub, repository, "main", [first]))
      const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [first], { by: bob }))
      assert.strictEqual(refused._tag, "QuotaExceeded")
      assert.match(
        refused.message,
        /^the repositories of ada have all the bytes that one user may have here, and 1000 is/
      )
    })
  )
})
