/** Folders and files of a commit, with the index and without: in pages, by code point, and what is said of the rest. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { emptyBlobId } from "@musehub/domain/object/Id"
import type { Repository } from "@musehub/domain/repository/Root"
import { listTree, type TreeQuery } from "@musehub/domain/usecase/browse/listTree"
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Effect, Option, Stream } from "effect"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub,
  textBlob,
  withoutIndex
} from "../support/hubSamples.ts"
import { someCommit } from "../support/rootSamples.ts"

const a = step("a", { a: "a", "a-b": "x", "dir/b": "bb", "dir/𝛼": "", "dir/\ue000": "c", "dir/in/d": "d" })
const b = step("b", { "dir/e": "e" }, [a])

const world = Effect.fnUntraced(function* (steps: ReadonlyArray<Step> = [a]) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", steps)
  const hidden = step("hidden", { h: "h" })
  yield* Effect.flip(pushSteps(hub, repository, "main", [hidden]))
  return { hidden, hubs: [hub, withoutIndex(hub)], hub, repository }
})

const open = (hub: TestHub, repository: Repository) => openedFor(hub, repository, ada, "read")

/** All items of a list, as their paths, those of folders with a slash at the end. */
const listed = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, query: TreeQuery, limit: number) {
  const paths: Array<string> = []
  for (let after: string | undefined, more = true; more;) {
    const page = yield* at(hub)(listTree(yield* open(hub, repository), query, { after, limit }))
    assert.isAtMost(page.items.length, limit)
    paths.push(...page.items.map(({ path, type }) => (type === "dir" ? `${path}/` : path)))
    more = Option.isSome(page.next)
    after = Option.getOrUndefined(page.next)
  }
  return paths
})

describe("a folder of a commit", () => {
  it.effect("is listed in code point order, in pages of any size, alone or with all that is below", () =>
    Effect.gen(function* () {
      const { hubs, repository } = yield* world()
      for (const hub of hubs) {
        for (const limit of [1, 2, 100]) {
          assert.deepStrictEqual(yield* listed(hub, repository, {}, limit), ["a", "a-b", "dir/"])
          const inside = ["dir/b", "dir/in/", "dir/\ue000", "dir/𝛼"]
          assert.deepStrictEqual(yield* listed(hub, repository, { ref: "main", path: "dir" }, limit), inside)
          const below = inside.map((path) => (path === "dir/in/" ? "dir/in/d" : path))
          const query = { ref: a.commit.id, path: "dir", recursive: true }
          assert.deepStrictEqual(yield* listed(hub, repository, query, limit), below)
          const whole = { recursive: true }
          assert.deepStrictEqual(yield* listed(hub, repository, whole, limit), ["a", "a-b", ...below])
        }
      }
    })
  )

  it.effect("goes on at the commit at which its list began", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const list = (after?: string) =>
        Effect.flatMap(open(hub, repository), (read) => at(hub)(listTree(read, { path: "dir" }, { after, limit: 1 })))
      const first = yield* list()
      yield* pushSteps(hub, repository, "main", [b])
      const second = yield* list(Option.getOrUndefined(first.next))
      assert.deepStrictEqual([second.commitId, second.items[0]?.path], [a.commit.id, "dir/in"])
      assert.deepStrictEqual((yield* list()).commitId, b.commit.id)
    })
  )

  it.effect("takes no cursor of another list", () =>
    Effect.gen(function* () {
      const { hidden, hub, repository } = yield* world()
      const refusal = (query: TreeQuery, after: string) =>
        Effect.gen(function* () {
          const read = yield* open(hub, repository)
          return (yield* Effect.flip(at(hub)(listTree(read, query, { after, limit: 1 }))))._tag
        })
      const { id } = a.commit
      for (const [query, after] of [
        [{}, ""],
        [{}, "a"],
        [{}, `${id}dir/b`],
        [{}, `${id}dir`],
        [{}, `${id}nothing`],
        [{ path: "dir" }, `${id}a`],
        [{ path: "dir" }, `${id}dir/in/d`],
        [{ path: "dir", recursive: true }, `${id}dir/in/`],
        [{ recursive: true }, `${id}dir/`]
      ] as const) {
        assert.strictEqual(yield* refusal(query, after), "CursorRefused", JSON.stringify([query, after]))
      }
      assert.strictEqual(yield* refusal({}, `${hidden.commit.id}h`), "CommitUnknown")
    })
  )

  it.effect("that is not there is told by what is, and a file is told from a folder", () =>
    Effect.gen(function* () {
      const { hidden, hubs, repository } = yield* world()
      for (const hub of hubs) {
        const read = yield* open(hub, repository)
        const list = (query: TreeQuery) => Effect.flip(at(hub)(listTree(read, query, { limit: 5 })))
        const file = (path: string, ref?: string) => Effect.flip(at(hub)(openFile(read, { ref, path })))
        for (const refused of [yield* list({ path: "dir/in/none/deep" }), yield* file("dir/in/none/deep")]) {
          assert.deepInclude(refused, { _tag: "PathUnknown", folder: "dir/in", names: ["d"], more: false })
          assert.include(refused.message, `has no "dir/in/none/deep"; the folder "dir/in" has "d"`)
        }
        for (const path of ["dir/", "/", "/a", "a/", "__proto__", "\ud800"]) {
          const place = path === "dir/" ? "dir" : ""
          assert.deepInclude(yield* file(path), { _tag: "PathUnknown", folder: place }, path)
          assert.deepInclude(yield* list({ path }), { _tag: "PathUnknown", folder: place }, path)
        }
        assert.deepInclude(yield* list({ path: "a" }), { _tag: "PathIsFile", path: "a" })
        assert.deepInclude(yield* file("dir"), { _tag: "PathIsFolder", path: "dir" })
        assert.deepInclude(yield* file(""), { _tag: "PathIsFolder", path: "" })
        for (const ref of [hidden.commit.id, someCommit("nowhere"), a.snapshot.id]) {
          assert.strictEqual((yield* list({ ref }))._tag, "CommitUnknown")
          assert.strictEqual((yield* file("h", ref))._tag, "CommitUnknown")
        }
        assert.deepInclude(yield* list({ ref: "nowhere" }), { _tag: "RefUnknown", branches: ["main"], total: 1 })
      }
    })
  )

  it.effect("names ten of many neighbours", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 12 }, (_, place) => `file ${String(place).padStart(2, "0")}`)
      const many = step("many", Object.fromEntries(names.map((name) => [name, name])))
      const { hub, repository } = yield* world([many])
      const read = yield* open(hub, repository)
      const refused = yield* Effect.flip(at(hub)(openFile(read, { path: "none" })))
      assert.deepInclude(refused, { folder: "", names: names.slice(0, 10), more: true })
      assert.match(refused.message, /; the root has "file 00", .*"file 09" and more$/)
    })
  )

  it.effect("is not there in a repository without commits", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const read = yield* open(hub, repository)
      const refused = yield* Effect.flip(at(hub)(listTree(read, {}, { limit: 5 })))
      assert.deepInclude(refused, { _tag: "RefUnknown", ref: "main", total: 0 })
      assert.include(refused.message, "the repository has no commits yet")
    })
  )
})

describe("a file of a commit", () => {
  it.effect("is read whole and in part", () =>
    Effect.gen(function* () {
      const { hubs, repository } = yield* world()
      for (const hub of hubs) {
        const read = yield* open(hub, repository)
        for (const [path, text] of [
          ["dir/b", "bb"],
          ["dir/𝛼", ""]
        ] as const) {
          const file = yield* at(hub)(openFile(read, { path }))
          const content = Buffer.concat(yield* at(hub)(Stream.runCollect(file.whole)))
          assert.deepStrictEqual([file.commitId, file.blob], [a.commit.id, textBlob(text).id])
          assert.deepStrictEqual([file.size, sha256(content)], [text.length, file.blob as string])
          const part = Buffer.concat(yield* at(hub)(Stream.runCollect(file.part({ start: 0, end: text.length - 1 }))))
          assert.strictEqual(part.toString(), text.slice(0, -1))
        }
        assert.strictEqual((yield* at(hub)(openFile(read, { path: "dir/𝛼" }))).blob, emptyBlobId)
      }
    })
  )

  it.effect("is text if it is UTF-8 without NUL at its beginning, and not too large", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const look = (content: Uint8Array) =>
        at(hub)(
          readText({
            size: content.byteLength,
            whole: Stream.make(content),
            part: ({ end, start }) => Stream.make(content.subarray(start, end))
          })
        )
      const bytes = (text: string) => new TextEncoder().encode(text)
      const plain = (text: string) => ({ binary: false, text })
      const binary = { binary: true, text: undefined }
      const large = { binary: false, text: undefined }
      for (const text of ["", "é\r\n", "\ufeffwith a mark", "x".repeat(textBytesMax), `${"x".repeat(8192)}\0`]) {
        assert.deepStrictEqual(yield* look(bytes(text)), plain(text))
      }
      assert.deepStrictEqual(yield* look(bytes(`${"x".repeat(8191)}\0`)), binary)
      assert.deepStrictEqual(yield* look(Uint8Array.of(0x61, 0xff)), binary)
      assert.deepStrictEqual(yield* look(Uint8Array.of(0xc3)), binary)
      assert.deepStrictEqual(yield* look(bytes("x".repeat(textBytesMax + 1))), large)
      // The beginning that is looked at ends within a character.
      assert.deepStrictEqual(yield* look(bytes("語".repeat(textBytesMax))), large)
      assert.deepStrictEqual(yield* look(bytes(`\0${"x".repeat(textBytesMax)}`)), binary)
    })
  )
})
