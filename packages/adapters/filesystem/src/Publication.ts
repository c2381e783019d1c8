/**
 * Turns a finished temporary file into an object: link(2) creates its name atomically and never replaces a file. A
 * damaged file is replaced by rename(2), atomically too. So readers see every byte or none.
 */
import type { Receipt } from "@musehub/domain/port/ObjectStore"
import { dirname } from "node:path"
import type { Folders } from "./Folders.ts"
import { codeOf, fstat, fsync, futimes, link, readExactly, rename, withFile } from "./system.ts"
import { discard } from "./Workbench.ts"

export type Outcome = Receipt["outcome"]

/** The bytes of the new file, for comparison with an existing one. */
export interface Source {
  readonly size: number
  readonly read: (position: number, length: number) => Promise<Uint8Array> | Uint8Array
}

const compareBytesMax = 256 * 1024

/**
 * The most attempts: an object may be deleted while it is compared, which frees its name. More often than this is no
 * accident.
 */
const attemptsMax = 5

/**
 * Links the file to its name, unless the same bytes have it. Either way it is durable only after the folder's next
 * sync.
 */
export const publish = async (
  folders: Folders,
  temporary: string,
  path: string,
  source: Source,
  refreshAgeMillis: number
): Promise<Outcome> => {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (await folders.within(dirname(path), () => linkUnlessTaken(temporary, path))) return "created"
    const existing = await compareWithExisting(path, source, refreshAgeMillis)
    if (existing === "identical") return existing
    if (existing === "different") {
      await folders.within(dirname(path), () => replace(temporary, path))
      return "replaced"
    }
  }
  throw new Error(`the object was deleted ${attemptsMax} times while it was being put`)
}

const linkUnlessTaken = async (temporary: string, path: string): Promise<boolean> => {
  try {
    await link(temporary, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  }
}

/** Replaces a file; the temporary file stays, for its owner to remove. */
const replace = async (temporary: string, path: string): Promise<void> => {
  const second = `${temporary}.right`
  await link(temporary, second)
  await rename(second, path).catch((cause: unknown) => discard(second, cause))
}

const compareWithExisting = async (
  path: string,
  source: Source,
  refreshAgeMillis: number
): Promise<"identical" | "different" | "gone"> => {
  try {
    return await withFile(path, "r", undefined, async (descriptor) => {
      const { size, mtimeMs } = await fstat(descriptor)
      if (size !== source.size || !(await isSame(descriptor, source))) return "different"
      const now = Date.now()
      if (now - mtimeMs > refreshAgeMillis) {
        await futimes(descriptor, now / 1000, now / 1000)
        await fsync(descriptor)
        // Garbage collection may have removed the name just before, so that the refresh was too late.
        if ((await fstat(descriptor)).nlink === 0) return "gone"
      }
      return "identical"
    })
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return "gone"
    throw cause
  }
}

const isSame = async (descriptor: number, source: Source): Promise<boolean> => {
  for (let position = 0; position < source.size; position += compareBytesMax) {
    const length = Math.min(compareBytesMax, source.size - position)
    const [existing, wanted] = await Promise.all([
      readExactly(descriptor, position, length),
      source.read(position, length)
    ])
    if (Buffer.compare(existing, wanted) !== 0) return false
  }
  return true
}
