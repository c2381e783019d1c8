/**
 * Every document of the hub over a store that falters: the name and root of a repository, a user, a token, a proposal
 * and a domain. Each write survives one answer that leaves it open, and a refusal that is certain says so.
 */
import { assert, it } from "@effect/vitest"
import { DomainSlug } from "@musehub/domain/hub/PublishedDomain"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Description } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { type NewDomain, publishDomain } from "@musehub/domain/usecase/domains/publishDomain"
import { createToken } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { Effect } from "effect"
import { inspect } from "node:util"
import { ada, at, headsOf, newRepository, openedFor, pushSteps, startHub, step } from "../domain/support/hubSamples.ts"
import { answer, type Fate, pass, type Seen } from "../services/FaultyProxy.ts"
import { acquireS3, describeS3 } from "../services/services.ts"
import { storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()
const isDocument = ({ method, path }: Seen) =>
  method === "PUT" && /\/(root|history\/\d+|proposals\/\d+|hub\/(names|users|tokens|domains)\/[^/]+)$/.test(path)

const domain: NewDomain = {
  author_slug: ada.user,
  slug: DomainSlug.make("midi-x"),
  display_name: "MIDI extended",
  description: Description.make(""),
  capabilities: {},
  viewer_type: "piano_roll",
  version: "0.1.0"
}

const first = step("first", { "song.txt": "one\n" })
const topic = step("topic", { "song.txt": "two\n" }, [first], { branch: "topic" })

/** Everything that writes a document: names, a root, its copies, a user, a token, a proposal, a domain. */
const everything = Effect.fnUntraced(function* (store: ObjectStore["Service"]) {
  const hub = yield* startHub({ store })
  const run = at(hub)
  yield* run(createToken({ user: ada.user, scope: "write", repository: null, lifetimeMillis: null }))
  const repository = yield* newRepository(hub, "engine", { initialize: false })
  yield* pushSteps(hub, repository, "main", [first])
  yield* pushSteps(hub, repository, "topic", [topic])
  yield* run(
    openProposal(yield* openedFor(hub, repository, ada, "participate"), {
      title: ProposalTitle.make("Two"),
      body: Discourse.make(""),
      from: "topic",
      to: "main"
    })
  )
  yield* run(publishDomain(ada, domain))
  return yield* headsOf(hub, repository)
})

describeS3("one fault at the first write of each document on S3", s3, (s3) => {
  const faults: ReadonlyArray<readonly [name: string, fate: Fate]> = [
    ["503 SlowDown", answer(503, "SlowDown")],
    ["409 ConditionalRequestConflict", answer(409, "ConditionalRequestConflict")],
    ["a lost answer", { do: "loseAnswer" }]
  ]
  for (const [name, fate] of faults) {
    it.live(`is survived by root, name, token, user, proposal and domain (${name})`, () =>
      Effect.gen(function* () {
        const { proxy, store } = yield* storeBehindProxy(s3)
        const met = new Set<string>()
        proxy.decide((seen) => {
          if (!isDocument(seen) || met.has(seen.path)) return pass
          met.add(seen.path)
          return fate
        })
        const heads = yield* everything(store)
        assert.deepStrictEqual(Object.keys(heads).toSorted(), ["main", "topic"])
        for (const kind of ["root", "history", "proposals", "names", "users", "tokens", "domains"]) {
          assert.isTrue(
            [...met].some((path) => path.includes(`/${kind}`)),
            `a write of ${kind} met the fault`
          )
        }
      })
    )
  }

  it.live("is survived by every creation when one in five conditional writes answers 409", () =>
    Effect.gen(function* () {
      const { proxy, store } = yield* storeBehindProxy(s3)
      const hub = yield* startHub({ store })
      let writes = 0
      let faults = 0
      const met = new Map<string, number>()
      // A document meets two faults at most: by chance alone it could meet more than a write is repeated.
      proxy.decide((seen) => {
        if (!isDocument(seen) || writes++ % 5 !== 0) return pass
        const before = met.get(seen.path) ?? 0
        if (before === 2) return pass
        met.set(seen.path, before + 1)
        faults++
        return answer(409, "ConditionalRequestConflict")
      })
      yield* Effect.forEach(
        Array.from({ length: 30 }, (_, n) => `engine-${n}`),
        (name) => newRepository(hub, name),
        { concurrency: 6 }
      )
      assert.isAbove(writes, 60)
      assert.isAbove(faults, 10)
    })
  )
})

describeS3("a refusal by S3 that is certain", s3, (s3) => {
  for (const code of ["AccessDenied", "InvalidAccessKeyId"]) {
    it.live(`says that nothing was written, names ${code} in its cause, and is not sent again`, () =>
      Effect.gen(function* () {
        const { proxy, store } = yield* storeBehindProxy(s3)
        const hub = yield* startHub({ store })
        const repository = yield* newRepository(hub, "engine", { initialize: false })
        let writes = 0
        const push = pushSteps(hub, repository, "main", [first], {
          meanwhile: Effect.sync(() =>
            proxy.decide((seen) => {
              if (!seen.path.endsWith("/root")) return pass
              if (isDocument(seen)) writes++
              // Reading back is refused as well: what became of the write is known without it.
              return answer(403, code)
            })
          )
        })
        const error = yield* Effect.flip(push)
        assert.strictEqual(error._tag, "StoreUnavailable")
        assert.include(error._tag === "StoreUnavailable" ? error.publicMessage : "", "nothing was written")
        assert.include(inspect(error), code)
        assert.strictEqual(writes, 1)
        proxy.decide(() => pass)
        assert.deepStrictEqual(yield* headsOf(hub, repository), {})
      })
    )
  }
})
