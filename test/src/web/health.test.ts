/** How the hub and a repository are, in a real browser: what verify noted, insights, and who sees which. */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { elementAt } from "@musehub/domain/base/expected"
import { drillCodec } from "@musehub/domain/hub/codecs"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import { DocumentName, UserName } from "@musehub/domain/repository/Names"
import { Operators } from "@musehub/domain/usecase/access/Operators"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { verifyNoted } from "@musehub/domain/usecase/operations/verify/verifyNoted"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository, refs } from "../e2e/muse/MuseClient.ts"
import { describeChromium, type Eyes, openWindow, startChromium, type Window } from "./browser/Chromium.ts"
import { allEyes, look, signInAs } from "./browser/look.ts"

const markup = "<img src=x onerror=alert(1)>\u202e.ts"

/** Every commit touches the same two files, of which one has a name to be afraid of. */
const coupled = () => {
  const local = growing()
  for (let count = 1; count <= 4; count += 1) {
    const files = { "song.py": `song ${count}\n`, [markup]: `more ${count}\n`, "README.md": "Songs\n" }
    commitTo(local, "main", files, { message: `Commit ${count}` })
  }
  return local
}

const verified = (hub: Hub, level: "default" | "deep") =>
  Effect.provideContext(verifyNoted({ level, version: "1.2.3", onFinding: () => Effect.void }), hub.services)

/** The report of a drill, as the command keeps it. */
const drilled = Effect.flatMap(ObjectStore, ({ documents }) =>
  documents.write(
    { kind: "hub", collection: "drill", name: DocumentName.make("latest") },
    drillCodec.encode({
      at: "2026-11-01T00:00:00.000Z",
      version: "1.2.3",
      level: "default",
      servedMillis: 1234,
      rebuiltMillis: 5678,
      verifiedMillis: 1,
      comparedMillis: 1,
      repositories: 1,
      packs: 4,
      losses: 0,
      faults: 0,
      extraRows: 0,
      compared: 1,
      moving: 0,
      comparedBytes: 1024,
      differences: 0
    }),
    { _tag: "Any" }
  )
)

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const signingIn: Eyes = { ...eyes, javaScriptEnabled: false }

describeChromium("storage health and insights", () => {
  it.live(
    "tell operators how the hub is, readers how a repository is, and others nothing",
    () =>
      Effect.gen(function* () {
        const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
        const operators = Context.add(storage, Operators, new Set([UserName.make("ada")]))
        const hub = yield* startHub(operators, [], { pages })
        const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
        yield* tokenFor(hub, "bob")
        yield* pushBranch(target, coupled(), "main")
        const browser = yield* startChromium
        const windows = yield* Effect.forEach(allEyes, (each) =>
          Effect.map(openWindow(browser, hub.url, each), (window) => ({ window, each }))
        )
        const first = elementAt(windows, 0)
        // The pages of signing in are looked at in a test of their own.
        yield* signInAs(first.window, hub, "ada", "/ada/songs", signingIn)
        const cookies = yield* Effect.promise(() => first.window.context.cookies())
        for (const { window } of windows) yield* Effect.promise(() => window.context.addCookies(cookies))
        const { page } = first.window
        const visit = ({ page }: Window, path: string) =>
          Effect.promise(async () => {
            const answer = await page.goto(`${hub.url}${path}`)
            return { status: answer?.status(), text: await page.innerText("body") }
          })

        const fresh = yield* look(first.window, `${hub.url}/-/health`, first.each)
        for (const text of ["musehub verify", "musehub drill", "musehub probe", "No run of verify"]) {
          assert.include(fresh, text)
        }
        const early = yield* visit(first.window, "/ada/songs/-/insights")
        assert.include(early.text, "This is being derived: 4 commits are left")

        for (const deriver of ["touches", "lines", "symbols"] as const) {
          yield* Effect.provideContext(derivePending({ deriver }), hub.services)
        }
        yield* Effect.provideContext(Effect.all([probe(), drilled]), hub.services)
        yield* verified(hub, "default")
        yield* verified(hub, "deep")
        // What is gone is found by the next run.
        const store = Context.get(hub.services, ObjectStore)
        const repository = RepositoryId.make((yield* refs(target)).id)
        const [pack] = (yield* store.list(repository, "pack", { limit: 1 })).items
        assert.isDefined(pack)
        yield* store.delete({ repository, type: "pack", id: Sha256.make(pack.id) })
        yield* verified(hub, "default")

        for (const { each, window } of windows) {
          const health = yield* look(window, `${hub.url}/-/health`, each)
          for (const text of [
            "In 30 days, verify has read every byte of 1 of 1 repository, and all but the bytes of blobs of 1",
            "PackMissing",
            "To mend it:",
            "musehub verify --deep --repair --from",
            "ada/songs",
            "a month",
            "at 0.023 USD for a GiB",
            "nothing was lost",
            "5.7 s",
            "All is derived.",
            "fit probed just now",
            "memory"
          ]) {
            assert.include(health, text)
          }
          const insights = yield* look(window, `${hub.url}/ada/songs/-/insights`, each)
          for (const text of ["4 commits in", "Python", "song.py", "U+202E", "100 %"]) assert.include(insights, text)
          assert.notInclude(insights, "being derived")
          if ((each.colorScheme === "light") !== each.javaScriptEnabled) continue
          const stored = yield* look(window, `${hub.url}/ada/songs/-/storage`, each)
          for (const text of ["Every byte", "PackMissing", "By version"]) assert.include(stored, text)
        }

        yield* visit(first.window, "/-/health")
        const lines = page.getByRole("img", { name: "In 30 days, verify has read" })
        assert.isAbove((yield* Effect.promise(() => lines.boundingBox()))?.width ?? 0, 200)
        yield* visit(first.window, "/ada/songs/-/insights")
        const arcs = page.getByRole("img", { name: "Arcs join 1 pair of 2 files" })
        assert.isAbove((yield* Effect.promise(() => arcs.boundingBox()))?.height ?? 0, 50)
        yield* Effect.promise(() => page.getByRole("link", { name: "history of song.py" }).first().click())
        assert.include(yield* Effect.promise(() => page.innerText("main")), "Commit 4")

        // Readers see how a repository is stored, but not what to do about it, and nothing of the hub.
        const other = yield* openWindow(browser, hub.url, eyes)
        const anonymous = yield* visit(other, "/-/health")
        assert.strictEqual(anonymous.status, 401)
        assert.include(anonymous.text, "sign in")
        yield* signInAs({ ...other, wrongs: [] }, hub, "bob", "/", signingIn)
        const bob = yield* visit(other, "/-/health")
        assert.strictEqual(bob.status, 403)
        assert.include(bob.text, "MUSEHUB_OPERATORS")
        assert.notInclude(bob.text, "PackMissing")
        assert.notInclude(bob.text, "Storage health")
        const stored = yield* visit(other, "/ada/songs/-/storage")
        assert.strictEqual(stored.status, 200)
        assert.notInclude(stored.text, "PackMissing")
      }).pipe(Effect.scoped),
    60_000
  )
})
