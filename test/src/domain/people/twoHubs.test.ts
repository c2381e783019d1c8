/**
 * Two hubs on one store, each with an index of its own. The store decides who may do what, so what one hub takes away
 * is gone at the other, though its index does not know yet.
 */
import { assert, describe, it } from "@effect/vitest"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { WholeIndex } from "@musehub/domain/port/index/wholeIndex"
import type { DocumentVersion } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { UserName } from "@musehub/domain/repository/Names"
import { Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { authenticate, createToken, ensureUser, revokeToken } from "@musehub/domain/usecase/people/tokens"
import { ObjectsMissing } from "@musehub/domain/usecase/push/ObjectsMissing"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { removeCollaborator, setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { interposed, type Store } from "../../support/interposedStore.ts"
import {
  at,
  bob,
  failingIndex,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"

const scene = (index?: WholeIndex) =>
  Effect.gen(function* () {
    const store = yield* memoryStore
    const count = callCount()
    const one = yield* startHub({ store })
    const other = yield* startHub({ store: interposed(store, count.interpose), ...(index && { index }) })
    return { one, other, count }
  })

const wanted = { user: UserName.make("ada"), scope: "write", repository: null, lifetimeMillis: null } as const
const tokenPath = /^hub\/tokens\//

describe("a revoked token, two hubs with an index each", () => {
  it.effect("is refused by the other hub once the stated time is over, and costs one read in that time", () =>
    Effect.gen(function* () {
      const { count, one, other } = yield* scene()
      const { secret, token } = yield* at(one)(createToken(wanted))
      yield* at(other)(authenticate(secret))
      yield* at(one)(revokeToken(token.id))
      count.reset()
      yield* TestClock.adjust(staleMillisMax - 1)
      for (let request = 0; request < 100; request++) yield* at(other)(authenticate(secret))
      assert.lengthOf(count.calls, 0, "nothing is read meanwhile")
      yield* TestClock.adjust(1)
      assert.instanceOf(yield* Effect.flip(at(other)(authenticate(secret))), Unauthenticated)
      assert.lengthOf(count.of("documents.read", tokenPath), 1)
    })
  )

  it.effect("many requests at once share the one read of a token in use, which names the version that is known", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const versions: Array<DocumentVersion | undefined> = []
      const documents: Store["documents"] = {
        ...store.documents,
        read: (key, known) => {
          versions.push(known)
          return store.documents.read(key, known)
        }
      }
      const hub = yield* startHub({ store: { ...store, documents } })
      const { secret } = yield* at(hub)(createToken(wanted))
      yield* at(hub)(authenticate(secret))
      yield* TestClock.adjust(staleMillisMax)
      versions.length = 0
      yield* Effect.all(
        Array.from({ length: 50 }, () => at(hub)(authenticate(secret))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(versions, 1)
      assert.isDefined(versions[0])
    })
  )

  it.effect("is refused in time by a hub whose index is down, also after that hub's restart", () =>
    Effect.gen(function* () {
      const { one, other } = yield* scene(failingIndex(yield* memoryIndex, () => true))
      const { secret, token } = yield* at(one)(createToken(wanted))
      yield* at(other)(authenticate(secret))
      yield* at(one)(revokeToken(token.id))
      yield* TestClock.adjust(staleMillisMax)
      const restarted = yield* startHub({ store: one.store, index: other.index })
      for (const hub of [other, restarted]) {
        assert.instanceOf(yield* Effect.flip(at(hub)(authenticate(secret))), Unauthenticated)
      }
    })
  )

  it.effect("can be revoked at a hub whose index is down", () =>
    Effect.gen(function* () {
      const down = new IndexUnavailable({ operation: "read", reason: new Fault({ cause: new Error("injected") }) })
      const { one, other } = yield* scene({
        ...(yield* memoryIndex),
        tokenByPublicId: () => Effect.fail(down),
        recordToken: () => Effect.fail(down)
      })
      const { secret, token } = yield* at(one)(createToken(wanted))
      yield* at(other)(revokeToken(token.id))
      yield* TestClock.adjust(staleMillisMax)
      assert.instanceOf(yield* Effect.flip(at(one)(authenticate(secret))), Unauthenticated)
    })
  )
})

const shared = step("shared", { "song.mid": "a melody" })
const next = step("next", { "song.mid": "a melody", "more.mid": "another" }, [shared])

describe("a changed grant or visibility, two hubs with an index each", () => {
  const borrowing = Effect.fnUntraced(function* (visibility: "public" | "private") {
    const { one, other } = yield* scene()
    for (const user of ["ada", "bob"]) yield* at(one)(ensureUser(UserName.make(user)))
    const upstream = yield* newRepository(one, "upstream", { visibility })
    yield* pushSteps(one, upstream, "main", [shared])
    const administer = (hub: TestHub) => openedFor(hub, upstream, { ...bob, user: UserName.make("ada") }, "admin")
    if (visibility === "private") {
      yield* at(one)(setCollaborator(yield* administer(one), "bob", "read"))
    }
    const mine = yield* newRepository(other, "mine", { by: bob })
    // The other hub's index learns of the repository and of who may read it.
    yield* openedFor(other, upstream, bob, "read")
    const push = pushSteps(other, mine, "main", [next], { by: bob, blobs: next.blobs.slice(1) })
    return { one, other, upstream, administer, push }
  })

  it.effect("a former collaborator can neither open the repository nor borrow its objects", () =>
    Effect.gen(function* () {
      const { administer, one, other, push, upstream } = yield* borrowing("private")
      yield* at(one)(removeCollaborator(yield* administer(one), "bob"))
      const refused = yield* Effect.flip(push)
      assert.instanceOf(refused, ObjectsMissing)
      assert.strictEqual((yield* Effect.flip(openedFor(other, upstream, bob, "read")))._tag, "RepositoryUnknown")
    })
  )

  it.effect("a repository that was made private lends nothing any more", () =>
    Effect.gen(function* () {
      const { administer, one, other, push, upstream } = yield* borrowing("public")
      yield* at(one)(changeSettings(yield* administer(one), { visibility: "private" }))
      assert.instanceOf(yield* Effect.flip(push), ObjectsMissing)
      assert.strictEqual((yield* Effect.flip(openedFor(other, upstream, null, "read")))._tag, "RepositoryUnknown")
    })
  )

  it.effect("a former collaborator can upload for ten seconds at most, and push nothing", () =>
    Effect.gen(function* () {
      const { administer, one, other, upstream } = yield* borrowing("private")
      yield* at(one)(setCollaborator(yield* administer(one), "bob", "write"))
      yield* openedFor(other, upstream, bob, "read")
      const upload = () => openedFor(other, upstream, bob, "upload")
      yield* upload()
      yield* at(one)(removeCollaborator(yield* administer(one), "bob"))
      yield* TestClock.adjust("9 seconds")
      yield* upload()
      assert.strictEqual((yield* Effect.flip(openedFor(other, upstream, bob, "write")))._tag, "RepositoryUnknown")
      assert.strictEqual((yield* Effect.flip(upload()))._tag, "RepositoryUnknown", "the root was read by that")
      yield* at(one)(setCollaborator(yield* administer(one), "bob", "write"))
      yield* openedFor(other, upstream, bob, "write")
      yield* at(one)(removeCollaborator(yield* administer(one), "bob"))
      yield* TestClock.adjust("11 seconds")
      assert.strictEqual((yield* Effect.flip(upload()))._tag, "RepositoryUnknown", "so that it is read again")
    })
  )

  it.effect("a collaborator who still may read it borrows its objects", () =>
    Effect.gen(function* () {
      const { push } = yield* borrowing("private")
      assert.strictEqual((yield* push).commits, 1)
    })
  )
})
