/**
 * The flow that failed in the previous system: clone, change, push to a branch, propose, merge on the server, pull.
 * Each request is the client's own; what it receives must verify completely, with every id derived as the protocol
 * defines.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { audit } from "../muse/audit.ts"
import { type Backend, describeBackends, freshStorage } from "../hub/backends.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { commitTo, copyOf, snapshotOf } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import {
  blobsOf,
  clone,
  type LocalRepository,
  parentsOf,
  pull,
  pushAll,
  pushBranch,
  walk
} from "../muse/LocalRepository.ts"
import { createRepository, heads, ok, postJson, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { fieldsOf, recordsOf, type Sendable, textOf } from "../muse/Value.ts"

const rest = (target: Target, path: string, value: Sendable) =>
  postJson({ ...target, repository: `api/v1/repos/${target.repository}` }, path, value)

/** Asserts that everything the heads reach is there, and that every id is the one its content gives. */
const verify = (local: LocalRepository, expected: Iterable<string>) => {
  const commits = walk(local.commits, local.heads.values())
  const digest = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex")
  assert.includeMembers([...commits], [...expected])
  for (const id of commits) {
    const commit = local.commits.get(id)
    assert.isDefined(commit, `commit ${id}`)
    if (commit === undefined) continue
    const snapshotId = textOf(commit, "snapshot_id")
    const spelled = [
      parentsOf(commit).toSorted().join("\0"),
      snapshotId,
      textOf(commit, "message"),
      textOf(commit, "committed_at")
    ]
    assert.strictEqual(digest(spelled.join("\0")), id)
    for (const parent of parentsOf(commit)) assert.isTrue(local.commits.has(parent), `parent ${parent}`)
    const snapshot = local.snapshots.get(snapshotId)
    assert.isDefined(snapshot, `snapshot ${snapshotId}`)
    if (snapshot === undefined) continue
    const manifest = fieldsOf(snapshot, "manifest") as ReadonlyMap<string, string>
    assert.strictEqual(textOf(snapshotOf(manifest), "snapshot_id"), snapshotId)
    for (const blob of blobsOf(snapshot)) assert.strictEqual(digest(local.blobs.get(blob) ?? ""), blob)
  }
}

/** A repository with the golden history, as a client that cloned it has it. */
const cloned = Effect.fnUntraced(function* (backend: Backend) {
  const hub = yield* startHub(yield* freshStorage(backend))
  const token = yield* tokenFor(hub, "ada")
  const target = yield* createRepository(hub.url, token, "ada/linear")
  yield* pushAll(target, goldenRepository("linear"))
  const local = copyOf({ domain: "code", ...(yield* clone(target)) })
  return { hub, target, local }
})

/** Runs `muse pull`, and joins the result to the local repository. */
const pulled = Effect.fnUntraced(function* (target: Target, local: LocalRepository, branch: string) {
  const before = copyOf(local)
  const answer = yield* pull(target, branch, [...local.commits.keys()])
  for (const [id, commit] of answer.commits) before.commits.set(id, commit)
  for (const [id, snapshot] of answer.snapshots) before.snapshots.set(id, snapshot)
  for (const [id, blob] of answer.blobs) before.blobs.set(id, blob)
  const head = (yield* heads(target)).get(branch)
  if (head !== undefined) before.heads.set(branch, head)
  return { answer, local: before }
})

const text = (local: LocalRepository, commit: string) => {
  const snapshot = local.snapshots.get(textOf(local.commits.get(commit) ?? new Map(), "snapshot_id")) ?? new Map()
  const manifest = fieldsOf(snapshot, "manifest") as ReadonlyMap<string, string>
  return Object.fromEntries(
    [...manifest].map(([path, blob]) => [path, Buffer.from(local.blobs.get(blob) ?? "").toString()])
  )
}

const lines = (...changed: ReadonlyArray<string>) => [...changed, ""].join("\n")

describeBackends("a client whose work is merged on the server", (backend) => {
  for (const strategy of ["merge_commit", "squash", "rebase"]) {
    it.live(`pulls the merge whole, by ${strategy}`, () =>
      Effect.gen(function* () {
        const { hub, target, local } = yield* cloned(backend)
        const base = local.heads.get("main") ?? ""
        const song = { "song.txt": lines("one", "two", "three") }
        const begun = commitTo(local, "main", song, { parents: [base] })
        assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)

        const colleague = copyOf(local)
        commitTo(colleague, "main", { "song.txt": lines("ONE", "two", "three") })
        assert.strictEqual((yield* pushBranch(target, colleague, "main")).answer.status, 200)

        local.heads.set("verse", begun)
        commitTo(local, "verse", { "song.txt": lines("one", "two", "THREE"), "verse.txt": "la la" })
        assert.strictEqual((yield* pushBranch(target, local, "verse")).answer.status, 200)

        const opened = yield* ok(
          rest(target, "proposals", { title: "A verse", body: "", fromBranch: "verse", toBranch: "main" })
        )
        const number = opened instanceof Map ? opened.get("number") : undefined
        assert.strictEqual(number, 1)
        const merged = yield* ok(rest(target, "proposals/1/merge", { strategy }))
        const mergeCommit = textOf(merged, "mergeCommitId")
        assert.strictEqual((yield* heads(target)).get("main"), mergeCommit)

        const { answer, local: after } = yield* pulled(target, local, "main")
        assert.isTrue(answer.commits.has(mergeCommit), "the merge commit is fetched")
        assert.isTrue(answer.snapshots.has(textOf(merged, "snapshotId")), "its snapshot is fetched")
        verify(after, [mergeCommit, begun, base])
        assert.deepStrictEqual(text(after, mergeCommit), {
          "song.txt": lines("ONE", "two", "THREE"),
          "verse.txt": "la la"
        })
        const fresh = copyOf({ domain: "code", ...(yield* clone(target)) })
        verify(fresh, [mergeCommit])

        // The client continues from there, and its next push is a plain fast-forward.
        commitTo(after, "main", { ...song, "coda.txt": "end" })
        assert.strictEqual((yield* pushBranch(target, after, "main")).answer.status, 200)
        yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      })
    )
  }

  it.live("is told of conflicts by path, kind and blobs, and nothing has changed", () =>
    Effect.gen(function* () {
      const { target, local } = yield* cloned(backend)
      const base = local.heads.get("main") ?? ""
      const begun = commitTo(local, "main", { "song.txt": "one" }, { parents: [base] })
      yield* pushBranch(target, local, "main")
      local.heads.set("verse", begun)
      commitTo(local, "verse", { "song.txt": "theirs" })
      yield* pushBranch(target, local, "verse")
      const head = commitTo(local, "main", { "song.txt": "ours" })
      yield* pushBranch(target, local, "main")
      yield* ok(rest(target, "proposals", { title: "A verse", body: "", fromBranch: "verse", toBranch: "main" }))
      const refused = yield* rest(target, "proposals/1/merge", { strategy: "squash" })
      const problem = assertProblem(refused, 409, /1 conflict/)
      const [conflict] = recordsOf(problem, "conflicts")
      const blob = (content: string) => createHash("sha256").update(content).digest("hex")
      assert.deepStrictEqual(Object.fromEntries(conflict ?? []), {
        path: "song.txt",
        kind: "both_modified",
        base: blob("one"),
        ours: blob("ours"),
        theirs: blob("theirs"),
        cause: "changes"
      })
      assert.strictEqual((yield* heads(target)).get("main"), head)
      assert.strictEqual(textOf(problem, "type"), "urn:musehub:problem:merge-conflicts")
    })
  )
})
