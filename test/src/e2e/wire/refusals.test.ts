/**
 * Pushes that must be refused, each with its status and a helpful sentence, and without a trace. Nothing of a refused
 * push is visible in refs, in fetches or as known blobs, and the corrected push succeeds.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { assertCloneIs } from "../muse/assertContent.ts"
import {
  type CommitOptions,
  blobId,
  commitOf,
  commitTo,
  copyOf,
  type Growing,
  growing,
  snapshotOf
} from "../muse/history.ts"
import { type Bundle, bundleFor, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { filterObjects, heads, post, postJson, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, describeOnStages, Stage } from "../hub/Stage.ts"
import { assertSame, type Fields, isFields, type Sendable, textOf, textsOf } from "../muse/Value.ts"

/** A repository at `base`, and a client that wants to push `next`, whose files no other repository has. */
interface Scene {
  readonly target: Target
  /** The file that is new in `next`. */
  readonly blob: string
  readonly local: Growing
  readonly base: string
  readonly next: string
}

const scene = Effect.gen(function* () {
  const target = yield* (yield* Stage).repository()
  const local = growing()
  const own = (content: string) => `${content} of ${target.repository}`
  const base = commitTo(local, "main", { "a.txt": own("base") })
  assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
  const next = commitTo(local, "main", { "a.txt": own("next"), "b/c.txt": own("more") })
  const scene: Scene = { target, local, base, next, blob: blobId(own("next")) }
  return scene
})

interface Push {
  readonly local: Growing
  readonly bundle: Bundle
  readonly branch: string
  readonly force: boolean
}

interface Refusal {
  readonly name: string
  /** What the client sends instead of the good push. */
  readonly spoil: (good: Push, scene: Scene) => Partial<Push>
  /** Whether the client uploads all blobs except the scene's. */
  readonly withoutBlob?: boolean
  readonly sentence: RegExp
  readonly says?: (problem: Fields, sent: Push, scene: Scene) => void
}

/** Replaces the new commit of the push with another record. */
const withCommit = (good: Push, change: (commit: Fields) => Fields): Partial<Push> => {
  const local = copyOf(good.local)
  const [tip = ""] = good.bundle.commits
  local.commits.set(tip, change(local.commits.get(tip) ?? new Map()))
  return { local }
}

/** Pushes another commit of this tree, with right ids. */
const withTree = (good: Push, { base }: Scene, manifest: Iterable<readonly [string, string]>): Partial<Push> => {
  const local = copyOf(good.local)
  const snapshot = snapshotOf(manifest)
  const snapshotId = textOf(snapshot, "snapshot_id")
  const commit = commitOf("main", snapshotId, { parents: [base] })
  const id = textOf(commit, "commit_id")
  local.snapshots.set(snapshotId, snapshot)
  local.commits.set(id, commit)
  return { local, bundle: { commits: [id], snapshots: [snapshotId], blobs: [] } }
}

const path = (bad: string) => (good: Push, at: Scene) => withTree(good, at, [[bad, at.blob]])

const manyIds = (what: string, count: number) => Array.from({ length: count }, (_, index) => blobId(`${what} ${index}`))

/** Makes a chain of commits, each with an unknown parent or tree. */
const chain = (
  good: Push,
  { base, blob }: Scene,
  length: number,
  step: (index: number) => Pick<CommitOptions, "parents"> & { readonly snapshot?: Fields }
): Partial<Push> => {
  const local = copyOf(good.local)
  const shared = snapshotOf([["a.txt", blob]])
  const commits: Array<string> = []
  const snapshots = new Set<string>()
  let parent = base
  for (let index = 0; index < length; index++) {
    const { snapshot = shared, parents = [] } = step(index)
    const snapshotId = textOf(snapshot, "snapshot_id")
    const commit = commitOf("main", snapshotId, { parents: [parent, ...parents] })
    parent = textOf(commit, "commit_id")
    local.snapshots.set(snapshotId, snapshot)
    local.commits.set(parent, commit)
    commits.unshift(parent)
    snapshots.add(snapshotId)
  }
  return { local, bundle: { commits, snapshots: [...snapshots], blobs: [] } }
}

const assertListed = (problem: Fields, type: string, listed: number, total: number) => {
  assert.strictEqual(textOf(problem, "objectType"), type)
  assert.strictEqual(textsOf(problem, "missing").length, listed)
  assert.strictEqual(problem.get("total"), total)
}

const refusals: ReadonlyArray<Refusal> = [
  {
    name: "a commit whose message was changed",
    spoil: (good) => withCommit(good, (commit) => new Map([...commit, ["message", "another"]])),
    sentence: /^commit id .* is wrong: the content gives [0-9a-f]{64}/,
    says: (problem, { bundle }) => {
      assert.strictEqual(textOf(problem, "given"), bundle.commits[0])
      assert.notStrictEqual(textOf(problem, "computed"), bundle.commits[0])
      assert.strictEqual(textOf(problem, "objectType"), "commit")
    }
  },
  {
    name: "a commit whose parent was exchanged",
    spoil: (good) => withCommit(good, (commit) => new Map([...commit, ["parent_commit_id", null]])),
    sentence: /^commit id .* is wrong/
  },
  {
    name: "a commit whose time the client would respell",
    spoil: (good) => withCommit(good, (commit) => new Map([...commit, ["committed_at", "2026-11-22T15:08:10.707Z"]])),
    sentence: /committed_at/
  },
  {
    name: "a commit with a delta that no JSON can hold",
    spoil: (good) =>
      withCommit(good, (commit) => new Map([...commit, ["structured_delta", new Map([["ops", new Uint8Array(3)]])]])),
    sentence: /binary/
  },
  {
    name: "a commit whose parent id leads out of the store",
    spoil: (good) => withCommit(good, (commit) => new Map([...commit, ["parent_commit_id", "../../../root"]])),
    sentence: /parent_commit_id/
  },
  {
    name: "a snapshot whose manifest was changed",
    spoil: (good, { blob }) => {
      const local = copyOf(good.local)
      const [id = ""] = good.bundle.snapshots
      local.snapshots.set(
        id,
        new Map([...(local.snapshots.get(id) ?? []), ["manifest", new Map([["other.txt", blob]])]])
      )
      return { local }
    },
    sentence: /^snapshot id .* is wrong: the content gives [0-9a-f]{64}/,
    says: (problem, { bundle }) => assert.strictEqual(textOf(problem, "given"), bundle.snapshots[0])
  },
  {
    name: "a blob id that is a path",
    spoil: (good, at) => withTree(good, at, [["a.txt", `../commits/${at.base}`]]),
    sentence: /does not name a blob/
  },
  {
    name: "a commit whose parent is unknown",
    spoil: (good, at) => chain(good, at, 1, () => ({ parents: [blobId("unknown")] })),
    sentence: /^1 commit\(s\) .* missing/,
    says: (problem) => assert.deepStrictEqual(textsOf(problem, "missing"), [blobId("unknown")])
  },
  {
    name: "101 commits whose parents are unknown",
    spoil: (good, at) => chain(good, at, 101, (index) => ({ parents: [blobId(`unknown ${index}`)] })),
    sentence: /^101 commit\(s\)/,
    says: (problem) => assertListed(problem, "commit", 100, 101)
  },
  {
    name: "a commit without its snapshot",
    spoil: ({ bundle }) => ({ bundle: { ...bundle, snapshots: [] } }),
    sentence: /^1 snapshot\(s\) .* missing/,
    says: (problem, { local, bundle }) =>
      assert.deepStrictEqual(textsOf(problem, "missing"), [
        textOf(local.commits.get(bundle.commits[0] ?? "") ?? null, "snapshot_id")
      ])
  },
  {
    name: "101 commits without their snapshots",
    spoil: (good, at) => {
      const sent = chain(good, at, 101, (index) => ({ snapshot: snapshotOf([[`${index}.txt`, at.blob]]) }))
      return { ...sent, ...(sent.bundle === undefined ? {} : { bundle: { ...sent.bundle, snapshots: [] } }) }
    },
    sentence: /^101 snapshot\(s\)/,
    says: (problem) => assertListed(problem, "snapshot", 100, 101)
  },
  {
    name: "a commit without one of its blobs",
    withoutBlob: true,
    spoil: () => ({}),
    sentence: /^1 blob\(s\) .* missing/,
    says: (problem, _sent, { blob }) => assert.deepStrictEqual(textsOf(problem, "missing"), [blob])
  },
  {
    name: "a commit without 101 blobs",
    spoil: (good, at) =>
      withTree(
        good,
        at,
        manyIds("blob", 101).map((id) => [`${id}.txt`, id])
      ),
    sentence: /^101 blob\(s\)/,
    says: (problem) => assertListed(problem, "blob", 100, 101)
  },
  {
    name: "a bundle without commits",
    spoil: ({ bundle }) => ({ bundle: { ...bundle, commits: [] } }),
    sentence: /holds no commit/
  },
  {
    name: "a bundle that does not begin with its tip",
    spoil: (good, at) => {
      const sent = chain(good, at, 2, () => ({}))
      if (sent.bundle === undefined) return sent
      return { ...sent, bundle: { ...sent.bundle, commits: sent.bundle.commits.toReversed() } }
    },
    sentence: /first commit must be the new head/
  },
  { name: "a path out of the tree", spoil: path("../a.txt"), sentence: /segment ".."/ },
  { name: "a path that goes up and down", spoil: path("a/../b.txt"), sentence: /segment ".."/ },
  { name: "an absolute path", spoil: path("/etc/passwd"), sentence: /absolute/ },
  { name: "a path with NUL", spoil: path("a\0.txt"), sentence: /NUL/ },
  { name: "an empty path", spoil: path(""), sentence: /empty/ },
  { name: "a path with a doubled slash", spoil: path("a//b"), sentence: /empty segment/ },
  { name: "a path with an over-long name", spoil: path("x".repeat(256)), sentence: /more than 255 bytes/ },
  { name: "an over-long path", spoil: path("x/".repeat(2100) + "x"), sentence: /longer than 4096 bytes/ },
  { name: "a path into the clone's own folder", spoil: path(".muse/config.toml"), sentence: /\.muse/ },
  {
    name: "a file that is also a folder",
    spoil: (good, at) =>
      withTree(good, at, [
        ["a", at.blob],
        ["a/b", at.blob]
      ]),
    sentence: /both a file and a folder/
  },
  ...[
    ["", /is empty/],
    ["a..b", /two dots/],
    ["../../evil", /dot/],
    ["/a", /slash/],
    ["a/", /slash/],
    [".a", /dot/],
    ["a.", /dot/],
    ["a//b", /two slashes/],
    ["a\\b", /backslash/],
    ["a\0b", /NUL/],
    ["a\nb", /line break/],
    ["a\tb", /tab/],
    ["x".repeat(256), /longer than 255/]
  ].map(([branch, sentence]): Refusal => ({
    name: `the branch name ${JSON.stringify(String(branch).slice(0, 20))}`,
    spoil: () => ({ branch: String(branch) }),
    sentence: sentence as RegExp
  })),
  {
    name: "a branch inside a branch",
    spoil: () => ({ branch: "main/sub" }),
    sentence: /"main\/sub" cannot exist beside "main"/,
    says: (problem) => assert.strictEqual(textOf(problem, "existing"), "main")
  }
]

/** Sends the bad push, and asserts that it is refused and leaves no trace. */
const refuse = Effect.fnUntraced(function* (at: Scene, refusal: Refusal) {
  const { name, spoil, withoutBlob = false, sentence, says } = refusal
  const { target, local, next, base, blob } = at
  const before = yield* heads(target)
  const bundle = bundleFor(local, next, [base])
  const uploaded = bundle.blobs.filter((id) => !(withoutBlob && id === blob))
  yield* uploadBlobs(target, local, uploaded)
  const good: Push = { local, bundle, branch: "main", force: false }
  const sent = { ...good, ...spoil(good, at) }
  const body = pushBody(sent.local, sent.bundle, sent.branch, sent.force)
  const problem = assertProblem(yield* post(target, "push", body), 422, sentence, name)
  says?.(problem, sent, at)

  assertSame(yield* heads(target), before, "heads")
  const refused = sent.bundle.commits.filter((id) => id !== base)
  if (refused.length > 0) {
    const fetched = yield* post(target, "fetch", { want: refused, have: [] })
    const unknown = assertProblem(fetched, 404, /not in this repository/, name)
    assert.strictEqual(unknown.get("total"), refused.length, "every commit of a refused push is unknown")
  }
  assert.sameMembers([...(yield* filterObjects(target, bundle.blobs))], [...bundle.blobs])
  return body
})

const correct = Effect.fnUntraced(function* ({ target, local }: Scene) {
  assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
  yield* assertCloneIs(target, local)
})

describeOnMemoryStage("a refused push says why, leaves no trace, and can be corrected", (it) => {
  for (const refusal of refusals) {
    it.effect(refusal.name, () =>
      Effect.gen(function* () {
        const at = yield* scene
        const body = yield* refuse(at, refusal)
        // The same in JSON, for clients that use it; a delta of bytes has no JSON form.
        if (!/binary/.test(refusal.sentence.source)) {
          assertProblem(yield* postJson(at.target, "push", body), 422, refusal.sentence, refusal.name)
        }
        yield* correct(at)
      })
    )
  }
})

describeOnStages("a refused push", (it) => {
  it.effect("leaves no trace, nor do all pushes of the table together", () =>
    Effect.gen(function* () {
      const at = yield* scene
      // A blob stays once it was uploaded, though unknown; so those that must lack it come first.
      const [lacking, others] = [refusals.filter((one) => one.withoutBlob), refusals.filter((one) => !one.withoutBlob)]
      assert.isNotEmpty(lacking)
      for (const refusal of [...lacking, ...others]) yield* refuse(at, refusal)
      yield* correct(at)
    })
  )

  it.effect("gets 409 only for a lost race or a diverged history, with the present head", () =>
    Effect.gen(function* () {
      const { target, local, base, next } = yield* scene
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const other = copyOf(local)
      other.heads.set("main", base)
      const diverged = commitTo(other, "main", { "a.txt": "elsewhere" })
      for (const send of [post, postJson]) {
        const bundle = bundleFor(other, diverged, [base])
        yield* uploadBlobs(target, other, bundle.blobs)
        const problem = assertProblem(
          yield* send(target, "push", pushBody(other, bundle, "main")),
          409,
          /pull, or push/
        )
        assert.strictEqual(textOf(problem, "head"), next)
        assert.strictEqual(textOf(problem, "branch"), "main")
      }
      assert.deepStrictEqual(yield* heads(target), new Map([["main", next]]))
      assertProblem(yield* post(target, "fetch", { want: [diverged], have: [] }), 404, /not in this repository/)

      const forced = yield* pushBranch(target, other, "main", { force: true })
      assert.strictEqual(forced.answer.status, 200)
      assert.deepStrictEqual(yield* heads(target), new Map([["main", diverged]]))
      const back = yield* pushBranch(target, local, "main", { tip: base, force: true })
      assert.strictEqual(back.answer.status, 200)
      assert.deepStrictEqual(yield* heads(target), new Map([["main", base]]))
    })
  )

  it.effect("keeps a branch and a folder of branches apart, whichever came first", () =>
    Effect.gen(function* () {
      const { target, local } = yield* scene
      const [tip = ""] = [local.heads.get("main")]
      const pushTo = (branch: string) => pushBranch(target, local, branch, { tip })
      assert.strictEqual((yield* pushTo("topic/one")).answer.status, 200)
      for (const [branch, existing] of [
        ["topic", "topic/one"],
        ["topic/one/more", "topic/one"]
      ] as const) {
        const problem = assertProblem((yield* pushTo(branch)).answer, 422, /cannot exist beside/, branch)
        assert.strictEqual(textOf(problem, "existing"), existing)
      }
      for (const branch of ["topic/two", "topic-one", "topic/one.more"]) {
        assert.strictEqual((yield* pushTo(branch)).answer.status, 200, branch)
      }
      assert.sameMembers(
        [...(yield* heads(target)).keys()],
        ["main", "topic/one", "topic/two", "topic-one", "topic/one.more"]
      )
    })
  )

  it.effect("reports an upload under a wrong id, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const { target, local, next, blob } = yield* scene
      const content = new TextEncoder().encode("not what the id says")
      const wrong: Sendable = { objects: [{ object_id: blob, content }] }
      const problem = assertProblem(yield* post(target, "push/objects", wrong), 422, /^blob id .* is wrong/)
      assert.strictEqual(textOf(problem, "given"), blob)
      assert.strictEqual(textOf(problem, "computed"), blobId(content))
      const bundle = bundleFor(local, next, [])
      yield* uploadBlobs(
        target,
        local,
        bundle.blobs.filter((id) => id !== blob)
      )
      const pushed = assertProblem(yield* post(target, "push", pushBody(local, bundle, "main")), 422, /missing/)
      assert.deepStrictEqual(textsOf(pushed, "missing"), [blob])
    })
  )

  it.effect("accepts a clone's own copy of a commit: a null delta marks a commit that the hub has", () =>
    Effect.gen(function* () {
      const { target, local, base } = yield* scene
      const first = local.commits.get(base) ?? new Map()
      const cloned = copyOf(local)
      cloned.commits.set(base, new Map([...first, ["structured_delta", null], ["author", "somebody else"]]))
      cloned.heads.set("copy", base)
      const { answer, bundle } = yield* pushBranch(target, cloned, "copy")
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(bundle.commits, [base])
      const fetched = yield* post(target, "fetch", { want: [base], have: [] })
      assert.isTrue(isFields(first) && fetched.status === 200)
      const expected = copyOf(local)
      for (const id of local.commits.keys()) if (id !== base) expected.commits.delete(id)
      for (const id of local.snapshots.keys()) if (id !== textOf(first, "snapshot_id")) expected.snapshots.delete(id)
      for (const id of local.blobs.keys()) if (id !== blobId(`base of ${target.repository}`)) expected.blobs.delete(id)
      expected.heads.set("main", base)
      expected.heads.set("copy", base)
      yield* assertCloneIs(target, expected)
    })
  )
})
