/**
 * The files of a client's folder, compared byte for byte with those of the real client, and made only from canonical
 * bytes, which is what a hub sends.
 */
import { assert, describe, it } from "@effect/vitest"
import { configText, remoteUrl } from "@musehub/client/layout/config"
import { asciiString, pythonJson } from "@musehub/client/layout/json"
import { commitIn, commitText, snapshotIn, snapshotText, walkOrder } from "@musehub/client/layout/records"
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { type Commit, commitObject, decodeCommit } from "@musehub/domain/object/Commit"
import { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { decodeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import type { Content } from "@musehub/domain/object/CanonicalObject"
import { Option, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { goldenNames } from "../e2e/muse/goldenRepositories.ts"

const vectors = new URL("../../vectors/repos/", import.meta.url)

const textOf = (path: string): string => readFileSync(new URL(path, vectors), "utf8")
const idsIn = (path: string): ReadonlyArray<string> =>
  readdirSync(new URL(path, vectors)).map((name) => name.slice(0, 64))

const bytesOf = (content: Content): Uint8Array => {
  assert.instanceOf(content, Uint8Array)
  return content
}

/** Merges whose manifests the client writes in the order in which it joined them. */
const unordered: ReadonlySet<string> = new Set([
  "6f01455877e0baaca3f62ef8317758409d1204a73698ff2b1eb6b08d6152d822",
  "9f8ac1f679bfe98aeab62e963a58f391269c9bb61bfdcdfbfbecaae40c7e0e4c",
  "ff3f7bec0011aee8055666643361daabe9c259a69e3f3dc914cb29042d256a70"
])

/** The commit made of three parents: the hub proves its id, and the proof is stored after the client's fields. */
const withoutProof = (text: string): string => text.replace(/,\n  "hashed_parent_ids": \[[^\]]*\]\n\}\n$/, "\n}\n")

describe("the real client's files are reproduced from canonical bytes", () => {
  for (const name of goldenNames) {
    it(`commits of ${name}`, () => {
      const ids = idsIn(`${name}/commits/`).map((id) => CommitId.make(id))
      for (const id of ids) {
        const text = textOf(`${name}/commits/${id}.json`)
        const read: Commit = Result.getOrThrow(commitIn(text, id, () => ids))
        const canonical = bytesOf(Result.getOrThrow(commitObject(read)).content)
        const written = commitText(Result.getOrThrow(decodeCommit(canonical)))
        assert.strictEqual(withoutProof(written), text, id)
        assert.strictEqual(written === text, read.record.hashed_parent_ids === undefined, id)
        // The written file decodes to the same commit, without a search for parents.
        assert.deepStrictEqual(Result.getOrThrow(commitIn(written, id, () => [])).record, read.record)
      }
    })

    it(`snapshots of ${name}`, () => {
      for (const id of idsIn(`${name}/snapshots/`).map((each) => SnapshotId.make(each))) {
        const text = textOf(`${name}/snapshots/${id}.json`)
        const read = Result.getOrThrow(snapshotIn(text, id))
        const snapshot = Result.getOrThrow(decodeSnapshot(bytesOf(snapshotObject(read).content)))
        const written = snapshotText(snapshot)
        if (unordered.has(id)) assert.deepStrictEqual(JSON.parse(written), JSON.parse(text))
        else assert.strictEqual(written, text)
      }
    })
  }
})

describe("JSON as Python writes it", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['{"b":[],"a":{}}', '{\n  "b": [],\n  "a": {}\n}\n'],
    ["[1,[2,[]]]", "[\n  1,\n  [\n    2,\n    []\n  ]\n]\n"],
    [
      "[18446744073709551615,-9223372036854775808,0.5]",
      "[\n  18446744073709551615,\n  -9223372036854775808,\n  0.5\n]\n"
    ],
    ["[true,false,null]", "[\n  true,\n  false,\n  null\n]\n"]
  ]
  for (const [given, expected] of cases) {
    it(given, () => assert.strictEqual(pythonJson(Result.getOrThrow(parseJson(given))), expected))
  }

  it("writes strings as ASCII, in UTF-16 units, and escapes DEL", () => {
    assert.strictEqual(
      asciiString('é\u{1f600}\u007f\u2028/"\\\b\f\n\r\t\u0001'),
      '"\\u00e9\\ud83d\\ude00\\u007f\\u2028/\\"\\\\\\b\\f\\n\\r\\t\\u0001"'
    )
  })

  it("keeps the order of a map's members, whatever their keys", () => {
    const members = new Map([
      ["10", 1],
      ["__proto__", 2],
      ["2", 3]
    ])
    assert.strictEqual(pythonJson(members), '{\n  "10": 1,\n  "__proto__": 2,\n  "2": 3\n}\n')
  })
})

it("orders paths like the client's walk: files before folders, by code point", () => {
  const id = BlobId.make("a".repeat(64))
  const paths = ["z", "\ue000", "\u{1f600}", "a/z", "a/b/c", "a-b/x", "a.b/x", "a0/x"]
  assert.deepStrictEqual(walkOrder(new Map(paths.toReversed().map((path) => [path, id]))), paths)
})

describe("files that do not match their name", () => {
  const id = CommitId.make(idsIn("linear/commits/")[0] ?? "")
  const good = textOf(`linear/commits/${id}.json`)
  const bad: ReadonlyArray<readonly [string, string, RegExp]> = [
    ["no JSON", good.slice(0, -10), /not JSON/],
    ["no object", "[]", /not a JSON object/],
    ["another message", good.replace('"message": "', '"message": "x'), /id .* is wrong/],
    ["without its snapshot", good.replace('"snapshot_id"', '"snapshot"'), /snapshot_id/]
  ]
  for (const [what, text, reason] of bad) {
    it(what, () => {
      const read = commitIn(text, id, () => [])
      assert.isTrue(Result.isFailure(read) && reason.test(read.failure), String(Result.isFailure(read) && read.failure))
    })
  }

  it("another commit", () => {
    const read = commitIn(good, CommitId.make("0".repeat(64)), () => [])
    assert.deepStrictEqual(read, Result.fail(`it holds commit ${id}`))
  })
})

describe("config.toml", () => {
  it("is read as it is written", () => {
    for (const name of ["origin", "my hub", 'a"b', "é"]) {
      const entry = { name, url: "https://hub.example/ada/söng", branch: "main" }
      assert.deepStrictEqual(remoteUrl(configText(entry), name), Option.some(entry.url))
    }
  })

  it("gives the requested remote, whatever surrounds it", () => {
    const text = [
      'url = "top"',
      "[user]",
      'url = "of the user"',
      "",
      "[remotes.origin] # the hub",
      "  branch = 'main'",
      "  url = 'https://hub.example/a/b' # here",
      '[ remotes . "other" ]',
      'url = "https://other.example/\\u0061"'
    ].join("\r\n")
    assert.deepStrictEqual(remoteUrl(text, "origin"), Option.some("https://hub.example/a/b"))
    assert.deepStrictEqual(remoteUrl(text, "other"), Option.some("https://other.example/a"))
    assert.deepStrictEqual(remoteUrl(text, "user"), Option.none())
    assert.deepStrictEqual(remoteUrl('[remotes.x]\nurl = """long"""', "x"), Option.none())
  })
})
