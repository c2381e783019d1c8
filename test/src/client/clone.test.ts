/** Clones of what the real client made: its folder is reproduced file by file, and can fill a hub again. */
import { assert, describe, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { push } from "@musehub/client/operation/push"
import { verify } from "@musehub/client/operation/verify"
import { Effect, Redacted } from "effect"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assertCloneIs } from "../e2e/muse/assertContent.ts"
import { goldenNames, goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { blobsOf, emptyBlobId, type LocalRepository, walk } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { type Fields, textOf } from "../e2e/muse/Value.ts"
import {
  assertIncludes,
  isFolder,
  memoryHub,
  pathsOf,
  published,
  temporaryFolder,
  treeOf,
  urlOf,
  workingTree
} from "./support.ts"

const vectors = new URL("../../vectors/repos/", import.meta.url).pathname

const recordOf = (records: ReadonlyMap<string, Fields>, id: string): Fields => records.get(id) ?? new Map()

/** The folder of a golden repository, reduced to what its branches reach, under the names of a clone. */
const expectedFolder = (name: string, local: LocalRepository): ReadonlyMap<string, string> => {
  const reachable = walk(local.commits, local.heads.values())
  const snapshots = new Set(reachable.map((id) => textOf(recordOf(local.commits, id), "snapshot_id")))
  const blobs = new Set([...snapshots].flatMap((id) => blobsOf(recordOf(local.snapshots, id))))
  const wanted = new Set([
    "HEAD",
    ...reachable.map((id) => `commits/${id}.json`),
    ...[...snapshots].map((id) => `snapshots/${id}.json`),
    ...[...blobs].map((id) => `objects/${id.slice(0, 2)}/${id.slice(2)}`)
  ])
  const files = new Map([...treeOf(join(vectors, name))].filter(([path]) => wanted.has(path)))
  if (blobs.has(emptyBlobId)) files.set(`objects/${emptyBlobId.slice(0, 2)}/${emptyBlobId.slice(2)}`, "")
  for (const [branch, id] of local.heads) {
    files.set(`refs/heads/${branch}`, id)
    files.set(`remotes/origin/${branch}`, id)
  }
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Sorts the manifests of merges and drops the proofs of hashed parents: their order and place are not defined. */
const comparable = (files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...files].map(([path, text]) => {
      if (path.startsWith("snapshots/")) {
        const { manifest, ...rest } = JSON.parse(text) as { readonly manifest: Record<string, string> }
        return [path, JSON.stringify({ ...rest, manifest: Object.entries(manifest).toSorted() })] as const
      }
      return [path, text.replace(/,\n  "hashed_parent_ids": \[[^\]]*\]\n\}\n$/, "\n}\n")] as const
    })
  )

describe("a clone", () => {
  for (const name of goldenNames) {
    it.live(`of ${name} equals the real client's folder, and fills another hub with the same`, () =>
      Effect.gen(function* () {
        const hub = yield* memoryHub
        const local = goldenRepository(name)
        const target = yield* published(hub, name, local)
        const directory = join(yield* temporaryFolder, "clone")
        const cloned = yield* clone({ url: urlOf(target), directory })
        assert.strictEqual(cloned.head, local.heads.get("main"))
        assert.strictEqual(cloned.branches, local.heads.size)
        assert.isFalse(cloned.resumed)

        const skipped = new Set(["repo.json", "config.toml"])
        const folder = treeOf(join(directory, ".muse"), (path) => skipped.has(path))
        assert.deepStrictEqual(comparable(folder), comparable(expectedFolder(name, local)))
        const fields = [
          /"repo_id": "[0-9a-f-]{36}"/,
          /"schema_version": "0.1.5"/,
          /"created_at": "[^"]{32}"/,
          /"domain": "[a-z]+"/
        ]
        assert.match(
          readFileSync(join(directory, ".muse/repo.json"), "utf8"),
          new RegExp(`^\\{\\n {2}${fields.map(({ source }) => source).join(",\\n {2}")}\\n\\}\\n$`)
        )
        assert.strictEqual(
          readFileSync(join(directory, ".muse/config.toml"), "utf8"),
          `[remotes.origin]\nurl = "${urlOf(target)}"\nbranch = "main"\n`
        )

        const head = recordOf(local.commits, local.heads.get("main") ?? "")
        const manifest = recordOf(local.snapshots, textOf(head, "snapshot_id")).get("manifest")
        assert.instanceOf(manifest, Map)
        const tree = [...manifest].map(([path, id]) => [
          String(path),
          Buffer.from(local.blobs.get(String(id)) ?? "").toString("latin1")
        ])
        assert.deepStrictEqual([...workingTree(directory)].toSorted(), tree.toSorted())

        const verified = yield* verify({ directory })
        assert.deepStrictEqual(verified.faults, [])
        assert.strictEqual(verified.commits, walk(local.commits, local.heads.values()).length)

        const other = yield* hub.repository(`${name}-again`)
        writeFileSync(
          join(directory, ".muse/config.toml"),
          `[remotes.origin]\nurl = "${urlOf(other)}"\nbranch = "main"\n`
        )
        for (const branch of local.heads.keys()) yield* push({ directory, branch, token: hub.token })
        yield* assertCloneIs(other, { ...local, ...reachableOf(local) })
      })
    )
  }

  it.live("of an empty repository is an empty repository", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const target = yield* hub.repository("empty")
      const directory = join(yield* temporaryFolder, "a/b")
      const cloned = yield* clone({ url: `${urlOf(target)}/`, directory })
      assertIncludes(cloned, { head: null, branches: 0, objects: 0 })
      assert.deepStrictEqual(pathsOf(directory), [
        ".muse/HEAD",
        ".muse/config.toml",
        ".muse/refs/heads/main",
        ".muse/repo.json"
      ])
      assert.deepStrictEqual((yield* verify({ directory })).faults, [])
    })
  )

  it.live("goes into a folder that is empty or does not exist, and into no other", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const url = urlOf(yield* published(hub, "linear", goldenRepository("linear")))
      const directory = yield* temporaryFolder
      writeFileSync(join(directory, "mine"), "")
      const occupied = yield* Effect.flip(clone({ url, directory }))
      assert.strictEqual(occupied._tag, "FolderUnfit")
      assert.deepStrictEqual(pathsOf(directory), ["mine"])
      rmSync(join(directory, "mine"))
      yield* clone({ url, directory })
      const again = yield* Effect.flip(clone({ url, directory }))
      assert.match(again.message, /is a repository already; use pull/)
    })
  )

  it.live("creates no folder for a repository that does not exist", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const directory = join(yield* temporaryFolder, "clone")
      const error = yield* Effect.flip(clone({ url: `${hub.url}/ada/nothing`, directory }))
      assertIncludes(error, { _tag: "RemoteRefused", status: 404 })
      assert.isFalse(isFolder(directory))
    })
  )

  it.live("needs a token for a private repository, and stores it nowhere", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const { token } = hub
      const target = yield* createRepository(hub.url, Redacted.value(token), "ada/secret", { visibility: "private" })
      const directory = join(yield* temporaryFolder, "clone")
      const refused = yield* Effect.flip(clone({ url: urlOf(target), directory }))
      assert.strictEqual(refused._tag, "RemoteRefused")
      yield* clone({ url: urlOf(target), directory, token })
      for (const [path, content] of treeOf(directory)) assert.notInclude(content, Redacted.value(token), path)
    })
  )

  it.live("fails at once while another process uses the folder, and takes over from one that has ended", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const url = urlOf(yield* hub.repository("busy"))
      const directory = yield* temporaryFolder
      mkdirSync(join(directory, ".muse/incoming"), { recursive: true })
      // The parent of this process is alive; a process with the greatest number is not.
      writeFileSync(join(directory, ".muse/incoming/owner"), String(process.ppid))
      assertIncludes(yield* Effect.flip(clone({ url, directory })), { _tag: "FolderBusy", pid: process.ppid })
      writeFileSync(join(directory, ".muse/incoming/owner"), "4194304")
      writeFileSync(join(directory, ".muse/incoming/7"), "half an object")
      // And one that ended while it took over a lock.
      mkdirSync(join(directory, ".muse/incoming-x"))
      writeFileSync(join(directory, ".muse/incoming-x/owner"), "4194304")
      yield* clone({ url, directory })
      assert.isFalse(isFolder(join(directory, ".muse/incoming")))
      assert.isFalse(isFolder(join(directory, ".muse/incoming-x")))
    })
  )
})

const reachableOf = (local: LocalRepository): Pick<LocalRepository, "commits" | "snapshots" | "blobs"> => {
  const ids = new Set(walk(local.commits, local.heads.values()))
  const commits = new Map([...local.commits].filter(([id]) => ids.has(id)))
  const named = new Set([...commits.values()].map((commit) => textOf(commit, "snapshot_id")))
  const snapshots = new Map([...local.snapshots].filter(([id]) => named.has(id)))
  const content = new Set([...snapshots.values()].flatMap(blobsOf))
  return { commits, snapshots, blobs: new Map([...local.blobs].filter(([id]) => content.has(id))) }
}
