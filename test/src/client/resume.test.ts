/**
 * A clone that is cut off anywhere: what arrived stays, no partial object is visible, and the clone that is finished
 * later equals one that was never interrupted.
 */
import { assert, describe, it } from "@effect/vitest"
import { clone, type Cloned } from "@musehub/client/operation/clone"
import { fetch } from "@musehub/client/operation/fetch"
import { verify } from "@musehub/client/operation/verify"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import { createCipheriv, createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { start } from "../cli/program.ts"
import { commitTo, copyOf, type Growing, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { mergeAll } from "../e2e/muse/mergeAll.ts"
import { refs } from "../e2e/muse/MuseClient.ts"
import { faultyProxy, first, pass } from "../services/FaultyProxy.ts"
import { seeded } from "../support/seeded.ts"
import { atOnce, memoryHub, oneTry, pathsOf, published, temporaryFolder, treeOf, urlOf } from "./support.ts"

/** Bytes that do not compress. */
const noise = (seed: string, bytes: number): Uint8Array => {
  const key = createHash("sha256").update(seed).digest()
  return createCipheriv("aes-256-ctr", key, new Uint8Array(16)).update(new Uint8Array(bytes))
}

/** Makes twenty commits on two branches: small files that change, empty ones, and one that is streamed. */
const grown = (): Growing => {
  const local = growing()
  const files: Record<string, Uint8Array | string> = { empty: "" }
  for (let step = 0; step < 20; step++) {
    files[`d${step % 7}/f${step}`] = noise(`file ${step}`, 100 + ((step * 7919) % 60_000))
    files["always"] = `changed ${step}`
    if (step === 15) files["large.bin"] = noise("large", 1_100_000)
    if (step === 10) local.heads.set("side", local.heads.get("main") ?? "")
    commitTo(local, "main", files)
    if (step > 10 && step % 4 === 0) commitTo(local, "side", { ...files, "of-the-side": `${step}` })
  }
  return local
}

const history = grown()

/** Removes what differs between any two clones: the time of their creation. */
const isTimed = (path: string): boolean => path === ".muse/repo.json" || path === ".muse/config.toml"

const isFetch = ({ path }: { readonly path: string }) => path.endsWith("/fetch")

/** Asserts that every stored object is whole and has everything it refers to, whether or not refs reach it. */
const assertSound = Effect.fnUntraced(function* (directory: string) {
  const { faults } = yield* verify({ directory })
  assert.deepStrictEqual(
    faults.filter(({ path }) => path !== ".muse/HEAD"),
    []
  )
})

/** How often each clone is cut: `MUSEHUB_CUTS`, or ten times. */
const cuts = Number(process.env["MUSEHUB_CUTS"] ?? 10)

describe("a clone that is cut off", () => {
  const stage = Effect.gen(function* () {
    const hub = yield* memoryHub
    const local = copyOf(history)
    const target = yield* published(hub, "cut", local)
    const proxy = yield* faultyProxy(hub.url)
    const whole = join(yield* temporaryFolder, "whole")
    const uncut = yield* clone({ url: urlOf(target), directory: whole })
    return {
      hub,
      target,
      local,
      proxy,
      url: `${proxy.endpoint}/${target.repository}`,
      uncut,
      // As a list: to compare two maps, their whole contents are sorted.
      tree: [...treeOf(whole, isTimed)]
    }
  })

  it.live.each([
    ["from packs as they were pushed", false],
    ["from merged packs", true]
  ] as const)(`%s, at ${cuts} random points, is finished by the next run and identical`, ([, isMerged]) =>
    Effect.gen(function* () {
      const { hub, proxy, target, url, uncut, tree } = yield* stage
      if (isMerged) {
        const id = RepositoryId.make((yield* refs(target)).id)
        assert.isAbove(yield* Effect.provideContext(mergeAll(id), hub.services), 1)
      }
      const random = seeded(7)
      let kept = 0
      for (let round = 0; round < cuts; round++) {
        const directory = join(yield* temporaryFolder, "clone")
        const bytes = random.below(uncut.bytes)
        proxy.decide(first(1, isFetch, { do: "truncate", bytes }))
        const broken = yield* Effect.flip(oneTry(clone({ url, directory })))
        assert.strictEqual(broken._tag, "RemoteUnreachable", `cut at ${bytes}: ${broken.message}`)
        yield* assertSound(directory)
        const arrived = readdirSync(join(directory, ".muse"), { recursive: true, encoding: "utf8" }).filter((path) =>
          /^(?:commits\/|objects\/[0-9a-f]{2}\/(?!b0c44298fc1c149a))/.test(path)
        ).length
        assert.isFalse(existsSync(join(directory, ".muse/HEAD")))
        assert.isFalse(existsSync(join(directory, ".muse/incoming")))
        // Objects that arrived are not written again.
        const before = new Map(pathsOf(directory, isTimed).map((path) => [path, statSync(join(directory, path)).ino]))
        proxy.decide(() => pass)
        const finished: Cloned = yield* oneTry(clone({ url, directory }))
        assert.isTrue(finished.resumed)
        assert.deepStrictEqual([...treeOf(directory, isTimed)], tree, `cut at ${bytes}`)
        for (const [path, inode] of before) {
          if (path !== ".muse/unfinished.json") assert.strictEqual(statSync(join(directory, path)).ino, inode, path)
        }
        // Neither a commit nor a blob that arrived comes again, whether or not the blob's commit had arrived.
        assert.isAtMost(finished.objects, uncut.objects - arrived)
        if (finished.objects < uncut.objects) kept += 1
        yield* assertSound(directory)
      }
      assert.isAbove(kept, cuts / 2, "most cuts keep some objects")
    })
  )

  it.live("in the middle of one commit, keeps the files of it that arrived", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const local = growing()
      commitTo(
        local,
        "main",
        Object.fromEntries(Array.from({ length: 60 }, (_, file) => [`f${file}`, noise(`${file}`, 9000)]))
      )
      const target = yield* published(hub, "one", local)
      const proxy = yield* faultyProxy(hub.url)
      const url = `${proxy.endpoint}/${target.repository}`
      const directory = join(yield* temporaryFolder, "clone")
      let objects = 62
      for (const bytes of [200_000, 150_000]) {
        proxy.decide(first(1, isFetch, { do: "truncate", bytes, lingerMillis: 500 }))
        const seen: Array<number> = []
        yield* Effect.flip(
          oneTry(clone({ url, directory, onProgress: (progress) => seen.push(progress.objectsTotal) }))
        )
        assert.strictEqual(seen[0], objects)
        const left =
          62 -
          readdirSync(join(directory, ".muse/objects")).flatMap((name) =>
            readdirSync(join(directory, ".muse/objects", name))
          ).length
        assert.isBelow(left, objects - 10)
        objects = left
      }
      const finished = yield* oneTry(clone({ url, directory }))
      assert.strictEqual(finished.objects, objects)
      yield* assertSound(directory)
    })
  )

  it.live("continues by itself, as long as each attempt gains something", () =>
    Effect.gen(function* () {
      const { proxy, url, tree } = yield* stage
      const directory = join(yield* temporaryFolder, "clone")
      let attempts = 0
      // More failures in a row than are tolerated without any gain.
      proxy.decide((seen) => {
        if (!isFetch(seen)) return pass
        attempts += 1
        return attempts <= 8 ? { do: "truncate", bytes: 80_000, lingerMillis: 20 } : pass
      })
      const cloned = yield* atOnce(clone({ url, directory }))
      assert.isFalse(cloned.resumed)
      assert.strictEqual(attempts, 9)
      assert.deepStrictEqual([...treeOf(directory, isTimed)], tree)
    })
  )

  it.live("in the middle of a large file, requests that file again", () =>
    Effect.gen(function* () {
      const { proxy, url, uncut, tree } = yield* stage
      const directory = join(yield* temporaryFolder, "clone")
      // The large file is more than half of everything, and neither first nor last.
      proxy.decide(first(3, isFetch, { do: "truncate", bytes: Math.floor(uncut.bytes / 2) }))
      yield* atOnce(clone({ url, directory }))
      assert.deepStrictEqual([...treeOf(directory, isTimed)], tree)
    })
  )

  it.live("gives up when nothing comes, and when the hub is away", () =>
    Effect.gen(function* () {
      const { proxy, url } = yield* stage
      const directory = join(yield* temporaryFolder, "clone")
      let attempts = 0
      proxy.decide((seen) => {
        if (!isFetch(seen)) return pass
        attempts += 1
        return { do: "loseRequest" }
      })
      assert.strictEqual((yield* Effect.flip(atOnce(clone({ url, directory }))))._tag, "RemoteUnreachable")
      assert.strictEqual(attempts, 5)
      proxy.decide(first(4, () => true, { do: "answer", status: 503, code: "Away" }))
      yield* atOnce(clone({ url, directory }))
    })
  )

  it.live("requests the new objects when the hub has moved on meanwhile", () =>
    Effect.gen(function* () {
      const { proxy, url, target, local, uncut } = yield* stage
      const directory = join(yield* temporaryFolder, "clone")
      proxy.decide(first(1, isFetch, { do: "truncate", bytes: Math.floor(uncut.bytes * 0.95) }))
      yield* Effect.flip(oneTry(clone({ url, directory })))
      commitTo(local, "main", { only: "this" })
      assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
      const finished = yield* oneTry(clone({ url, directory }))
      assert.strictEqual(finished.head, local.heads.get("main"))
      yield* assertSound(directory)
      const whole = join(yield* temporaryFolder, "whole")
      yield* clone({ url, directory: whole })
      assert.deepStrictEqual([...treeOf(directory, isTimed)], [...treeOf(whole, isTimed)])
    })
  )

  it.live("between tree and refs, with the hub moved on, recognises its own files", () =>
    Effect.gen(function* () {
      const { proxy, url, target, local } = yield* stage
      const stuck = join(yield* temporaryFolder, "stuck")
      proxy.decide(first(1, isFetch, { do: "truncate", bytes: 2_000 }))
      yield* Effect.flip(oneTry(clone({ url, directory: stuck })))
      // A folder is in the place of a branch's file: the clone gets as far as the refs.
      mkdirSync(join(stuck, ".muse/refs/heads/main"), { recursive: true })
      proxy.decide(() => pass)
      assert.strictEqual((yield* Effect.flip(clone({ url, directory: stuck })))._tag, "PathRefused")
      assert.isTrue(existsSync(join(stuck, "always")))
      rmSync(join(stuck, ".muse/refs/heads/main"), { recursive: true })
      commitTo(local, "main", { always: "new", "d0/f0": "new" })
      yield* pushBranch(target, local, "main")
      yield* clone({ url, directory: stuck })
      assert.deepStrictEqual(
        [...treeOf(stuck, (path) => path.startsWith(".muse/"))],
        [
          ["always", "new"],
          ["d0/f0", "new"]
        ]
      )
      assert.isFalse(existsSync(join(stuck, ".muse/unfinished.json")))
    })
  )

  it.live("by SIGKILL is finished by the next process", () =>
    Effect.gen(function* () {
      const { url, tree, uncut } = yield* stage
      const random = seeded(11)
      const folder = yield* temporaryFolder
      for (let round = 0; round < 3; round++) {
        const name = `clone-${round}`
        const directory = join(folder, name)
        const commits = join(directory, ".muse/commits")
        const objects = join(directory, ".muse/objects")
        const child = start(["clone", url, name, "--json"], { directory: folder })
        const enough = [objects, commits, join(directory, "always")][round] ?? objects
        yield* Effect.promise(async () => {
          while (!existsSync(enough)) await new Promise((resolve) => setTimeout(resolve, 1))
          await new Promise((resolve) => setTimeout(resolve, random.below(10)))
        })
        child.signal("SIGKILL")
        yield* Effect.promise(() => child.ended)
        if (existsSync(join(directory, ".muse/HEAD"))) continue
        yield* assertSound(directory)
        const finished = yield* clone({ url, directory })
        assert.isTrue(finished.resumed)
        assert.isAtMost(finished.objects, uncut.objects)
        assert.deepStrictEqual([...treeOf(directory, isTimed)], tree)
        yield* assertSound(directory)
      }
    })
  )
})

describe("a fetch that is cut off", () => {
  it.live("leaves refs unchanged, and the next one requests the rest", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const local = growing()
      commitTo(local, "main", { a: "one" })
      const target = yield* published(hub, "fetched", local)
      const proxy = yield* faultyProxy(hub.url)
      const url = `${proxy.endpoint}/${target.repository}`
      const directory = join(yield* temporaryFolder, "clone")
      yield* clone({ url, directory })
      const before = treeOf(
        join(directory, ".muse"),
        (path) => path.startsWith("objects") || path.startsWith("commits")
      )
      for (let step = 0; step < 30; step++) commitTo(local, "main", { a: "one", b: noise(`b ${step}`, 20_000) })
      yield* pushBranch(target, local, "main")
      proxy.decide(first(1, isFetch, { do: "truncate", bytes: 300_000 }))
      yield* Effect.flip(oneTry(fetch({ directory })))
      const after = treeOf(join(directory, ".muse"))
      for (const [path, content] of before) assert.strictEqual(after.get(path), content, path)
      yield* assertSound(directory)
      const finished = yield* oneTry(fetch({ directory }))
      assert.isBelow(finished.objects, 90)
      assert.strictEqual(treeOf(join(directory, ".muse")).get("remotes/origin/main"), local.heads.get("main"))
      assert.strictEqual((yield* fetch({ directory })).objects, 0)
    })
  )

  it.live("does not count a commit as present that it cannot read, or that lacks a file", () =>
    Effect.gen(function* () {
      const hub = yield* memoryHub
      const local = growing()
      for (let step = 0; step < 6; step++) commitTo(local, "main", { a: `step ${step}` })
      const target = yield* published(hub, "damaged", local)
      const proxy = yield* faultyProxy(hub.url)
      const url = `${proxy.endpoint}/${target.repository}`
      const directory = join(yield* temporaryFolder, "clone")
      yield* clone({ url, directory })
      // As if the last steps of the clone had not happened, and an object had been lost with them.
      for (const name of ["HEAD", "refs", "remotes"]) rmSync(join(directory, ".muse", name), { recursive: true })
      writeFileSync(join(directory, ".muse/unfinished.json"), "not JSON")
      const lost = createHash("sha256").update("step 3").digest("hex")
      rmSync(join(directory, ".muse/objects", lost.slice(0, 2), lost.slice(2)))
      const finished = yield* clone({ url, directory })
      // Steps 3 to 5 with their snapshots and blobs come again; 0 to 2 were present.
      assert.strictEqual(finished.objects, 9)
      yield* assertSound(directory)
    })
  )
})
