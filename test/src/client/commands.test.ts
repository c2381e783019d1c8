/** `musehub clone`, `pull`, `push` and `verify` as people and scripts run them, each in a process of its own. */
import { assert, describe, it, vi } from "@effect/vitest"
import { bytesText, durationText, progressLine, Rate } from "@musehub/cli/command/transfer/progressLine"
import { watched } from "@musehub/cli/command/transfer/progressView"
import { Effect, Redacted } from "effect"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../cli/program.ts"
import { commitTo, copyOf, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { memoryHub, published, temporaryFolder, treeOf, urlOf, writeLocal } from "./support.ts"

describe("the commands", () => {
  it.live("clone, pull, push and verify a repository", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const local = growing()
      commitTo(local, "main", { a: "one" })
      const target = yield* published(hub, "symphony", local)
      const directory = yield* temporaryFolder
      const token = Redacted.value(hub.token)
      const musehub = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
        Effect.promise(() => run(args, { directory, env }))
      const json = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) {
        const { code, stdout, stderr } = yield* musehub([...args, "--json"], env)
        assert.deepStrictEqual([code, stderr], [0, ""])
        assert.match(stdout, /^[^\n]+\n$/)
        return JSON.parse(stdout) as Readonly<Record<string, unknown>>
      })
      const head = () => local.heads.get("main")

      const cloned = yield* json(["clone", urlOf(target)])
      assert.deepStrictEqual(Object.keys(cloned), [
        "directory",
        "branch",
        "head",
        "branches",
        "objects",
        "bytes",
        "filesWritten",
        "filesRefused",
        "resumed"
      ])
      assert.strictEqual(cloned["head"], head())
      const clone = join(directory, "symphony")
      assert.strictEqual(readFileSync(join(clone, "a"), "utf8"), "one")

      const before = head()
      commitTo(local, "main", { a: "two", b: "new" })
      yield* pushBranch(target, local, "main")
      const pulled = yield* json(["pull", "--dir", "symphony"])
      assert.deepStrictEqual(Object.keys(pulled), [
        "branch",
        "before",
        "after",
        "objects",
        "bytes",
        "filesWritten",
        "filesRemoved",
        "filesRefused"
      ])
      assert.deepInclude(pulled, { branch: "main", before, after: head(), objects: 4, filesWritten: 2 })

      commitTo(local, "main", { a: "three" })
      writeLocal(clone, local)
      const anonymous = yield* musehub(["push", "--dir", "symphony"])
      assert.strictEqual(anonymous.code, 1)
      assert.match(anonymous.stderr, /^musehub: http:.*\/push answered 401: [^\n]+\n$/m)
      const empty = yield* musehub(["push", "--dir", "symphony"], { MUSEHUB_TOKEN: "" })
      assert.strictEqual(empty.code, 2)
      const pushed = yield* json(["push", "--dir", "symphony", "main"], { MUSEHUB_TOKEN: token })
      assert.deepStrictEqual(Object.keys(pushed), [
        "branch",
        "before",
        "after",
        "commits",
        "snapshots",
        "blobs",
        "bytes",
        "took"
      ])
      assert.deepInclude(pushed, { after: head(), commits: 1, blobs: 1 })
      const again = yield* musehub(["push", "--dir", "symphony", "--token", token])
      assert.deepStrictEqual([again.code, again.stdout], [0, `main is at ${head()} on the hub already\n`])
      for (const [path, content] of treeOf(directory)) assert.notInclude(content, token, path)

      const theirs = copyOf(local)
      commitTo(theirs, "main", { a: "theirs" })
      yield* pushBranch(target, theirs, "main")
      commitTo(local, "main", { a: "mine" })
      writeLocal(clone, local)
      const diverged = yield* musehub(["pull", "--dir", "symphony"])
      assert.strictEqual(diverged.code, 1)
      assert.match(
        diverged.stderr,
        /branch "main" has diverged: it is at [0-9a-f]{64} here and at [0-9a-f]{64} on the hub/
      )
      const lease = ["push", "--dir", "symphony", "--force", "--expect"]
      assert.strictEqual((yield* musehub([...lease, "none"], { MUSEHUB_TOKEN: token })).code, 1)
      assert.strictEqual((yield* musehub([...lease, "x"], { MUSEHUB_TOKEN: token })).code, 2)
      const forced = yield* json([...lease, theirs.heads.get("main") ?? ""], { MUSEHUB_TOKEN: token })
      assert.strictEqual(forced["after"], head())

      const verified = yield* json(["verify", "--clone", "symphony"])
      assert.deepStrictEqual(Object.keys(verified), ["commits", "snapshots", "blobs", "bytes", "refs", "faults"])
      assert.deepStrictEqual(verified["faults"], [])
      writeFileSync(join(clone, ".muse/HEAD"), "\u001b[2J")
      const damaged = yield* musehub(["verify", "--clone", "symphony"])
      assert.deepStrictEqual([damaged.code, damaged.stderr], [1, "musehub: the repository in symphony has 1 faults\n"])
      assert.match(damaged.stdout, /^\.muse\/HEAD: it names neither a branch nor a commit\n5 commits, .*: 1 faults\n$/)
    })
  )

  it.live("end with one line and an exit code that says whether trying again can help", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryFolder
      const musehub = (...args: ReadonlyArray<string>) => Effect.promise(() => run(args, { directory }))
      const wrong = yield* musehub("clone", "hub/ada/x")
      assert.deepStrictEqual(wrong, {
        code: 2,
        stdout: "",
        stderr: 'musehub: "hub/ada/x" is not a URL; a repository is at https://hub/owner/name\n'
      })
      const away = yield* musehub("clone", "http://127.0.0.1:1/ada/x", "--json")
      assert.strictEqual(away.code, 3)
      assert.match(away.stderr, /^musehub: no complete answer from http:\/\/127.0.0.1:1\/ada\/x\/refs: [^\n]+\n$/)
      assert.isFalse(existsSync(join(directory, "x")))
      const none = yield* musehub("verify", "--clone", ".")
      assert.strictEqual(none.code, 1)
      assert.match(none.stderr, /is no muse repository/)
    })
  )
})

describe("progress", () => {
  const progress = { objects: 1234, objectsTotal: 2900, bytes: 12 * 1024 * 1024, bytesTotal: 48 * 1024 * 1024 }

  it("shows objects, bytes, rate and the remaining time", () => {
    assert.strictEqual(
      progressLine("receiving", progress, { bytesPerSecond: 2 * 1024 * 1024, objectsPerSecond: 1 }),
      "receiving [######..................]  25%  1,234/2,900 objects  12 MiB/48 MiB  2 MiB/s  18 s left"
    )
    assert.strictEqual(
      progressLine("verifying", { objects: 1, objectsTotal: 2, bytes: 10, bytesTotal: 0 }),
      "verifying [############............]  50%  1/2 objects  10 B"
    )
    assert.include(progressLine("receiving", { objects: 0, objectsTotal: 0, bytes: 0, bytesTotal: 0 }), "  0%")
    const file = { objects: 0, objectsTotal: 0, bytes: 512, bytesTotal: 1024 }
    assert.strictEqual(
      progressLine("exporting", file),
      `exporting [${"#".repeat(12)}${".".repeat(12)}]  50%  512 B/1 KiB`
    )
  })

  it("tells the remaining time by objects where the bytes to come are not known, and what is wrong", () => {
    const unknown = { objects: 400, objectsTotal: 1000, bytes: 2048, bytesTotal: 0 }
    assert.strictEqual(
      progressLine("rebuilding", unknown, { bytesPerSecond: 1024, objectsPerSecond: 30, findings: 2 }),
      `rebuilding [${"#".repeat(9)}${".".repeat(15)}]  40%  2 findings  400/1,000 objects  2 KiB  1 KiB/s  20 s left`
    )
    const commits = { objects: 1, objectsTotal: 5, bytes: 0, bytesTotal: 0 }
    assert.match(
      progressLine("deriving", commits, { objectsPerSecond: 2, what: "commits" }),
      / 20% {2}1\/5 commits {2}2 commits\/s {2}2 s left$/
    )
  })

  it("has a bar as long as there is room for", () => {
    const line = (width: number) => progressLine("receiving", progress, { bytesPerSecond: 2 * 1024 * 1024, width })
    const whole = line(200).length
    assert.match(line(whole - 20), /^receiving \[#\.{3}\] {2}25% .* 18 s left$/)
    assert.lengthOf(line(whole - 20), whole - 20)
    assert.match(line(whole - 21), /^receiving {2}25% .* 18 s left$/)
  })

  it("formats counts and times for people", () => {
    assert.deepStrictEqual([0, 999, 1024, 12_345_678].map(bytesText), ["0 B", "999 B", "1 KiB", "11.8 MiB"])
    assert.deepStrictEqual([0.2, 59, 125, 12_000].map(durationText), ["1 s", "59 s", "2 min 5 s", "3 h 20 min"])
  })

  it("takes the rate from the last seconds", () => {
    const rate = new Rate()
    assert.strictEqual(rate.at(0, 0), 0)
    assert.strictEqual(rate.at(1000, 1000), 1000)
    for (let second = 2; second <= 20; second++) rate.at(second * 1000, 1000)
    assert.strictEqual(rate.at(21_000, 1000), 0)
  })

  const shown = Effect.fnUntraced(function* (isTTY: boolean, hidden: boolean) {
    let text = ""
    const screen = { isTTY, columns: 60, write: (part: string) => (text += part) }
    yield* watched({ verb: "receiving", hidden, screen }, (onProgress) =>
      Effect.sync(() => {
        for (let step = 0; step <= 3; step++) onProgress?.({ ...progress, objects: step })
      })
    )
    return text
  })

  it.effect("is redrawn on a terminal, within its width, and ends its line", () =>
    Effect.map(shown(true, false), (text) => {
      assert.isTrue(text.startsWith("\r\u001b[K") && text.endsWith("\n"))
      assert.lengthOf(text.slice(4, -1), 59)
      assert.include(text, "3/2,900")
    })
  )

  it.effect("makes room on a terminal for other lines", () =>
    Effect.gen(function* () {
      const now = vi.spyOn(Date, "now")
      let [text, millis] = ["", 1000]
      now.mockImplementation(() => (millis += 200))
      const screen = { isTTY: true, columns: 60, write: (part: string) => (text += part) }
      yield* watched({ verb: "verifying", hidden: false, screen }, (onProgress, clear, found) =>
        Effect.sync(() => {
          clear()
          assert.strictEqual(text, "")
          for (const objects of [0, 1]) onProgress?.({ ...progress, objects })
          assert.include(text, "1/2,900")
          clear()
          assert.isTrue(text.endsWith("\r\u001b[K"))
          for (const objects of [2, 3]) {
            onProgress?.({ ...progress, objects })
            found()
            assert.isTrue(text.endsWith("\r\u001b[K"))
          }
          assert.include(text, "25%  1 finding  3/2,900")
        })
      ).pipe(Effect.ensuring(Effect.sync(() => now.mockRestore())))
      const hidden = watched({ verb: "verifying", hidden: true, screen }, (_, clear) => Effect.sync(clear))
      const before = text
      yield* hidden
      assert.strictEqual(text, before)
    })
  )

  it.effect("is silent elsewhere while it is short, and always with --json", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* shown(false, false), "")
      assert.strictEqual(yield* shown(true, true), "")
    })
  )
})
