/**
 * The cache's folder: it saves store reads across restarts, its files are verified before use, and no failure of it
 * fails a read.
 */
import type { CacheOptions } from "@musehub/adapter-cache/CachedObjectStore"
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import { BlobId } from "@musehub/domain/object/Id"
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Effect, Logger, Stream } from "effect"
import { mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises"
import { basename, dirname, join, relative } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { arriving, blob, bytesOf, inPieces, keyOf, mislabeled, newRepository } from "@musehub/contract/StoreSamples"
import { injecting, scripted } from "../support/faultyStore.ts"
import type { Store } from "../support/interposedStore.ts"
import { cachedOver, cachedStore, filesIn, mebibyte, metric, newFolder, packOf, withOwnMetrics } from "./support.ts"

const repository = newRepository()

const onDisk = (directory: string, bytesMax = 1024 * mebibyte): CacheOptions => ({
  memoryBytesMax: 0,
  disk: { directory, bytesMax }
})

const whole = (stream: Stream.Stream<Uint8Array, unknown>) => Stream.mkUint8Array(stream)

/** Runs an effect and returns the warnings that it logged. */
const warningsOf = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") warnings.push(String(message))
  })
  yield* Effect.provide(effect, Logger.layer([logger]))
  return warnings
})

/** Changes one byte of a file. */
const flip = (path: string, position: number) =>
  Effect.promise(async () => {
    const bytes = await readFile(path)
    bytes[position] = (bytes[position] ?? 0) ^ 1
    await writeFile(path, bytes)
  })

const pieceFileBytes = 256 * 1024 + 64

it.live("answers what was read, streamed or put from disk after a restart", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const directory = yield* newFolder
      const before = yield* cachedStore(onDisk(directory))
      const large = bytesOf(3 * mebibyte + 1)
      const [read, streamed, put] = [blob("read"), blobOf(large), blobOf(bytesOf(1000))]
      yield* before.bare.put(repository, read)
      yield* before.bare.put(repository, streamed)
      yield* before.store.get(keyOf(repository, read))
      assert.deepStrictEqual(yield* whole(before.store.stream(keyOf(repository, streamed))), large)
      yield* before.store.put(repository, put)
      const files = (yield* filesIn(directory)).map((path) => relative(directory, path))
      assert.deepStrictEqual(
        files,
        [read, streamed, put].map(({ id, type }) => `${repository}/${type}/${id.slice(0, 2)}/${id}`).toSorted()
      )

      const after = yield* cachedOver(before.bare, onDisk(directory))
      assert.deepStrictEqual(yield* after.store.get(keyOf(repository, read)), new TextEncoder().encode("read"))
      assert.deepStrictEqual(yield* after.store.get(keyOf(repository, put)), bytesOf(1000))
      assert.deepStrictEqual(yield* after.store.get(keyOf(repository, streamed)), large)
      assert.deepStrictEqual(yield* whole(after.store.stream(keyOf(repository, streamed))), large)
      assert.deepStrictEqual(
        yield* whole(after.store.stream(keyOf(repository, read))),
        new TextEncoder().encode("read")
      )
      assert.deepStrictEqual(after.count.calls, [])
      assert.strictEqual(yield* metric("musehub_cache_hits_total", "disk"), 5)
    })
  )
)

it.live("answers blocks and the directory of a pack from disk after a restart", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const directory = yield* newFolder
      const before = yield* cachedStore(onDisk(directory))
      const { file, ranges } = yield* packOf([bytesOf(700_000), bytesOf(700_000, 2)])
      const key = keyOf(repository, file)
      const expected = ranges.map(({ end, start }) => file.content.slice(start, end))
      const read = (from: Store) => Effect.forEach(ranges, (range) => whole(from.stream(key, range)))
      yield* before.bare.put(repository, file)
      assert.deepStrictEqual(yield* read(before.store), expected)
      assert.deepStrictEqual(
        (yield* filesIn(directory)).map((path) => relative(directory, path)),
        ranges.map(({ end, start }) => `${repository}/pack/${key.id.slice(0, 2)}/${key.id}-${start}-${end}`).toSorted()
      )
      const { count, store } = yield* cachedOver(before.bare, onDisk(directory))
      assert.deepStrictEqual(yield* read(store), expected)
      assert.deepStrictEqual(count.calls, [])
      assert.strictEqual(yield* metric("musehub_cache_hits_total", "disk"), 3)

      // A damaged file is removed, and the range is read from the store.
      const [path = ""] = yield* filesIn(directory)
      yield* flip(path, 1000)
      assert.lengthOf(yield* warningsOf(Effect.map(read(store), (seen) => assert.deepStrictEqual(seen, expected))), 1)
      assert.lengthOf(count.of("stream"), 1)
      assert.deepStrictEqual(yield* read(store), expected)
      assert.lengthOf(count.of("stream"), 1)
    })
  )
)

it.live("fills memory from disk", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const options = { ...onDisk(directory), memoryBytesMax: mebibyte }
    const before = yield* cachedStore(options)
    yield* before.store.put(repository, blob("a"))
    const { count, store } = yield* cachedOver(before.bare, options)
    const key = keyOf(repository, blob("a"))
    yield* store.get(key)
    yield* Effect.promise(() => rm(join(directory, repository), { recursive: true }))
    assert.deepStrictEqual(yield* store.get(key), new TextEncoder().encode("a"))
    assert.deepStrictEqual(count.of("get"), [])
  })
)

it.live("removes a damaged file instead of serving it, wherever the damage is, and warns once", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, count, store } = yield* cachedStore(onDisk(directory))
    const small = { key: keyOf(repository, blobOf(bytesOf(300))), bytes: bytesOf(300) }
    const big = { key: keyOf(repository, blobOf(bytesOf(3 * mebibyte))), bytes: bytesOf(3 * mebibyte) }
    yield* bare.put(repository, blobOf(small.bytes))
    yield* bare.put(repository, blobOf(big.bytes))
    const damages: ReadonlyArray<readonly [typeof small | typeof big, (path: string) => Effect.Effect<void>]> = [
      // The hash itself, the first byte, the last byte, the middle piece, a cut, a cut between pieces, an empty file.
      [small, (path) => flip(path, 3)],
      [small, (path) => flip(path, 64)],
      [small, (path) => flip(path, 63 + small.bytes.byteLength)],
      [small, (path) => Effect.promise(() => truncate(path, 70))],
      [small, (path) => Effect.promise(() => truncate(path, 0))],
      [big, (path) => flip(path, 0)],
      [big, (path) => flip(path, 5 * pieceFileBytes + 1000)],
      [big, (path) => flip(path, 12 * pieceFileBytes - 1)],
      [big, (path) => Effect.promise(() => truncate(path, 7 * pieceFileBytes))],
      [big, (path) => Effect.promise(() => truncate(path, 7 * pieceFileBytes + 10))]
    ]
    const warnings = yield* warningsOf(
      Effect.gen(function* () {
        for (const [{ bytes, key }, damage] of damages) {
          for (const read of [store.get(key), whole(store.stream(key))]) {
            yield* store.get(key)
            const [path = "", ...others] = (yield* filesIn(directory)).filter((path) => basename(path) === key.id)
            assert.deepStrictEqual(others, [])
            yield* damage(path)
            count.reset()
            assert.deepStrictEqual(yield* read, bytes)
            assert.strictEqual(count.of("get").length + count.of("stream").length, 1)
            // A whole read wrote the file anew; after a streamed one, the next reader does.
            assert.deepStrictEqual(yield* store.get(key), bytes)
          }
        }
      })
    )
    assert.strictEqual(warnings.length, 1)
    assert.match(warnings[0] ?? "", /^the cache on disk failed at read .*; objects are read from the store instead/)
  })
)

it.live("reads a part from its pieces alone, and from the store after a damaged piece", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, count, store } = yield* cachedStore(onDisk(directory))
    const bytes = bytesOf(3 * mebibyte)
    const key = keyOf(repository, blobOf(bytes))
    yield* bare.put(repository, blobOf(bytes))
    yield* store.get(key)
    const [path = ""] = yield* filesIn(directory)
    yield* flip(path, 6 * pieceFileBytes + 1000)
    count.reset()
    const piece = 256 * 1024
    const part = (start: number, end: number) =>
      Effect.map(whole(store.stream(key, { start, end })), (read) =>
        assert.deepStrictEqual(read, bytes.slice(start, end))
      )
    yield* part(100, 200)
    yield* part(piece, 6 * piece)
    yield* part(2 * piece - 1, 2 * piece + 1)
    yield* part(7 * piece, 3 * mebibyte)
    assert.lengthOf(count.calls, 0)
    const warnings = yield* warningsOf(part(5 * piece + 10, 6 * piece + 10))
    assert.lengthOf(warnings, 1)
    assert.lengthOf(count.of("stream"), 1)
    assert.lengthOf(yield* filesIn(directory), 0)
  })
)

it.live("does not serve a file under another object's name, though it is intact", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, store } = yield* cachedStore(onDisk(directory))
    const [ada, bob] = [bytesOf(1000, 1), bytesOf(1000, 2)]
    yield* store.put(repository, blobOf(ada))
    yield* store.put(repository, blobOf(bob))
    const pathOf = (bytes: Uint8Array) => {
      const { id } = blobOf(bytes)
      return join(directory, repository, "blob", id.slice(0, 2), id)
    }
    yield* Effect.promise(() => rename(pathOf(ada), pathOf(bob)))
    const restarted = yield* cachedOver(bare, onDisk(directory))
    for (const served of [store, restarted.store]) {
      const warnings = yield* warningsOf(
        Effect.map(served.get(keyOf(repository, blobOf(bob))), (bytes) => assert.deepStrictEqual(bytes, bob))
      )
      // The second finds what the first has repaired.
      assert.strictEqual(warnings.length, served === store ? 1 : 0)
    }
    assert.deepStrictEqual(yield* store.get(keyOf(repository, blobOf(ada))), ada)
  })
)

it.live("keeps files within the limit and evicts the least recently used first, also after a restart", () =>
  withOwnMetrics(
    Effect.gen(function* () {
      const directory = yield* newFolder
      const bytesMax = 100_000
      const { bare, store } = yield* cachedStore(onDisk(directory, bytesMax))
      const objects = Array.from({ length: 14 }, (_, seed) => blobOf(bytesOf(8000, seed + 1)))
      const idsHeld = Effect.map(filesIn(directory), (paths) => paths.map((path) => basename(path)).toSorted())
      const [first] = objects
      assert.isDefined(first)
      for (const object of objects) {
        yield* store.put(repository, object)
        yield* store.get(keyOf(repository, first))
        assert.isAtMost(yield* metric("musehub_cache_bytes", "disk"), bytesMax)
      }
      // Two blocks each, so twelve fit.
      const kept = [first, ...objects.slice(3)]
      assert.deepStrictEqual(yield* idsHeld, kept.map(({ id }): string => id).toSorted())
      assert.strictEqual(yield* metric("musehub_cache_evictions_total", "disk"), 2)

      // The order of use outlives the process in the files' modification times.
      yield* Effect.promise(async () => {
        for (const [age, { id }] of objects.entries()) {
          const path = join(directory, repository, "blob", id.slice(0, 2), id)
          if (kept.some((object) => object.id === id)) await utimes(path, 2_000_000 - age, 2_000_000 - age)
        }
      })
      const { store: restarted } = yield* cachedOver(bare, onDisk(directory, bytesMax / 2))
      assert.deepStrictEqual(yield* idsHeld, [first, ...objects.slice(3, 8)].map(({ id }): string => id).toSorted())

      // A use refreshes the file's modification time, though not every use.
      const path = join(directory, repository, "blob", first.id.slice(0, 2), first.id)
      yield* restarted.get(keyOf(repository, first))
      const { mtimeMs } = yield* Effect.promise(() => stat(path))
      assert.isBelow(Math.abs(mtimeMs - Date.now()), 60_000)

      const tooLarge = blobOf(bytesOf(20_000))
      yield* store.put(repository, tooLarge)
      assert.notInclude(yield* idsHeld, tooLarge.id as string)
    })
  )
)

it.live("removes the file when the blob is deleted, and when the store replaced damaged bytes", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, store } = yield* cachedStore(onDisk(directory))
    const bytes = bytesOf(1000)
    yield* store.put(repository, blobOf(bytes))
    yield* store.put(repository, blob("a"))
    assert.strictEqual((yield* filesIn(directory)).length, 2)
    yield* store.delete(keyOf(repository, blob("a")))
    assert.strictEqual((yield* filesIn(directory)).length, 1)
    yield* bare.delete(keyOf(repository, blobOf(bytes)))
    yield* bare.put(repository, mislabeled(blobOf(bytes), bytesOf(1000, 2)))
    yield* store.put(repository, arriving(bytes))
    assert.deepStrictEqual(yield* filesIn(directory), [])
    assert.deepStrictEqual(yield* store.get(keyOf(repository, blobOf(bytes))), bytes)
    assert.strictEqual((yield* filesIn(directory)).length, 1)
  })
)

it.live("leaves no file behind when a stream fails, is left early, or is overtaken by a deletion", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare } = yield* cachedStore(onDisk(directory))
    const bytes = bytesOf(3 * mebibyte)
    const key = keyOf(repository, blobOf(bytes))
    yield* bare.put(repository, blobOf(bytes))

    const cut = new StoreUnavailable({ operation: "stream", key: "", reason: new Fault({ cause: "injected: cut" }) })
    const failing = yield* cachedOver(
      { ...bare, stream: () => Stream.concat(inPieces(bytes.subarray(0, 2 * mebibyte)), Stream.fail(cut)) },
      onDisk(directory)
    )
    assert.strictEqual(yield* Effect.flip(Stream.runDrain(failing.store.stream(key))), cut)
    assert.deepStrictEqual(yield* filesIn(directory), [])

    for (const wrong of [bytesOf(3 * mebibyte, 2), bytesOf(3 * mebibyte - 1), bytesOf(3 * mebibyte + 1)]) {
      const lying = yield* cachedOver({ ...bare, stream: () => inPieces(wrong) }, onDisk(directory))
      assert.deepStrictEqual(yield* whole(lying.store.stream(key)), wrong)
      assert.deepStrictEqual(yield* filesIn(directory), [])
    }

    const { store } = yield* cachedOver(bare, onDisk(directory))
    yield* Stream.runDrain(Stream.take(store.stream(key), 3))
    assert.deepStrictEqual(yield* filesIn(directory), [])

    let seen = 0
    yield* Stream.runForEach(store.stream(key), (chunk) => {
      seen += chunk.byteLength
      return seen === bytes.byteLength ? store.delete(key) : Effect.void
    })
    assert.deepStrictEqual(yield* filesIn(directory), [])
    assert.strictEqual((yield* Effect.flip(Stream.runDrain(store.stream(key))))._tag, "ObjectMissing")

    // None of this blocks the next read.
    yield* bare.put(repository, blobOf(bytes))
    const [first, second] = yield* Effect.all([whole(store.stream(key)), whole(store.stream(key))], { concurrency: 2 })
    assert.deepStrictEqual(first, bytes)
    assert.deepStrictEqual(second, bytes)
    assert.strictEqual((yield* filesIn(directory)).length, 1)
  })
)

it.live("streams an object to its end when it is evicted while it is streamed from disk", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, count, store } = yield* cachedStore(onDisk(directory))
    const bytes = bytesOf(3 * mebibyte)
    const key = keyOf(repository, blobOf(bytes))
    yield* bare.put(repository, blobOf(bytes))
    yield* Stream.runDrain(store.stream(key))
    count.reset()
    let isGone = false
    const read = yield* whole(
      Stream.tap(store.stream(key), () => {
        if (isGone) return Effect.void
        isGone = true
        return Effect.promise(() => rm(join(directory, repository), { recursive: true }))
      })
    )
    assert.deepStrictEqual(read, bytes)
    assert.deepStrictEqual(count.calls, [])
    // An eviction by another hub that shares the folder is no fault.
    assert.deepStrictEqual(yield* warningsOf(Effect.asVoid(store.get(key))), [])
  })
)

it.live("warns once and fails no read when the folder cannot be used", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const file = join(folder, "a file")
    yield* Effect.promise(() => writeFile(file, "in the way"))
    const bytes = bytesOf(3 * mebibyte)
    const warnings = yield* warningsOf(
      Effect.gen(function* () {
        const { store } = yield* cachedStore(onDisk(join(file, "cache")))
        for (const object of [blob("ada"), blobOf(bytes)]) {
          yield* store.put(repository, object)
          for (let round = 0; round < 2; round += 1) {
            assert.strictEqual((yield* store.get(keyOf(repository, object))).byteLength, object.size)
            assert.strictEqual((yield* whole(store.stream(keyOf(repository, object)))).byteLength, object.size)
          }
          yield* store.delete(keyOf(repository, object))
        }
      })
    )
    assert.strictEqual(warnings.length, 1)
    assert.strictEqual(yield* Effect.promise(() => readFile(file, "utf8")), "in the way")
  })
)

it.live("fails no stream when the folder vanishes during a write, and uses it again once it is back", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare, store } = yield* cachedStore(onDisk(directory))
    const bytes = bytesOf(3 * mebibyte)
    const key = keyOf(repository, blobOf(bytes))
    yield* bare.put(repository, blobOf(bytes))
    let isGone = false
    const warnings = yield* warningsOf(
      Effect.gen(function* () {
        const read = yield* whole(
          Stream.tap(store.stream(key), () => {
            if (isGone) return Effect.void
            isGone = true
            return Effect.promise(() => rm(directory, { recursive: true }))
          })
        )
        assert.deepStrictEqual(read, bytes)
        assert.deepStrictEqual(yield* whole(store.stream(key)), bytes)
      })
    )
    assert.strictEqual(warnings.length, 1)
    yield* Effect.promise(() => mkdir(join(directory, "tmp"), { recursive: true }))
    yield* Stream.runDrain(store.stream(key))
    assert.strictEqual((yield* filesIn(directory)).length, 1)
  })
)

it.live("leaves other programs' files in the folder alone, and removes the remains of a crash", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const before = yield* cachedStore(onDisk(directory))
    yield* before.store.put(repository, blob("a"))
    const own = join(directory, repository, "blob", blob("a").id.slice(0, 2))
    const foreign = [
      join(directory, "notes.txt"),
      join(directory, "tmp", "notes.txt"),
      join(directory, repository, "notes", "ab", blob("a").id),
      join(own, "notes.txt"),
      join(own, `${"0".repeat(64)}`),
      join(own, `${blob("a").id}-0-10`),
      join(directory, repository, "pack", blob("a").id.slice(0, 2), blob("a").id)
    ]
    const [young, old] = [join(directory, "tmp", newRepository()), join(directory, "tmp", newRepository())]
    const impossible = join(own, `${blob("a").id.slice(0, 2)}${"0".repeat(62)}`)
    yield* Effect.promise(async () => {
      for (const path of [...foreign, young, old, impossible]) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, "too short to be a piece")
      }
      await utimes(old, 1000, 1000)
    })
    yield* cachedOver(before.bare, onDisk(directory, 0))
    assert.deepStrictEqual(yield* filesIn(directory), [...foreign, young].toSorted())
  })
)

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}

it.live("keeps memory constant while a large object is streamed to disk and from it", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const { bare } = yield* cachedStore({ memoryBytesMax: 0 })
    const chunk = bytesOf(mebibyte)
    const size = 96 * mebibyte
    const hash = incrementalSha256()
    for (let sent = 0; sent < size; sent += mebibyte) hash.update(chunk)
    const key = { repository, type: "blob", id: BlobId.make(hash.digest()) } as const
    const chunks = Stream.unfold(0, (sent) =>
      Effect.sync(() => (sent === size ? undefined : ([chunk.slice(), sent + mebibyte] as const)))
    )
    const generating = {
      ...bare,
      head: () => Effect.succeed({ id: key.id, size, storageUri: "memory:generated", storedAtMillis: 0 }),
      stream: () => chunks
    }
    const { count, store } = yield* cachedOver(generating, {
      memoryBytesMax: 64 * mebibyte,
      disk: { directory, bytesMax: 8 * size + mebibyte }
    })
    for (const source of ["store", "disk"]) {
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      let seen = 0
      yield* Stream.runForEach(store.stream(key), (chunk) =>
        Effect.sync(() => {
          seen += chunk.byteLength
          if (seen % (8 * mebibyte) !== 0) return
          collectGarbage()
          most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        })
      )
      assert.strictEqual(seen, size)
      // Garbage since the last collection may still count, as it is swept in the background.
      assert.isBelow(most, 24 * mebibyte, source)
    }
    assert.strictEqual(count.of("stream").length, 1)
    assert.strictEqual((yield* Effect.promise(() => readdir(join(directory, "tmp")))).length, 0)
  })
)

it.live("does not ask a failing store for what is on disk", () =>
  Effect.gen(function* () {
    const directory = yield* newFolder
    const before = yield* cachedStore(onDisk(directory))
    yield* before.store.put(repository, blob("ada"))
    yield* before.store.put(repository, arriving(bytesOf(10)))
    const down = injecting(scripted([{ operation: "get", fault: { failBefore: true } }]))
    const { store } = yield* cachedOver(before.bare, onDisk(directory), down)
    assert.deepStrictEqual(yield* store.get(keyOf(repository, blob("ada"))), new TextEncoder().encode("ada"))
    const error = yield* Effect.flip(store.get(keyOf(repository, blobOf(bytesOf(10)))))
    assert.strictEqual(error._tag, "StoreUnavailable")
  })
)
