/** Reads single rows of legacy hubs: every form of a manifest and of a time, and rows that mean harm. */
import { commitClaim } from "@musehub/adapter-legacy/rows/commitClaim"
import { renderings } from "@musehub/adapter-legacy/rows/renderings"
import { blobForm, deltaForm, jsonForm, snapshotClaim } from "@musehub/adapter-legacy/rows/snapshotClaim"
import { assert, describe, it } from "@effect/vitest"
import { isStableTime } from "@musehub/domain/object/Timestamp"
import { checkStoredSnapshot } from "@musehub/domain/object/Snapshot"
import { claimedCommit } from "@musehub/domain/usecase/operations/legacy/claimedCommit"
import { arrayHeader, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"

const vectors = new URL("../../vectors/", import.meta.url)

interface Vector {
  readonly kind: string
  readonly name: string
  readonly inputs: {
    readonly parent_ids: ReadonlyArray<string>
    readonly snapshot_id: string
    readonly message: string
    readonly committed_at: string
  }
  readonly expected: string | null
}

const ids = JSON.parse(readFileSync(new URL("ids.json", vectors), "utf8")) as ReadonlyArray<Vector>

/** The moment in UTC, to the microsecond, as a column has it. */
const columnOf = (text: string): string => {
  const fraction = /\.(\d{6})/.exec(text)?.[1] ?? "000000"
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`
  return new Date(zoned).toISOString().replace(/\.\d{3}Z$/, `.${fraction}`)
}

const rowOf = ({ expected, inputs }: Vector) => ({
  commit_id: String(expected),
  repo_id: "",
  branch: "main",
  author: "",
  snapshot_id: inputs.snapshot_id,
  time: columnOf(inputs.committed_at),
  message: inputs.message,
  parents: JSON.stringify(inputs.parent_ids),
  meta: "{}"
})

describe("the time of a row", () => {
  it("gives the id of every recorded spelling that a clone can hold", () => {
    const vectors = ids.filter(({ kind, name }) => kind === "commit_id" && name.startsWith("timestamp"))
    assert.strictEqual(vectors.length, 10)
    for (const vector of vectors) {
      const commit = Result.flatMap(commitClaim(rowOf(vector)), (claim) => claimedCommit(claim))
      const isStable = isStableTime(vector.inputs.committed_at)
      assert.strictEqual(Result.isSuccess(commit), isStable, vector.name)
      if (Result.isSuccess(commit)) assert.strictEqual(commit.success.record.committed_at, vector.inputs.committed_at)
    }
  })

  it("is read as PostgreSQL and SQLite show it, and a client can have written each spelling", () => {
    for (const text of [
      "2026-11-22 15:08:10.707051",
      "2026-11-22T15:08:10.707051+00:00",
      "2026-11-22 15:08:10.707051+00"
    ]) {
      const all = [...renderings(text)]
      assert.strictEqual(all[0], "2026-11-22T15:08:10.707051+00:00")
      assert.include(all, "2026-11-22T15:08:10.707051")
      assert.include(all, "2026-11-22T17:08:10.707051+02:00")
      assert.include(all, "2026-11-23T00:53:10.707051+09:45")
      assert.isTrue(all.every(isStableTime))
      assert.strictEqual(new Set(all).size, all.length)
    }
    assert.strictEqual([...renderings("2026-01-05 10:00:00.5")][0], "2026-01-05T10:00:00.500000+00:00")
    assert.strictEqual([...renderings("2026-01-05 10:00:00")][0], "2026-01-05T10:00:00+00:00")
  })

  it("is none where no client can have written it", () => {
    for (const text of ["infinity", "", "10000-01-01T00:00:00.000000", "2026-13-01T00:00:00.000000"]) {
      assert.deepStrictEqual([...renderings(text)], [], text)
    }
    assert.isTrue([...renderings("9999-12-31T23:59:59.000000")].every((text) => text.startsWith("9999-")))
  })
})

const id = "a".repeat(64)
const refusal = (result: Result.Result<unknown, string>): string => {
  assert.isTrue(Result.isFailure(result))
  return Result.isFailure(result) ? result.failure : ""
}

describe("the manifest of a row", () => {
  it("is read from JSON and from msgpack, with any path", () => {
    const manifest = new Map([
      ["a", id],
      ["__proto__", id],
      ["😀/é", id]
    ])
    const whole = Result.succeed({ _tag: "Whole" as const, manifest })
    const text = `{"a": "${id}", "__proto__": "${id}", "\\ud83d\\ude00/\\u00e9": "${id}"}`
    assert.deepStrictEqual(jsonForm(text), whole)
    assert.deepStrictEqual(blobForm(encode(manifest)), whole)
  })

  it("may be a change, whatever its members are called", () => {
    const changed = new Map([["a", id]])
    const delta = Result.succeed({ _tag: "Delta" as const, changed, removed: ["b"] })
    assert.deepStrictEqual(deltaForm(encode({ added: { a: id }, removed: ["b"] })), delta)
    assert.deepStrictEqual(deltaForm(encode({ remove: ["b"], version: 1, upsert: { a: id } })), delta)
    assert.deepStrictEqual(deltaForm(encode([{ a: id }, ["b"]])), delta)
    assert.deepStrictEqual(
      deltaForm(encode({ changed: {} })),
      Result.succeed({ _tag: "Delta" as const, changed: new Map(), removed: [] })
    )
    for (const other of [{}, [], { removed: ["b"] }, { a: {}, b: {} }, { a: {}, b: [1] }, { a: {}, b: [], c: [] }, 7]) {
      assert.match(refusal(deltaForm(encode(other))), /^delta_blob is not a map of changed paths/)
    }
  })

  it("is refused by name where it means harm", () => {
    const nested = Uint8Array.from({ length: 1_000_000 }, () => 0x91)
    const promised = Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)
    const cut = encode(new Map([["a", id]])).slice(0, 20)
    for (const bytes of [nested, promised, cut, new Uint8Array(), encode([id]), encode(null)]) {
      assert.match(refusal(blobForm(bytes)), /^manifest_blob/)
      assert.match(refusal(deltaForm(bytes)), /^delta_blob/)
    }
    const twice = new Uint8Array(Buffer.concat([mapHeader(2), str("a"), str(id), str("a"), str(id)]))
    assert.match(refusal(blobForm(twice)), /twice/)
    // A million empty lists weigh more than they take.
    const bomb = new Uint8Array(2_000_005).fill(0x90)
    bomb.set(arrayHeader(2_000_000))
    assert.match(refusal(blobForm(bomb)), /larger than its limit/)
    for (const text of ["[]", "null", "{", "1", `{"a":`]) assert.match(refusal(jsonForm(text)), /^manifest is no JSON/)
    assert.match(refusal(jsonForm("[".repeat(100_000))), /^manifest is no JSON/)
  })

  it("is the one of all columns that are filled", () => {
    const row = { snapshot_id: id, time: null, manifest: "{}", manifest_blob: encode({ a: id }), delta_blob: null }
    const claim = Result.getOrThrow(snapshotClaim({ ...row, oversized: false }))
    assert.deepStrictEqual(
      claim.forms.map((form) => Result.getOrThrow(form)._tag),
      ["Whole", "Whole"]
    )
    assert.match(refusal(snapshotClaim({ ...row, oversized: true })), /too large/)
    const none = { ...row, manifest: null, manifest_blob: null, oversized: false }
    assert.strictEqual(refusal(snapshotClaim(none)), "it has no manifest")
  })
})

describe("the rows of a hub in SQLite", () => {
  const database = new DatabaseSync(fileURLToPath(new URL("legacy/sqlite/legacy.sqlite", vectors)), { readOnly: true })
  const expected = JSON.parse(readFileSync(new URL("legacy/sqlite/expected.json", vectors), "utf8")) as {
    readonly totals: { readonly commits: number; readonly snapshots: number }
    readonly repos: ReadonlyArray<{ readonly commit_ids_not_recomputable: Readonly<Record<string, string>> }>
  }

  it("give the same ids as those in PostgreSQL", () => {
    const wrong = new Set(expected.repos.flatMap((repo) => Object.keys(repo.commit_ids_not_recomputable)))
    const commits = database
      .prepare(
        `SELECT commit_id, repo_id, branch, author, snapshot_id, timestamp AS time, message, parent_ids AS parents,
           commit_meta AS meta FROM musehub_commits`
      )
      .all() as unknown as ReadonlyArray<Parameters<typeof commitClaim>[0]>
    assert.strictEqual(commits.length, expected.totals.commits)
    // A parent that is no hash cannot be named by a record.
    const onTopOfInit = ({ parents }: { readonly parents: string | null }) => /init-/.test(String(parents))
    for (const row of commits) {
      const commit = Result.flatMap(commitClaim(row), (claim) => claimedCommit(claim))
      assert.strictEqual(Result.isSuccess(commit), !wrong.has(row.commit_id) && !onTopOfInit(row), row.commit_id)
    }
    const snapshots = database
      .prepare("SELECT snapshot_id, created_at AS time, manifest FROM musehub_snapshots")
      .all() as unknown as ReadonlyArray<Pick<Parameters<typeof snapshotClaim>[0], "snapshot_id" | "time" | "manifest">>
    assert.strictEqual(snapshots.length, expected.totals.snapshots)
    for (const row of snapshots) {
      const claim = Result.getOrThrow(
        snapshotClaim({ ...row, manifest_blob: null, delta_blob: null, oversized: false })
      )
      const [form] = claim.forms.map(Result.getOrThrow)
      assert.strictEqual(form?._tag, "Whole")
      if (form?._tag !== "Whole") continue
      const checked = checkStoredSnapshot({ id: row.snapshot_id, manifest: form.manifest, createdAt: claim.createdAt })
      assert.isTrue(Result.isSuccess(checked), row.snapshot_id)
    }
  })
})
