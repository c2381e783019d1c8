/**
 * The whole flow on every backend: clone, change, push to a branch, merge on the server, pull, verify, and two folders
 * that end up the same.
 */
import { assert, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { pull } from "@musehub/client/operation/pull"
import { push } from "@musehub/client/operation/push"
import { verify } from "@musehub/client/operation/verify"
import { Effect, Redacted } from "effect"
import { join } from "node:path"
import { describeBackends, freshStorage } from "../e2e/hub/backends.ts"
import { goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { commitTo, copyOf, growing } from "../e2e/muse/history.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository, ok, postJson, type Target } from "../e2e/muse/MuseClient.ts"
import { type Sendable, textOf } from "../e2e/muse/Value.ts"
import { assertIncludes, temporaryFolder, treeOf, urlOf, workingTree, writeLocal } from "./support.ts"

const rest = (target: Target, path: string, value: Sendable) =>
  ok(postJson({ ...target, repository: `api/v1/repos/${target.repository}` }, path, value))

const soundness = (directory: string) =>
  Effect.map(verify({ directory }), ({ faults }) => assert.deepStrictEqual(faults, []))

/** Lists the objects, snapshots and commits of a folder. */
const history = (directory: string) =>
  treeOf(join(directory, ".muse"), (path) => !/^(objects|snapshots|commits)\//.test(path))

describeBackends("the client", (backend) => {
  for (const strategy of ["merge_commit", "squash", "rebase"]) {
    it.live(`clones, pushes, and pulls what was merged by ${strategy}`, () =>
      Effect.gen(function* () {
        const hub = yield* startHub(yield* freshStorage(backend))
        const secret = yield* tokenFor(hub, "ada")
        const token = Redacted.make(secret)
        const target = yield* createRepository(hub.url, secret, "ada/songs")
        const published = copyOf(goldenRepository("linear"))
        const tip = published.heads.get("main") ?? ""
        commitTo(published, "main", { "song.txt": "one\ntwo\nthree\n", "cover.bin": "\u0000" }, { parents: [tip] })
        yield* pushAll(target, published)

        const folder = yield* temporaryFolder
        const directory = join(folder, "mine")
        yield* clone({ url: urlOf(target), directory })
        yield* soundness(directory)

        const base = published.heads.get("main") ?? ""
        const local = { ...growing(), heads: new Map([["verse", base]]) }
        commitTo(local, "verse", { "song.txt": "one\ntwo\nTHREE\n", "cover.bin": "\u0000", "verse.txt": "la" })
        writeLocal(directory, local)
        assertIncludes(yield* push({ directory, token, branch: "verse" }), { branch: "verse", commits: 1 })

        const colleague = copyOf(published)
        commitTo(colleague, "main", { "song.txt": "ONE\ntwo\nthree\n", "cover.bin": "\u0000" })
        yield* pushAll(target, { ...colleague, heads: new Map([["main", colleague.heads.get("main") ?? ""]]) })

        yield* rest(target, "proposals", { title: "A verse", body: "", fromBranch: "verse", toBranch: "main" })
        const merged = textOf(yield* rest(target, "proposals/1/merge", { strategy }), "mergeCommitId")

        const pulled = yield* pull({ directory, token })
        assertIncludes(pulled, { branch: "main", before: base, after: merged })
        assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), {
          "song.txt": "ONE\ntwo\nTHREE\n",
          "cover.bin": "\u0000",
          "verse.txt": "la"
        })
        yield* soundness(directory)

        const fresh = join(folder, "fresh")
        yield* clone({ url: urlOf(target), directory: fresh })
        yield* soundness(fresh)
        assert.deepStrictEqual([...history(fresh).keys()], [...history(directory).keys()])
        assert.deepStrictEqual(workingTree(fresh), workingTree(directory))
      })
    )
  }
})
