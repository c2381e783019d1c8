/**
 * How browsers are signed in: links that work once, sessions that end by themselves, by their user or with their token,
 * at every hub of a store. Also: which secrets the store has.
 */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { Audit, type AuditEvent } from "@musehub/domain/port/Audit"
import { DocumentName, UserName } from "@musehub/domain/repository/Names"
import { Forbidden, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { createOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { createLink, linkMillis, LinkRefused, lookAtLink, signIn } from "@musehub/domain/usecase/people/signIn/links"
import {
  createOwnLink,
  endOtherSessions,
  endOwnSession,
  listOwnSessions
} from "@musehub/domain/usecase/people/signIn/ownSessions"
import {
  authenticateSession,
  endSession,
  endSessions,
  listSessions,
  SessionUnknown
} from "@musehub/domain/usecase/people/signIn/sessions"
import { authenticate, createToken, ensureUser, revokeToken } from "@musehub/domain/usecase/people/tokens"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { at, person, startHub, type TestHub } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"

const ada = UserName.make("ada")
const browser = "Mozilla/5.0 (X11)"
const wanted = { user: ada, scope: "admin", repository: null, lifetimeMillis: null } as const
const document = { kind: "hub", collection: "sessions", name: DocumentName.make("ada") } as const

/** Two hubs on one store, with an index each; ada is known. */
const scene = Effect.gen(function* () {
  const store = yield* memoryStore
  const count = callCount()
  const one = yield* startHub({ store })
  const other = yield* startHub({ store: interposed(store, count.interpose) })
  yield* at(one)(ensureUser(ada))
  return { one, other, count, store }
})

const signedIn = (hub: TestHub) => at(hub)(Effect.flatMap(createLink(ada, null), ({ code }) => signIn(code, browser)))

const storedText = ({ store }: TestHub) =>
  Effect.map(store.documents.read(document), (found) =>
    found._tag === "Found" ? new TextDecoder().decode(found.document.bytes) : "nothing"
  )

const isRefused = (refused: unknown, pattern: RegExp) => {
  assert.instanceOf(refused, LinkRefused)
  assert.match(refused.message, pattern)
  assert.match(refused.message, /; musehub login makes another one$/)
}

describe("a sign-in link", () => {
  it.effect("signs its user in once, with all their rights, also after many looked at it", () =>
    Effect.gen(function* () {
      const { one, other } = yield* scene
      const { code } = yield* at(one)(createLink(ada, null))
      for (const hub of [one, other, one]) assert.strictEqual(yield* at(hub)(lookAtLink(code)), ada)
      const { secret, session } = yield* at(other)(signIn(code, browser))
      const { principal } = yield* at(one)(authenticateSession(secret))
      assert.deepStrictEqual(principal, { user: ada, scope: "admin", repository: null, expiresAt: session.expiresAt })
      isRefused(yield* Effect.flip(at(one)(signIn(code, browser))), /^this link was used before/)
      isRefused(yield* Effect.flip(at(one)(lookAtLink(code))), /^this link was used before/)
    })
  )

  it.effect("begins one session, however many hubs are asked at the same moment", () =>
    Effect.gen(function* () {
      const { one, other } = yield* scene
      const { code } = yield* at(one)(createLink(ada, null))
      const tries = Array.from({ length: 6 }, (_, place) => at(place % 2 === 0 ? one : other)(signIn(code, browser)))
      const ended = yield* Effect.all(tries.map(Effect.result), { concurrency: "unbounded" })
      const begun = ended.flatMap((each) => (each._tag === "Success" ? [each.success] : []))
      assert.lengthOf(begun, 1)
      for (const each of ended) if (each._tag === "Failure") isRefused(each.failure, /was used before/)
      assert.deepStrictEqual(
        (yield* at(one)(listSessions(ada))).map(({ id }) => id),
        begun.map(({ session }) => session.id)
      )
    })
  )

  it.effect("is refused once it expired, or a newer one was made, or it is incomplete, or another's", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const first = yield* at(one)(createLink(ada, null))
      const second = yield* at(one)(createLink(ada, null))
      isRefused(yield* Effect.flip(at(one)(signIn(first.code, browser))), /a newer link has taken its place/)
      yield* TestClock.adjust(linkMillis - 1)
      yield* at(one)(lookAtLink(second.code))
      yield* TestClock.adjust(1)
      isRefused(yield* Effect.flip(at(one)(signIn(second.code, browser))), /^this link expired at 1970-01-01T00:10:00/)
      const secret = Redacted.value(second.code).slice("ada.".length)
      for (const code of ["", "ada", "ada.", secret, "Ada." + secret, `ada.${secret} `, `ada.${"a".repeat(600)}`]) {
        isRefused(yield* Effect.flip(at(one)(signIn(Redacted.make(code), browser))), /^this link is incomplete/)
      }
      for (const code of [`grace.${secret}`, `ada.${secret}x`]) {
        isRefused(yield* Effect.flip(at(one)(lookAtLink(Redacted.make(code)))), /^this link is unknown to this hub/)
      }
    })
  )

  it.effect("is made for a user who exists, by a token that may do everything, and never by less", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      assert.strictEqual((yield* Effect.flip(at(one)(createLink(UserName.make("nobody"), null))))._tag, "UserUnknown")
      const limits = [{ scope: "read" }, { scope: "write" }, { repository: "r" as never }] as const
      for (const limit of limits) {
        const refused = yield* Effect.flip(at(one)(createOwnLink(person("ada", limit), sha256("any"))))
        assert.instanceOf(refused, Forbidden)
        assert.instanceOf(yield* Effect.flip(at(one)(listOwnSessions(person("ada", limit)))), Forbidden)
        assert.instanceOf(yield* Effect.flip(at(one)(endOwnSession(person("ada", limit), "any"))), Forbidden)
      }
      assert.strictEqual(yield* storedText(one), "nothing")
    })
  )
})

describe("a session", () => {
  it.effect("ends after 30 days of use, and after 7 days without", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const used = yield* signedIn(one)
      const idle = yield* signedIn(one)
      for (let day = 1; day < 30; day++) {
        yield* TestClock.adjust("1 day")
        yield* at(one)(authenticateSession(used.secret))
        if (day === 7) assert.lengthOf(yield* at(one)(listSessions(ada)), 2)
        if (day === 8) assert.lengthOf(yield* at(one)(listSessions(ada)), 1)
      }
      const refused = yield* Effect.flip(at(one)(authenticateSession(idle.secret)))
      assert.match(refused.message, /^the session has ended; sign in with a link that musehub login makes$/)
      yield* TestClock.adjust("1 day")
      assert.instanceOf(yield* Effect.flip(at(one)(authenticateSession(used.secret))), Unauthenticated)
    })
  )

  it.effect("costs a read in the stated time, and a write a day", () =>
    Effect.gen(function* () {
      const { count, one, other } = yield* scene
      const { secret } = yield* signedIn(one)
      yield* at(other)(authenticateSession(secret))
      count.reset()
      for (let request = 0; request < 50; request++) yield* at(other)(authenticateSession(secret))
      assert.lengthOf(count.calls, 0)
      yield* TestClock.adjust("1 day")
      for (let request = 0; request < 50; request++) yield* at(other)(authenticateSession(secret))
      assert.lengthOf(count.of("documents.write", /^hub\/sessions\/ada$/), 1)
      assert.strictEqual((yield* at(one)(listSessions(ada)))[0]?.lastUsedOn, "1970-01-02")
    })
  )

  it.effect("that is ended is refused here at once, and elsewhere once the stated time is over", () =>
    Effect.gen(function* () {
      const { one, other } = yield* scene
      const [left, kept] = [yield* signedIn(one), yield* signedIn(one)]
      yield* at(other)(authenticateSession(left.secret))
      yield* at(one)(endSession(ada, left.session.id))
      assert.instanceOf(yield* Effect.flip(at(one)(authenticateSession(left.secret))), Unauthenticated)
      yield* TestClock.adjust(staleMillisMax)
      assert.instanceOf(yield* Effect.flip(at(other)(authenticateSession(left.secret))), Unauthenticated)
      yield* at(other)(authenticateSession(kept.secret))
      assert.instanceOf(yield* Effect.flip(at(one)(endSession(ada, left.session.id))), SessionUnknown)
      assert.instanceOf(yield* Effect.flip(at(one)(endOwnSession(person("bob"), kept.session.id))), SessionUnknown)
      const { code } = yield* at(one)(createLink(ada, null))
      yield* at(one)(endSessions(ada))
      yield* TestClock.adjust(staleMillisMax)
      for (const hub of [one, other]) {
        assert.instanceOf(yield* Effect.flip(at(hub)(authenticateSession(kept.secret))), Unauthenticated)
        isRefused(yield* Effect.flip(at(hub)(signIn(code, browser))), /is unknown/)
      }
      yield* at(one)(endSessions(UserName.make("nobody")))
    })
  )

  it.effect("ends all others, and a link that is unused", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const [kept, left] = [yield* signedIn(one), yield* signedIn(one)]
      const { code } = yield* at(one)(createLink(ada, null))
      const { principal } = yield* at(one)(authenticateSession(kept.secret))
      yield* at(one)(endOtherSessions(principal, kept.session.id))
      yield* at(one)(authenticateSession(kept.secret))
      assert.instanceOf(yield* Effect.flip(at(one)(authenticateSession(left.secret))), Unauthenticated)
      isRefused(yield* Effect.flip(at(one)(signIn(code, browser))), /is unknown/)
    })
  )

  it.effect("ends with the token that asked for its link, and so does the link", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const lifetimeMillis = 24 * 60 * 60 * 1000
      const { secret: bearer, token } = yield* at(one)(createToken({ ...wanted, lifetimeMillis }))
      const owner = yield* at(one)(authenticate(bearer))
      const { code } = yield* at(one)(createOwnLink(owner, token.hash))
      const { secret, session } = yield* at(one)(signIn(code, browser))
      assert.strictEqual(session.expiresAt, token.expiresAt, "no later than its token")
      const { principal } = yield* at(one)(authenticateSession(secret))
      const made = yield* at(one)(createOwnToken(principal, { scope: "read", repository: null, lifetimeMillis: null }))
      assert.strictEqual(made.token.expiresAt, session.expiresAt, "and nor does a token that it makes")
      const next = yield* at(one)(createOwnLink(owner, token.hash))
      yield* at(one)(revokeToken(token.id))
      assert.match(
        (yield* Effect.flip(at(one)(authenticateSession(secret)))).message,
        /^the session ended with the token/
      )
      assert.deepStrictEqual(yield* at(one)(listSessions(ada)), [])
      isRefused(
        yield* Effect.flip(at(one)(signIn(next.code, browser))),
        /was made with a token that is revoked or expired/
      )
    })
  )

  it.effect("of a user with 20 takes the place of the one that was not used for longest", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const first = yield* signedIn(one)
      const second = yield* signedIn(one)
      yield* TestClock.adjust("1 day")
      yield* at(one)(authenticateSession(first.secret))
      for (let more = 2; more < 20; more++) yield* signedIn(one)
      assert.lengthOf(yield* at(one)(listSessions(ada)), 20)
      yield* signedIn(one)
      const ids = (yield* at(one)(listSessions(ada))).map(({ id }) => id)
      assert.lengthOf(ids, 20)
      assert.include(ids, first.session.id)
      assert.notInclude(ids, second.session.id)
    })
  )

  it.effect("no secret serves as another: those of tokens, links and sessions are looked up apart", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const bearer = yield* at(one)(createToken(wanted))
      const { code } = yield* at(one)(createLink(ada, null))
      const { secret } = yield* at(one)(signIn(code, browser))
      const texts = [Redacted.value(bearer.secret), Redacted.value(code), Redacted.value(secret)]
      const spelled = texts.flatMap((text) => [text, text.replace(/^ada\./, ""), `ada.${text}`])
      const forms = Array.from(new Set(spelled), (text) => Redacted.make(text))
      const accepted = (use: (form: Redacted.Redacted) => Effect.Effect<unknown, unknown>) =>
        Effect.map(
          Effect.filter(forms, (form) => Effect.isSuccess(use(form))),
          (found) => found.map(Redacted.value)
        )
      assert.deepStrictEqual(yield* accepted((form) => at(one)(authenticate(form))), [texts[0]])
      assert.deepStrictEqual(yield* accepted((form) => at(one)(authenticateSession(form))), [texts[2]])
      assert.deepStrictEqual(yield* accepted((form) => at(one)(lookAtLink(form))), [])
    })
  )
})

describe("what is kept", () => {
  it.effect("in the store is hashes, and in the audit log what happened, to whom", () =>
    Effect.gen(function* () {
      const { one } = yield* scene
      const events: Array<AuditEvent> = []
      const audit = { record: (event: AuditEvent) => Effect.sync(() => void events.push(event)) }
      const kept = yield* Effect.gen(function* () {
        const { code } = yield* at(one)(createLink(ada, null))
        const { secret, session } = yield* at(one)(signIn(code, `${browser}${"x".repeat(1000)}`))
        yield* Effect.flip(at(one)(signIn(code, browser)))
        const text = yield* storedText(one)
        yield* at(one)(endSession(ada, session.id))
        yield* Effect.flip(at(one)(authenticateSession(secret)))
        assert.lengthOf(session.userAgent, 200)
        return { secrets: [code, secret].map((each) => Redacted.value(each).slice("ada.".length)), text }
      }).pipe(Effect.provideService(Audit, audit))
      assert.deepStrictEqual(
        events.map(({ action, outcome }) => [action, outcome]),
        [
          ["create-sign-in-link", "done"],
          ["sign-in", "done"],
          ["sign-in", "refused"],
          ["end-session", "done"],
          ["authenticate", "refused"]
        ]
      )
      for (const secret of kept.secrets) {
        assert.notInclude(kept.text, secret)
        assert.include(kept.text, sha256(secret))
        assert.notInclude(JSON.stringify(events), secret)
      }
    })
  )
})
