/** Verify finds each kind of damage to a folder, and names its file. */
import { assert, describe, it } from "@effect/vitest"
import { verify } from "@musehub/client/operation/verify"
import { Effect } from "effect"
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { goldenNames, goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { blobId } from "../e2e/muse/history.ts"
import { temporaryFolder } from "./support.ts"

const vectors = new URL("../../vectors/repos/", import.meta.url).pathname

const copied = Effect.fnUntraced(function* (name: string) {
  const directory = yield* temporaryFolder
  cpSync(join(vectors, name), join(directory, ".muse"), { recursive: true })
  return directory
})

describe("verify", () => {
  for (const name of goldenNames) {
    it.live(`finds nothing wrong with the real client's folder of ${name}`, () =>
      Effect.gen(function* () {
        const local = goldenRepository(name)
        const found = yield* verify({ directory: yield* copied(name) })
        assert.deepStrictEqual(found, {
          commits: local.commits.size,
          snapshots: local.snapshots.size,
          blobs: local.blobs.size,
          bytes: [...local.blobs.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
          refs: local.heads.size,
          faults: []
        })
      })
    )
  }

  const head = readFileSync(join(vectors, "linear/refs/heads/main"), "utf8").trim()
  const record = JSON.parse(readFileSync(join(vectors, `linear/commits/${head}.json`), "utf8")) as {
    readonly snapshot_id: string
    readonly parent_commit_id: string
  }
  const [blob = ""] = goldenRepository("linear").blobs.keys()
  const immutablePath = `.muse/objects/${blob.slice(0, 2)}/${blob.slice(2)}`
  const commitPath = `.muse/commits/${head}.json`
  const snapshotPath = `.muse/snapshots/${record.snapshot_id}.json`

  const cases: ReadonlyArray<
    readonly [what: string, damage: (at: (path: string) => string) => void, path: string, reason: RegExp]
  > = [
    [
      "a changed byte",
      (at) => writeFileSync(at(immutablePath), "x"),
      immutablePath,
      new RegExp(`hashes to ${blobId("x")}`)
    ],
    [
      "a file that is not an object",
      (at) => writeFileSync(at(".muse/objects/note"), ""),
      ".muse/objects/note",
      /not named after/
    ],
    ["a lost object", (at) => rmSync(at(immutablePath)), "snapshots/", new RegExp(`object ${blob} is not there`)],
    ["a lost snapshot", (at) => rmSync(at(snapshotPath)), commitPath, /snapshot .* is not there/],
    [
      "a lost parent",
      (at) => rmSync(at(`.muse/commits/${record.parent_commit_id}.json`)),
      commitPath,
      /its parent .* is not there/
    ],
    ["a lost head", (at) => rmSync(at(commitPath)), ".muse/refs/heads/main", /commit .* is not there/],
    [
      "a changed message",
      (at) =>
        writeFileSync(at(commitPath), readFileSync(at(commitPath), "utf8").replace('"message": "', '"message": "x')),
      commitPath,
      /id .* is wrong/
    ],
    [
      "half a commit",
      (at) => writeFileSync(at(commitPath), readFileSync(at(commitPath)).subarray(0, 99)),
      commitPath,
      /not JSON/
    ],
    [
      "a snapshot under another's name",
      (at) => copyFileSync(at(snapshotPath), at(`.muse/snapshots/${"0".repeat(64)}.json`)),
      `.muse/snapshots/${"0".repeat(64)}.json`,
      /it holds snapshot/
    ],
    [
      "a name that is not an id",
      (at) => writeFileSync(at(".muse/commits/x.json"), ""),
      ".muse/commits/x.json",
      /not named after/
    ],
    [
      "a ref without a commit",
      (at) => writeFileSync(at(".muse/refs/heads/main"), "nothing"),
      ".muse/refs/heads/main",
      /no commit id/
    ],
    [
      "a ref with a bad name",
      (at) => writeFileSync(at(".muse/refs/heads/a..b"), head),
      ".muse/refs/heads/a..b",
      /two dots/
    ],
    [
      "an empty tracking ref",
      (at) => {
        mkdirSync(at(".muse/remotes/origin"), { recursive: true })
        writeFileSync(at(".muse/remotes/origin/main"), "")
      },
      ".muse/remotes/origin/main",
      /no commit id/
    ],
    [
      "a HEAD on no branch",
      (at) => writeFileSync(at(".muse/HEAD"), "ref: refs/heads/none\n"),
      ".muse/HEAD",
      /branch none is not there/
    ],
    [
      "a HEAD that is not a ref",
      (at) => writeFileSync(at(".muse/HEAD"), "?"),
      ".muse/HEAD",
      /neither a branch nor a commit/
    ],
    [
      "a detached HEAD on no commit",
      (at) => writeFileSync(at(".muse/HEAD"), `commit: ${"0".repeat(64)}\n`),
      ".muse/HEAD",
      /is not there/
    ],
    ["no HEAD", (at) => rmSync(at(".muse/HEAD")), ".muse/HEAD", /not finished/],
    ["a repo.json without an id", (at) => writeFileSync(at(".muse/repo.json"), "{}"), ".muse/repo.json", /no repo_id/],
    [
      "a tag on no commit",
      (at) => {
        mkdirSync(at(".muse/tags/r"), { recursive: true })
        writeFileSync(at(".muse/tags/r/t.json"), `{"commit_id":"${"0".repeat(64)}"}`)
      },
      ".muse/tags/r/t.json",
      /is not there/
    ]
  ]
  for (const [what, damage, path, reason] of cases) {
    it.live(`finds ${what}`, () =>
      Effect.gen(function* () {
        const directory = yield* copied("linear")
        damage((name) => join(directory, name))
        const { faults } = yield* verify({ directory })
        assert.isTrue(
          faults.some((fault) => fault.path.includes(path) && reason.test(fault.reason)),
          JSON.stringify(faults)
        )
      })
    )
  }

  it.live("misses the empty file, which the real client drops on receipt", () =>
    Effect.gen(function* () {
      const directory = yield* copied("file-contents")
      const empty = blobId("")
      rmSync(join(directory, ".muse/objects", empty.slice(0, 2), empty.slice(2)))
      const { faults } = yield* verify({ directory })
      assert.isNotEmpty(faults)
      for (const { path, reason } of faults) {
        assert.match(path, /^\.muse\/snapshots\//)
        assert.match(reason, new RegExp(`^object ${empty} is not there \\(the empty file, .*musehub pull puts it back`))
      }
      assert.isFalse(existsSync(join(directory, ".muse/incoming")))
    })
  )
})
