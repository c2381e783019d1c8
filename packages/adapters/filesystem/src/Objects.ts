/** Blobs and packs as files: written once in the workbench, then read, refreshed, listed or deleted. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { ContentRefused } from "@musehub/domain/object/Refused"
import {
  type ByteRange,
  isWithin,
  type ObjectHead,
  ObjectMissing,
  type ObjectStore,
  RangeOutside,
  type Receipt,
  type Sealed,
  type StoreUnavailable
} from "@musehub/domain/port/ObjectStore"
import { immutableFolder, type ImmutableKey, immutablePath } from "@musehub/domain/port/StoreKey"
import { Cause, Effect, type Semaphore, Stream } from "effect"
import type { Stats } from "node:fs"
import { dirname, join } from "node:path"
import { attempt, unavailable } from "./fault.ts"
import type { Folders } from "./Folders.ts"
import { publish, type Source } from "./Publication.ts"
import { close, codeOf, fstat, fsync, open, readExactly, readWhole, rmdir, stat, unlink, writeAll } from "./system.ts"
import { discard, fileMode, writeTemporary } from "./Workbench.ts"
import type { Writing } from "./Writing.ts"

/** The state that the parts of an open store share. */
export interface OpenStore {
  /** Absolute path of the top folder. */
  readonly top: string
  readonly folders: Folders
  readonly writing: Writing
  /**
   * Bounds the open files of short operations. Streams are exempt: a slow client holds one open for long, and one
   * stream may be the content of another, so that waiting for permits could deadlock.
   */
  readonly permits: Semaphore.Semaphore
  readonly refreshAgeMillis: number
}

const chunkBytesMax = 256 * 1024

/** Returns the locator of a path, relative to the top folder, so that a store can be moved. */
export const uriOf = (path: string): string => `file:${path}`

export const headOf = (path: string, id: string, found: Stats): ObjectHead => ({
  id,
  size: found.size,
  storageUri: uriOf(path),
  storedAtMillis: Math.floor(found.mtimeMs)
})

export const makeObjects = (
  store: OpenStore
): Pick<ObjectStore["Service"], "put" | "get" | "stream" | "head" | "delete"> => {
  const { folders, permits, refreshAgeMillis, top, writing } = store

  const putWhole = (path: string, bytes: Uint8Array) =>
    attempt("put", path, async () => {
      const file = join(top, path)
      const source: Source = {
        size: bytes.byteLength,
        read: (start, length) => bytes.subarray(start, start + length)
      }
      // Written without checking first whether the object exists: nearly every put is new, and the check costs a sixth
      // more.
      const temporary = await writing.create((fresh) => writeTemporary(fresh, bytes))
      const outcome = await publish(folders, temporary, file, source, refreshAgeMillis).catch((cause: unknown) =>
        discard(temporary, cause)
      )
      // Synced for an existing object too: the process that put it may not have synced it yet.
      await Promise.all([folders.sync(dirname(file)), unlink(temporary)])
      return outcome
    })

  const putStream = (path: string, content: Stream.Stream<Uint8Array, ContentRefused>) =>
    Effect.acquireUseRelease(
      attempt("put", path, () =>
        writing.create(async (temporary) => ({ temporary, descriptor: await open(temporary, "wx+", fileMode) }))
      ),
      ({ descriptor, temporary }) =>
        Stream.runForEach(content, (chunk) => attempt("put", path, () => writeAll(descriptor, chunk))).pipe(
          Effect.andThen(
            attempt("put", path, async () => {
              const file = join(top, path)
              await fsync(descriptor)
              const { size } = await fstat(descriptor)
              const source: Source = { size, read: (start, length) => readExactly(descriptor, start, length) }
              const outcome = await publish(folders, temporary, file, source, refreshAgeMillis)
              await folders.sync(dirname(file))
              return outcome
            })
          )
        ),
      ({ descriptor, temporary }) =>
        attempt("put", path, async () => {
          await close(descriptor)
          await unlink(temporary)
        })
    )

  const put = (repository: RepositoryId, sealed: Sealed): Effect.Effect<Receipt, ContentRefused | StoreUnavailable> => {
    const path = immutableFolder(repository, sealed.type) + sealed.id
    const outcome =
      sealed.content instanceof Uint8Array
        ? permits.withPermit(putWhole(path, sealed.content))
        : putStream(path, sealed.content)
    return Effect.map(outcome, (outcome) => ({ storageUri: uriOf(path), outcome }))
  }

  const attemptOn = <A>(operation: string, key: ImmutableKey, run: (file: string) => Promise<A>) => {
    const path = immutablePath(key)
    return Effect.uninterruptible(
      Effect.tryPromise({
        try: () => run(join(top, path)),
        catch: (cause) => (codeOf(cause) === "ENOENT" ? new ObjectMissing(key) : unavailable(operation, path)(cause))
      })
    )
  }

  const stream = (
    key: ImmutableKey,
    range?: ByteRange
  ): Stream.Stream<Uint8Array, ObjectMissing | RangeOutside | StoreUnavailable> => {
    const path = immutablePath(key)
    return Stream.unwrap(
      Effect.gen(function* () {
        const descriptor = yield* Effect.acquireRelease(
          attemptOn("stream", key, (file) => open(file, "r")),
          (descriptor) => Effect.orDie(attempt("stream", path, () => close(descriptor)))
        )
        const { size } = yield* attempt("stream", path, () => fstat(descriptor))
        if (range !== undefined && !isWithin(range, size)) return yield* new RangeOutside({ ...key, ...range })
        const end = range?.end ?? size
        let position = range?.start ?? 0
        const next = Effect.suspend((): Effect.Effect<Uint8Array, StoreUnavailable | Cause.Done> => {
          if (position === end) return Cause.done()
          const start = position
          position = Math.min(end, start + chunkBytesMax)
          return attempt("stream", path, () => readExactly(descriptor, start, position - start))
        })
        return Stream.fromEffectRepeat(next)
      })
    )
  }

  return {
    // No spans here: a span with its stack costs as much as reading a small file, measured in a clone.
    put,
    get: (key) => permits.withPermit(attemptOn("get", key, readWhole)),
    stream,
    head: (key) =>
      permits.withPermit(attemptOn("head", key, async (file) => headOf(immutablePath(key), key.id, await stat(file)))),
    // Not synced: garbage collection deletes an object again that a power failure brings back.
    delete: (key) =>
      permits.withPermit(
        Effect.catchTag(attemptOn("delete", key, unlinkWithFolder), "ObjectMissing", () => Effect.void)
      )
  }
}

/** Returns the bytes without Node's subclass, whose `slice` shares memory where that of Uint8Array copies. */
export const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Deletes a file, and its folder and that of its repository if nothing else is in them. */
const unlinkWithFolder = async (file: string): Promise<void> => {
  await unlink(file)
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    try {
      await rmdir(folder)
    } catch (cause) {
      if (!inUse.has(codeOf(cause) ?? "")) throw cause
      return
    }
  }
}

const inUse: ReadonlySet<string> = new Set(["ENOTEMPTY", "EEXIST", "ENOENT"])
