/**
 * The folder in which a legacy hub kept the bytes of blobs. Paths come from its database, which took them from
 * requests, so none may lead out of the folder, neither by its text nor by a link.
 */
import { type LegacyFiles, pathInFolder } from "@musehub/domain/port/legacy/LegacyFiles"
import { LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect, Result, Stream } from "effect"
import { constants } from "node:fs"
import { type FileHandle, open, realpath, stat } from "node:fs/promises"
import { join, sep } from "node:path"

const chunkBytesMax = 256 * 1024

const codeOf = (cause: unknown): unknown => (cause instanceof Error && "code" in cause ? cause.code : undefined)

const failed = (operation: string) => (cause: unknown) => {
  const code = codeOf(cause)
  const reason = code === "EACCES" || code === "EPERM" ? new Refused({ cause }) : new Fault({ cause })
  return new LegacyUnavailable({ operation, reason })
}

/** Not interruptible: a call that outlived its fiber would leave a file open or use a closed one. */
const attempt = <A>(operation: string, run: () => Promise<A>) =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: failed(operation) }))

/** Does not follow a link that appears now, nor wait for the writer of a pipe. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads the next bytes of a file, at most `count`. */
const nextChunk = async (file: FileHandle, count: number): Promise<Uint8Array> => {
  const chunk = new Uint8Array(count)
  const { bytesRead } = await file.read(chunk, 0, count)
  return chunk.subarray(0, bytesRead)
}

/**
 * Reads a small file in one go: a stream with a scope of its own takes longer than the reading. It ends as `inChunks`
 * does.
 */
const whole = (path: string, real: string, size: number): Stream.Stream<Uint8Array, LegacyUnavailable> =>
  Stream.fromEffect(
    attempt(`reading ${path}`, async () => {
      const file = await open(real, flags)
      try {
        const bytes = new Uint8Array(size + 1)
        for (let at = 0; ;) {
          const { bytesRead } = await file.read(bytes, at)
          at += bytesRead
          if (bytesRead === 0 || at >= size) return bytes.subarray(0, at)
        }
      } finally {
        await file.close()
      }
    })
  )

/** Reads a file of `size` bytes. One that has grown is cut one byte later, which shows that it is another. */
const inChunks = (path: string, real: string, size: number): Stream.Stream<Uint8Array, LegacyUnavailable> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        attempt(`opening ${path}`, () => open(real, flags)),
        (file) => Effect.orDie(attempt(`closing ${path}`, () => file.close()))
      ),
      (file) =>
        Stream.unfold(size + 1, (left) => {
          const count = Math.min(left, chunkBytesMax)
          if (count === 0) return Effect.succeed(undefined)
          return Effect.map(
            attempt(`reading ${path}`, () => nextChunk(file, count)),
            (chunk) => {
              if (chunk.byteLength === 0) return undefined
              const after = left - chunk.byteLength
              // A file ends where a read returns less than was asked for.
              return [chunk, after === 1 && chunk.byteLength < count ? 0 : after] as const
            }
          )
        })
    )
  )

const contentOf = (path: string, real: string, size: number) =>
  size < chunkBytesMax ? whole(path, real, size) : inChunks(path, real, size)

/** Resolves all links of a path; undefined if nothing is there. */
const realPathOf = async (path: string): Promise<string | undefined> => {
  try {
    return await realpath(path)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined
    throw cause
  }
}

/** Opens the folder; fails if it does not exist. */
export const openLegacyFolder = Effect.fnUntraced(function* (directory: string) {
  const top = yield* attempt(`opening the folder ${directory}`, async () => {
    const found = await realpath(directory)
    if (!(await stat(found)).isDirectory()) throw new Error("it is not a folder")
    return found
  })
  const folder: LegacyFiles = {
    file: Effect.fnUntraced(function* (repositoryId, diskPath) {
      if (diskPath.startsWith("s3://")) return Result.fail("its bytes are in a bucket, not in the folder")
      const path = pathInFolder(repositoryId, diskPath)
      if (path === undefined) return Result.fail("its path is none of the folder's")
      const real = yield* attempt(`finding ${path}`, () => realPathOf(join(top, path)))
      if (real === undefined) return Result.fail("its file is not in the folder")
      if (!real.startsWith(top + sep)) return Result.fail("its path leads out of the folder")
      const found = yield* attempt(`finding ${path}`, () => stat(real))
      if (!found.isFile()) return Result.fail("its path names no file")
      return Result.succeed({ size: found.size, content: contentOf(path, real, found.size) })
    })
  }
  return folder
})
