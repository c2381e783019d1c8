/** Pushing from a folder: only what the hub lacks is sent, and branches move as the hub allows. */
import { assert, describe, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { fetch } from "@musehub/client/operation/fetch"
import { push } from "@musehub/client/operation/push"
import type { Progress } from "@musehub/client/Progress"
import { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect } from "effect"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { loseObjects } from "../domain/support/hubSamples.ts"
import { assertCloneIs } from "../e2e/muse/assertContent.ts"
import { blobId, commitTo, copyOf, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { refs } from "../e2e/muse/MuseClient.ts"
import { faultyProxy } from "../services/FaultyProxy.ts"
import { assertIncludes, memoryHub, published, temporaryFolder, urlOf, writeLocal } from "./support.ts"

const stage = Effect.gen(function* () {
  const hub = yield* memoryHub
  const local = growing()
  commitTo(local, "main", { a: "one", b: "same" })
  const target = yield* published(hub, "pushed", local)
  const directory = join(yield* temporaryFolder, "clone")
  yield* clone({ url: urlOf(target), directory })
  const { token } = hub
  return { hub, local, target, directory, token }
})

const trackingOf = (directory: string, branch: string) =>
  readFileSync(join(directory, ".muse/remotes/origin", branch), "utf8")

describe("push", () => {
  it.live("sends commits, snapshots and new blobs, large ones too, and moves the tracking ref", () =>
    Effect.gen(function* () {
      const { local, target, directory, token } = yield* stage
      const before = local.heads.get("main")
      commitTo(local, "main", { a: "two", b: "same", large: new Uint8Array(3_000_000).fill(7) })
      commitTo(local, "main", { a: "one", b: "same", empty: "" })
      writeLocal(directory, local)
      const seen: Array<Progress> = []
      const pushed = yield* push({ directory, token, onProgress: (progress) => seen.push(progress) })
      // "one" is in the commit that these build on, and the empty file need not be sent.
      assertIncludes(pushed, {
        branch: "main",
        before,
        after: local.heads.get("main"),
        commits: 2,
        snapshots: 2,
        blobs: 2
      })
      assert.deepStrictEqual(seen.at(-1), {
        objects: 6,
        objectsTotal: 6,
        bytes: pushed.bytes,
        bytesTotal: pushed.bytes
      })
      assert.strictEqual(trackingOf(directory, "main"), local.heads.get("main"))
      yield* assertCloneIs(target, local)
      assertIncludes(yield* push({ directory, token }), { commits: 0, before: local.heads.get("main") })
    })
  )

  it.live("of a new branch sends only what no branch of the hub has, although those moved on", () =>
    Effect.gen(function* () {
      const { local, target, directory, token } = yield* stage
      const theirs = copyOf(local)
      for (let step = 0; step < 5; step++) commitTo(theirs, "main", { a: `theirs ${step}` })
      yield* pushBranch(target, theirs, "main")
      local.heads.set("topic", local.heads.get("main") ?? "")
      commitTo(local, "topic", { a: "one", b: "same", topic: "1" })
      writeLocal(directory, local)
      const pushed = yield* push({ directory, token, branch: "topic" })
      assertIncludes(pushed, { before: null, commits: 1, snapshots: 1, blobs: 1 })
      assertIncludes(yield* Effect.flip(push({ directory, token })), {
        _tag: "Diverged",
        remote: theirs.heads.get("main")
      })
      // A branch at an existing commit needs no object at all.
      local.heads.set("again", local.heads.get("topic") ?? "")
      writeLocal(directory, local)
      assertIncludes(yield* push({ directory, token, branch: "again" }), { commits: 0, before: null })
    })
  )

  it.live("after merges sends what is new and nothing of the sides", () =>
    Effect.gen(function* () {
      const { local, directory, target, token } = yield* stage
      const base = local.heads.get("main") ?? ""
      const trunk: Array<string> = []
      for (let step = 0; step < 10; step++) trunk.push(commitTo(local, "main", { a: `${step}`, b: "same" }))
      yield* pushBranch(target, local, "main")
      local.heads.set("side", base)
      const side = commitTo(local, "side", { a: "one", b: "same", s: "1" })
      commitTo(local, "main", { a: "9", b: "same", s: "1" }, { parents: [trunk.at(-1) ?? "", side] })
      writeLocal(directory, local)
      yield* fetch({ directory })
      assertIncludes(yield* push({ directory, token }), { commits: 2, snapshots: 2, blobs: 1 })
    })
  )

  it.live("with force moves back, and with expect only from the expected head", () =>
    Effect.gen(function* () {
      const { local, target, directory, token } = yield* stage
      const first = CommitId.make(local.heads.get("main") ?? "")
      const theirs = copyOf(local)
      const second = CommitId.make(commitTo(theirs, "main", { a: "theirs" }))
      yield* pushBranch(target, theirs, "main")
      yield* fetch({ directory })
      commitTo(local, "main", { a: "mine" })
      writeLocal(directory, local)
      const lost = yield* Effect.flip(push({ directory, token, force: true, expect: first }))
      assertIncludes(lost, { _tag: "RemoteRefused", status: 409, type: "urn:musehub:problem:head-moved" })
      assert.strictEqual(trackingOf(directory, "main"), second)
      yield* push({ directory, token, force: true, expect: second })
      assert.strictEqual(trackingOf(directory, "main"), local.heads.get("main"))
      local.heads.set("new", first)
      writeLocal(directory, local)
      assertIncludes(yield* push({ directory, token, branch: "new", expect: null }), { after: first })
    })
  )

  it.live("of everything puts back what the store of the hub has lost, and says what that was", () =>
    Effect.gen(function* () {
      const { hub, local, target, directory, token } = yield* stage
      commitTo(local, "main", { a: "two", b: "same", large: new Uint8Array(3_000_000).fill(7) })
      writeLocal(directory, local)
      yield* push({ directory, token })
      assertIncludes(yield* push({ directory, token, complete: true }), {
        commits: 2,
        took: { commits: 0, snapshots: 0, blobs: 0 }
      })
      yield* loseObjects(Context.get(hub.services, ObjectStore), RepositoryId.make((yield* refs(target)).id))
      assertIncludes(yield* push({ directory, token }), { commits: 0, took: undefined })
      assertIncludes(yield* push({ directory, token, complete: true }), {
        commits: 2,
        took: { commits: 2, snapshots: 2, blobs: 4 }
      })
      yield* assertCloneIs(target, local)
    })
  )

  it.live("reports what is wrong: no branch, no token, a damaged object", () =>
    Effect.gen(function* () {
      const { local, directory, token } = yield* stage
      assert.strictEqual((yield* Effect.flip(push({ directory, token, branch: "none" })))._tag, "BranchAbsent")
      assert.strictEqual((yield* Effect.flip(push({ directory, token, branch: "a..b" })))._tag, "BranchNameRefused")
      commitTo(local, "main", { a: "three", large: Buffer.alloc(2_000_000, 1) })
      writeLocal(directory, local)
      assertIncludes(yield* Effect.flip(push({ directory })), { _tag: "RemoteRefused", status: 401 })
      for (const content of ["three", Buffer.alloc(2_000_000, 1)]) {
        const id = blobId(content)
        const path = join(".muse/objects", id.slice(0, 2), id.slice(2))
        const whole = readFileSync(join(directory, path))
        writeFileSync(join(directory, path), Buffer.concat([whole.subarray(1), Buffer.from("x")]))
        assertIncludes(yield* Effect.flip(push({ directory, token })), { _tag: "LocalDamage", path })
        rmSync(join(directory, path))
        assertIncludes(yield* Effect.flip(push({ directory, token })), { _tag: "LocalDamage", path })
        writeFileSync(join(directory, path), whole)
      }
      yield* push({ directory, token })
    })
  )

  it.live("is not repeated when its answer is lost, and the next push finds out", () =>
    Effect.gen(function* () {
      const { hub, local, target, directory, token } = yield* stage
      const proxy = yield* faultyProxy(hub.url)
      commitTo(local, "main", { a: "two" })
      writeLocal(directory, local, `${proxy.endpoint}/${target.repository}`)
      proxy.decide(({ path }) => (path.endsWith("/push") ? { do: "loseAnswer" } : { do: "pass" }))
      assert.strictEqual((yield* Effect.flip(push({ directory, token })))._tag, "RemoteUnreachable")
      assert.strictEqual(proxy.seen.filter(({ path }) => path.endsWith("/push")).length, 1)
      assertIncludes(yield* push({ directory, token }), { commits: 0 })
      assert.strictEqual(trackingOf(directory, "main"), local.heads.get("main"))
    })
  )
})
