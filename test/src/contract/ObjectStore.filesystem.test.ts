/**
 * The object store in a folder keeps the contract, also between processes, across crashes, and when the folder is
 * damaged.
 */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { makeFolders } from "@musehub/adapter-filesystem/Folders"
import { parseFileUrl, plugin } from "@musehub/adapter-filesystem/plugin"
import { assert, it } from "@effect/vitest"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { documentPath, immutableFolder, immutablePath } from "@musehub/domain/port/StoreKey"
import { Context, Deferred, Effect, Fiber, Layer, Option, Result, type Scope, Stream } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"
import { arriving, blob, bytesOf, inPieces, keyOf, newRepository } from "@musehub/contract/StoreSamples"

const newFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-objects-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

const refreshAgeMillis = 100

objectStoreContract(
  "filesystem",
  Layer.unwrap(
    Effect.map(newFolder, (folder) =>
      FilesystemObjectStore.layer(join(folder, "made", "on", "demand"), { refreshAge: refreshAgeMillis })
    )
  ),
  { conditionalWrites: true, signUrls: false, refreshAgeMillis }
)

/** Opens the store until the test, or the given scope, ends. */
const openStore = (folder: string) =>
  Effect.map(Layer.build(FilesystemObjectStore.layer(folder)), (context) => Context.get(context, ObjectStore))

const script = join(import.meta.dirname, "fixtures", "filesystemProcess.ts")

/** Starts another process and waits until it reports that it has reached the wanted point. */
const startProcess = (...parameters: ReadonlyArray<string>): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [script, ...parameters], { stdio: ["ignore", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* Effect.promise(() => once(child.stdout, "data"))
    return child
  })

const kill = (child: ChildProcess) =>
  Effect.promise(async () => {
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  })

const encoded = (count: number) => new TextEncoder().encode(String(count))

const settle = () => new Promise((resolve) => setImmediate(resolve))

const parsed = (url: string) => Result.getOrElse(parseFileUrl(url), (error) => error.message)

const benches = (folder: string) => Effect.promise(() => readdir(join(folder, "tmp")))

/** Returns what other users of the machine may do with anything in a folder, the folder included. */
const openToOthers = (folder: string) =>
  Effect.promise(async () => {
    const paths = [folder, ...(await readdir(folder, { recursive: true })).map((name) => join(folder, name))]
    const modes = await Promise.all(paths.map(async (path) => [path, (await stat(path)).mode & 0o077] as const))
    return modes.filter(([, rights]) => rights !== 0)
  })

it.live("closes all its folders and files to other users of the machine, also those that were there before", () =>
  Effect.gen(function* () {
    const base = yield* newFolder
    for (const folder of [join(base, "a", "new"), join(base, "present")]) {
      if (folder.endsWith("present")) yield* Effect.promise(() => mkdir(folder, { mode: 0o755 }))
      yield* Effect.gen(function* () {
        const store = yield* openStore(folder)
        const repository = newRepository()
        yield* store.documents.write({ kind: "root", repository }, encoded(1), { _tag: "Absent" })
        yield* store.put(repository, blob("small"))
        yield* store.put(repository, arriving(bytesOf(300_000)))
        assert.deepStrictEqual(yield* openToOthers(folder), [])
      }).pipe(Effect.scoped)
    }
    const above = yield* Effect.promise(() => stat(join(base, "a")))
    assert.notStrictEqual(above.mode & 0o077, 0, "a folder above the store is not the store's own")
  })
)

it.live("loses no update when several processes change one document", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const key = { kind: "root", repository } as const
    yield* store.documents.write(key, encoded(0), { _tag: "Absent" })
    yield* Effect.forEach(
      [1, 2, 3],
      () =>
        Effect.gen(function* () {
          const child = yield* startProcess("count", folder, repository, "40")
          if (child.exitCode === null) yield* Effect.promise(() => once(child, "exit"))
          assert.strictEqual(child.exitCode, 0)
        }),
      { concurrency: "unbounded" }
    )
    const read = yield* store.documents.read(key)
    assert.deepStrictEqual(read._tag === "Found" ? read.document.bytes : undefined, encoded(120))
  })
)

it.live(
  "creates a document and puts a blob through two stores over the same folder, and one of them is the first",
  () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const stores = [yield* openStore(folder), yield* openStore(folder)]
      const repository = newRepository()
      for (let sequence = 0; sequence < 20; sequence += 1) {
        const created = yield* Effect.forEach(
          stores,
          (store, index) =>
            Effect.result(
              store.documents.write({ kind: "history", repository, sequence }, encoded(index), { _tag: "Absent" })
            ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(created.filter(Result.isSuccess).length, 1)
        const repositoryOfRound = newRepository()
        const receipts = yield* Effect.forEach(stores, (store) => store.put(repositoryOfRound, blob("by both")), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(receipts.map(({ outcome }) => outcome).toSorted(), ["created", "identical"])
      }
    })
)

it.live("waits for a lock while its holder lives, and takes it once the holder was killed", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const holder = yield* startProcess("hold", folder)
    const key = { kind: "root", repository: newRepository() } as const
    const writing = yield* Effect.forkChild(store.documents.write(key, encoded(1), { _tag: "Absent" }))
    yield* Effect.sleep("100 millis")
    assert.deepStrictEqual(yield* store.documents.read(key), { _tag: "Absent" })
    yield* kill(holder)
    const version = yield* Fiber.join(writing)
    assert.deepStrictEqual(yield* store.documents.read(key, version), { _tag: "Unchanged" })
  })
)

it.live("shows nothing of a process killed with all bytes written, and removes its remains at the next open", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const repository = newRepository()
    const child = yield* startProcess("stall", folder, repository)
    const living = yield* openStore(folder)
    assert.strictEqual((yield* benches(folder)).length, 2)

    yield* kill(child)
    assert.deepStrictEqual((yield* living.list(repository, "blob", { limit: 10 })).items, [])
    assert.deepStrictEqual((yield* living.listRepositories({ limit: 10 })).items, [])
    assert.strictEqual((yield* benches(folder)).length, 2)

    const next = yield* openStore(folder)
    assert.strictEqual((yield* benches(folder)).length, 2)
    // The process that is alive was left alone.
    assert.strictEqual((yield* living.put(repository, blob("a"))).outcome, "created")
    assert.strictEqual((yield* next.put(repository, blob("a"))).outcome, "identical")
  })
)

it.live("leaves no temporary file when it is closed, and finds everything when the folder was moved", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const [before, after] = [join(folder, "before"), join(folder, "after")]
    const repository = newRepository()
    const key = { kind: "root", repository } as const
    const object = blobOf(bytesOf(1000))
    const first = yield* Effect.scoped(
      Effect.gen(function* () {
        const store = yield* openStore(before)
        const receipt = yield* store.put(repository, object)
        yield* store.put(repository, object)
        return { receipt, version: yield* store.documents.write(key, encoded(1), { _tag: "Absent" }) }
      })
    )
    assert.deepStrictEqual(yield* benches(before), [])
    yield* Effect.promise(() => rename(before, after))
    const store = yield* openStore(after)
    assert.strictEqual((yield* store.head(keyOf(repository, object))).storageUri, first.receipt.storageUri)
    assert.deepStrictEqual(yield* store.documents.read(key, first.version), { _tag: "Unchanged" })
  })
)

it.live("leaves no temporary file when a write succeeds, is refused, conflicts or is interrupted", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const key = { kind: "root", repository } as const
    const bytes = bytesOf(100_000)
    const begun = yield* Deferred.make<void>()
    const endless = Stream.concat(inPieces(bytes), Stream.fromEffectDrain(Deferred.succeed(begun, undefined)))
    const size = bytes.byteLength
    const { id } = blobOf(bytes)

    yield* store.put(repository, blobOf(bytes))
    yield* store.put(repository, arriving(bytes))
    const damaged = join(folder, immutablePath(keyOf(repository, blobOf(bytes))))
    for (const right of [blobOf(bytes), arriving(bytes)]) {
      yield* Effect.promise(async () => {
        await chmod(damaged, 0o600)
        await truncate(damaged, 10)
      })
      assert.strictEqual((yield* store.put(repository, right)).outcome, "replaced")
    }
    yield* Effect.flip(store.put(repository, blobArriving(id, size, inPieces(bytesOf(size, 2)))))
    yield* store.documents.write(key, encoded(1), { _tag: "Absent" })
    yield* Effect.flip(store.documents.write(key, encoded(2), { _tag: "Absent" }))
    const putting = yield* Effect.forkChild(
      store.put(newRepository(), blobArriving(id, size, Stream.concat(endless, Stream.never)))
    )
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(putting)

    const [bench = ""] = yield* benches(folder)
    assert.deepStrictEqual(yield* Effect.promise(() => readdir(join(folder, "tmp", bench))), ["lock"])
  })
)

it.live("can write a repository again whose folder was removed", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const key = { kind: "root", repository } as const
    for (let round = 0; round < 2; round += 1) {
      assert.strictEqual((yield* store.put(repository, blob("a"))).outcome, "created")
      yield* store.documents.write(key, encoded(1), { _tag: "Absent" })
      yield* Effect.promise(() => rm(join(folder, "repositories"), { recursive: true }))
      assert.deepStrictEqual((yield* store.listRepositories({ limit: 10 })).items, [])
    }
  })
)

it.live("writes nothing into an empty folder in its place, and writes again when it is restored from a copy", () =>
  Effect.gen(function* () {
    const top = yield* newFolder
    const folder = join(top, "objects")
    const store = yield* openStore(folder)
    const repository = newRepository()
    yield* store.put(repository, blob("first"))
    const copy = join(top, "copy")
    yield* Effect.promise(async () => {
      await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith("/tmp") })
      await rm(folder, { recursive: true })
      await mkdir(folder)
    })
    assert.instanceOf(yield* Effect.flip(store.put(repository, blob("lost"))), StoreUnavailable)
    assert.deepStrictEqual(yield* Effect.promise(() => readdir(folder)), [])
    yield* Effect.promise(async () => {
      await rm(folder, { recursive: true })
      await rename(copy, folder)
    })
    yield* store.put(repository, blob("second"))
    const { items } = yield* store.list(repository, "blob", { limit: 10 })
    assert.strictEqual(items.length, 2)
  })
)

it.live("deletes the folders of a repository with its last object", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const { id } = blob("only")
    yield* store.put(repository, blob("only"))
    yield* store.delete({ repository, type: "blob", id })
    assert.deepStrictEqual(yield* Effect.promise(() => readdir(join(folder, "repositories"))), [])
    yield* store.put(repository, blob("only"))
    assert.strictEqual((yield* store.list(repository, "blob", { limit: 10 })).items.length, 1)
  })
)

it.live("ignores files that do not belong to the store", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    yield* store.put(repository, blob("a"))
    const blobs = join(folder, immutableFolder(repository, "blob"))
    yield* Effect.promise(async () => {
      await writeFile(join(blobs, ".DS_Store"), "")
      await writeFile(join(blobs, `${blob("b").id}.part`), "")
      await writeFile(join(folder, "tmp", "note"), "")
      await mkdir(join(folder, "repositories", "lost+found"))
    })
    assert.deepStrictEqual(
      (yield* store.list(repository, "blob", { limit: 1 })).items.map(({ id }) => id),
      [blob("a").id as string]
    )
    assert.deepStrictEqual(yield* store.listRepositories({ limit: 1 }), { items: [repository], next: Option.none() })
    assert.strictEqual((yield* Effect.scoped(openStore(folder))).location, `file:${folder}`)
  })
)

it.live("fails on a damaged folder instead of reporting a missing object or a short list", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    yield* Effect.promise(async () => {
      await mkdir(join(folder, "repositories"))
      await writeFile(join(folder, "repositories", repository), "a file where a folder belongs")
    })
    const key = keyOf(repository, blob("a"))
    const attempts: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
      store.get(key),
      store.head(key),
      Stream.runDrain(store.stream(key)),
      store.put(repository, blob("a")),
      store.list(repository, "blob", { limit: 10 }),
      store.documents.read({ kind: "root", repository }),
      store.delete(key)
    ]
    for (const attempt of attempts) {
      const error = yield* Effect.flip(attempt)
      assert(error instanceof StoreUnavailable)
      assert.isFalse(error.isRetryable)
      assert.include(String(error.reason.cause), "ENOTDIR")
    }
  })
)

it.live("fails the stream of an object that is truncated while it is read", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const object = blobOf(bytesOf(1024 * 1024))
    const file = join(folder, immutablePath(keyOf(repository, object)))
    yield* store.put(repository, object)
    let seen = 0
    const cut = Effect.promise(async () => {
      await chmod(file, 0o600)
      await truncate(file, 600_000)
    })
    const reading = Stream.runForEach(store.stream(keyOf(repository, object)), (chunk) => {
      seen += chunk.byteLength
      return cut
    })
    assert.strictEqual((yield* Effect.flip(reading))._tag, "StoreUnavailable")
    assert.isBelow(seen, 600_001)
  })
)

it.live("uses the store's keys as paths", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* openStore(folder)
    const repository = newRepository()
    const root = { kind: "root", repository } as const
    yield* store.put(repository, blob("a"))
    yield* store.documents.write(root, encoded(1), { _tag: "Any" })
    assert.isTrue(existsSync(join(folder, immutablePath(keyOf(repository, blob("a"))))))
    assert.isTrue(existsSync(join(folder, documentPath(root))))
  })
)

it("shares the next sync of a folder between names that arrive during a sync, and waits for it", async () => {
  const finish: Array<() => void> = []
  const folders = makeFolders("/top", () => new Promise((resolve) => finish.push(resolve)))
  const done: Array<string> = []
  const note = (name: string) => folders.sync("/top/a").then(() => done.push(name))

  const all = [note("first")]
  await settle()
  all.push(note("second"), note("third"))
  await settle()
  assert.strictEqual(finish.length, 1)

  finish[0]?.()
  await settle()
  assert.deepStrictEqual(done, ["first"])
  assert.strictEqual(finish.length, 2)
  all.push(note("fourth"))
  finish[1]?.()
  await settle()
  assert.deepStrictEqual(done, ["first", "second", "third"])
  assert.strictEqual(finish.length, 3)
  finish[2]?.()
  await Promise.all(all)
})

it.live("accepts a URL that names a folder, and refuses others without side effects", () =>
  Effect.gen(function* () {
    assert.strictEqual(parsed("file:.musehub/objects"), ".musehub/objects")
    assert.strictEqual(parsed("file:/var/lib/muse hub"), "/var/lib/muse hub")
    assert.strictEqual(parsed("file:///var/lib/muse%20hub"), "/var/lib/muse hub")
    for (const url of ["file:", "file:a\0b", "file://elsewhere/a", "s3://bucket"]) {
      const error = yield* Effect.flip(Layer.build(plugin.layer(url)))
      assert.strictEqual(error._tag, "ConfigurationRefused", url)
    }
  })
)
