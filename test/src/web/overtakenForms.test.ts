/** Two people edit the same thing: the one who saves later is told, and loses nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { textOf, valueOf } from "../e2e/hub/askRest.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { Browser } from "../e2e/signIn/Browser.ts"
import { formIn, signIn } from "./browser/sentForm.ts"

/** A repository of ada's that grace administers too, with a proposal and a draft; each has a browser. */
const scene = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* startHub(storage, [], { pages })
  const token = yield* tokenFor(hub, "ada")
  yield* tokenFor(hub, "grace")
  const target = yield* createRepository(hub.url, token, "ada/songs")
  const local = growing()
  const commit = commitTo(local, "main", { "song.txt": "one\n" })
  local.heads.set("verse", commit)
  commitTo(local, "verse", { "song.txt": "two\n" })
  yield* pushAll(target, local)
  const program = new Browser(hub.url)
  const rest = Effect.fnUntraced(function* (
    method: string,
    path: string,
    json?: unknown,
    status = 200,
    repository = "songs"
  ) {
    const headers = [["Authorization", `Bearer ${token}`]] as const
    const answer = yield* program.ask(`/api/v1/repos/ada/${repository}${path}`, { method, json, headers })
    assert.strictEqual(answer.status, status, textOf(answer))
    return answer.body.byteLength === 0 ? {} : valueOf(answer)
  })
  yield* rest("PUT", "/collaborators/grace", { role: "admin" })
  const proposal = { title: "A verse", body: "First", fromBranch: "verse", toBranch: "main" }
  yield* rest("POST", "/proposals", proposal, 201)
  yield* rest("POST", "/releases", { tag: "v1.0.0", commitId: commit, title: "One", body: "Notes", isDraft: true }, 201)
  const [ada, grace] = [new Browser(hub.url), new Browser(hub.url)]
  yield* signIn(ada, hub)
  yield* signIn(grace, hub, "grace")
  return { ada, grace, rest }
})

interface Edited {
  readonly name: string
  readonly page: string
  readonly label: string
  readonly button: string
  /** A field that both change, and one that grace alone does. */
  readonly both: string
  readonly other: string
  readonly words: readonly [both: string, other: string]
  /** Fields that a test must choose. */
  readonly chosen: { readonly [field: string]: string }
  /** Where the REST API shows it. */
  readonly shown: string
}

const edited: ReadonlyArray<Edited> = [
  {
    name: "settings",
    page: "/ada/songs/-/settings",
    label: "About the repository",
    button: "save",
    both: "description",
    other: "name",
    words: ["the description", "the name"],
    chosen: {},
    shown: ""
  },
  {
    name: "a proposal",
    page: "/ada/songs/-/proposals/1",
    label: "Edit the proposal",
    button: "edit",
    both: "body",
    other: "title",
    words: ["the description", "the title"],
    chosen: {},
    shown: "/proposals/1"
  },
  {
    name: "a draft",
    page: "/ada/songs/-/release?tag=v1.0.0",
    label: "Edit the draft",
    button: "draft",
    both: "body",
    other: "title",
    words: ["the notes", "the title"],
    chosen: { channel: "stable" },
    shown: "/releases/v1.0.0"
  }
]

describe("a form of what somebody else changed meanwhile", () => {
  for (const { both, button, chosen, label, name, other, page, shown, words } of edited) {
    it.live(`for ${name} is shown again with what was typed, and with who changed what, and is then saved`, () =>
      Effect.gen(function* () {
        const { ada, grace, rest } = yield* scene
        const first = { ...formIn(textOf(yield* ada.ask(page)), label), ...chosen, do: button }
        const hers = { ...formIn(textOf(yield* grace.ask(page)), label), ...chosen, do: button }
        const saved = yield* grace.ask(page, { form: { ...hers, [both]: "Of grace", [other]: "Later" } })
        assert.strictEqual(saved.status, 303, textOf(saved))
        const repository = name === "settings" ? "later" : "songs"
        const there = page.replace("/ada/songs/", `/ada/${repository}/`)
        yield* rest("POST", "/branches", { name: "after", from: "main" }, 201, repository)
        const late = yield* ada.ask(there, { form: { ...first, [both]: "Of ada,\r\nin two lines" } })
        assert.strictEqual(late.status, 409)
        const text = textOf(late)
        for (const word of words) assert.match(text, new RegExp(`grace changed [^<]*${word}`))
        assert.match(text, /just now/)
        assert.match(text, /This is the (description|notes) now:<\/p><div class="prose-plain" dir="auto">Of grace</)
        assert.notMatch(text, /This is the (name|title) now/)
        const again = formIn(text, label)
        assert.strictEqual(again[both], "Of ada,\nin two lines".replace("\n", "\r\n"), "what was typed stays")
        assert.strictEqual(again[other], "Later", "what was not touched is as it is now")
        const done = yield* ada.ask(there, { form: { ...again, ...chosen, do: button } })
        assert.strictEqual(done.status, 303, textOf(done))
        const value = yield* rest("GET", shown, undefined, 200, repository)
        assert.deepStrictEqual([value[both], value[other]], ["Of ada,\nin two lines", "Later"])
      }).pipe(Effect.scoped)
    )

    it.live(`for ${name} is saved where only something else changed`, () =>
      Effect.gen(function* () {
        const { ada, rest } = yield* scene
        const form = { ...formIn(textOf(yield* ada.ask(page)), label), ...chosen, do: button, [both]: "Of ada" }
        yield* rest("POST", "/proposals/1/comments", { body: "Well" }, 201)
        yield* rest("POST", "/branches", { name: "other", from: "main" }, 201)
        assert.strictEqual((yield* ada.ask(page, { form })).status, 303)
        // Sent twice, as by a second press of the button.
        assert.strictEqual((yield* ada.ask(page, { form })).status, 303)
        assert.strictEqual((yield* rest("GET", shown))[both], "Of ada")
      }).pipe(Effect.scoped)
    )
  }

  for (const { both, button, label, name, page } of edited.filter(({ button }) => button !== "draft")) {
    it.live(`for ${name} is saved where it says what is there by now`, () =>
      Effect.gen(function* () {
        const { ada, grace } = yield* scene
        const form = { ...formIn(textOf(yield* ada.ask(page)), label), do: button, [both]: "The same" }
        const hers = { ...formIn(textOf(yield* grace.ask(page)), label), do: button, [both]: "The same" }
        assert.strictEqual((yield* grace.ask(page, { form: hers })).status, 303)
        assert.strictEqual((yield* ada.ask(page, { form })).status, 303)
      }).pipe(Effect.scoped)
    )
  }
})

describe("a change by the REST API that says what it was begun on", () => {
  it.live("is refused where that is something else by now, and names what", () =>
    Effect.gen(function* () {
      const { rest } = yield* scene
      const { commitId, releaseId } = yield* rest("GET", "/releases/v1.0.0")
      const draft = { tag: "v1.0.0", commitId, releaseId, isDraft: true }
      const settings = { description: "", defaultBranch: "main" }
      const words = { title: "A verse", body: "First" }
      const notes = { title: "One", body: "Notes", channel: "stable" }
      const changes = [
        ["PATCH", "", { description: "Songs" }, settings, ["description"]],
        ["PATCH", "/proposals/1", { title: "Two verses" }, words, ["title"]],
        ["POST", "/releases", { ...draft, title: "Two", body: "Notes" }, notes, ["title"]]
      ] as const
      for (const [method, path, change, expect, fields] of changes) {
        const status = method === "POST" ? 201 : 200
        yield* rest(method, path, { ...change, expect }, status)
        const late = { ...change, ...("title" in change ? { title: "Late" } : { description: "Late" }), expect }
        const problem = yield* rest(method, path, late, 409)
        assert.deepStrictEqual([problem["type"], problem["fields"]], ["urn:musehub:problem:edited-meanwhile", fields])
        const { expect: _, ...unconditional } = late
        yield* rest(method, path, unconditional, status)
      }
      yield* rest("DELETE", "/releases/v1.0.0", undefined, 204)
      const gone = yield* rest("POST", "/releases", { ...draft, ...notes, expect: notes }, 409)
      assert.deepStrictEqual(gone["fields"], ["channel", "title", "body"])
    }).pipe(Effect.scoped)
  )
})
