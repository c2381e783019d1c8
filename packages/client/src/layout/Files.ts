/**
 * The files of one folder, with three guarantees. Nothing is written outside the folder: every folder on the way is
 * checked, and a symbolic link is refused. A file is complete or absent: it is written elsewhere and renamed. And a
 * renamed file is on the disk, unless it was written unsynced.
 */
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { Sha256 } from "@musehub/domain/object/Id"
import { Effect, Option, Stream } from "effect"
import type { Stats } from "node:fs"
import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { FileFailed, PathRefused } from "../errors.ts"
import { incomingFolder } from "./names.ts"

export type FolderError = FileFailed | PathRefused

export const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** Runs a step of the file system. Not interruptible, since an abandoned step could still change something later. */
export const attempt = <A>(operation: string, path: string, run: () => Promise<A>): Effect.Effect<A, FolderError> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: run,
      catch: (cause) => (cause instanceof PathRefused ? cause : new FileFailed({ operation, path, cause }))
    })
  )

/** The most files of a folder that one step examines, reads or writes in parallel. */
export const filesAtOnce = 16

const absentCodes: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR"])

/** Runs a step that needs a file; returns `otherwise` if the file is absent. */
export const unlessAbsent = async <A, B>(otherwise: B, run: () => Promise<A>): Promise<A | B> => {
  try {
    return await run()
  } catch (cause) {
    if (absentCodes.has(codeOf(cause))) return otherwise
    throw cause
  }
}

/** The kind of entry at a path. */
export type Standing = "absent" | "file" | "folder" | "other"

const standingOf = (found: Stats | undefined): Standing => {
  if (found === undefined) return "absent"
  if (found.isFile()) return "file"
  return found.isDirectory() ? "folder" : "other"
}

/** Whether the bytes are synced before the file gets its name. */
type Sync = "synced" | "unsynced"

/** The most bytes read at once, and the room for what a file has beyond its size. */
const chunkBytes = 256 * 1024
const moreBytes = 1024

export class Files {
  /** Absolute. */
  readonly directory: string
  /** Folders that were checked. */
  readonly #folders = new Set<string>()
  #temporaries = 0

  constructor(directory: string) {
    this.directory = directory
  }

  absolute(path: string): string {
    return join(this.directory, path)
  }

  /** Returns the kind of entry at a path; does not follow a symbolic link. */
  standing(path: string): Effect.Effect<Standing, FolderError> {
    return attempt("look at", path, () => this.#standing(path))
  }

  async #standing(path: string): Promise<Standing> {
    return standingOf(await unlessAbsent(undefined, () => lstat(this.absolute(path))))
  }

  /** Returns the size of a file; none if there is no file at the path. */
  size(path: string): Effect.Effect<Option.Option<number>, FolderError> {
    return attempt("look at", path, async () => {
      const found = await unlessAbsent(undefined, () => lstat(this.absolute(path)))
      return found?.isFile() === true ? Option.some(found.size) : Option.none()
    })
  }

  /**
   * Returns a file's modification time, in milliseconds of its file system's clock; none if the path does not exist.
   */
  modifiedMillis(path: string): Effect.Effect<Option.Option<number>, FolderError> {
    return attempt("look at", path, async () =>
      Option.map(
        Option.fromNullishOr(await unlessAbsent(undefined, () => lstat(this.absolute(path)))),
        ({ mtimeMs }) => mtimeMs
      )
    )
  }

  /** Reads the text of a file; none if there is no such path, or a folder in its place. */
  text(path: string): Effect.Effect<Option.Option<string>, FolderError> {
    return attempt("read", path, async () => {
      try {
        return Option.some(await readFile(this.absolute(path), "utf8"))
      } catch (cause) {
        const code = codeOf(cause)
        if (code === "EISDIR" || absentCodes.has(code)) return Option.none()
        throw cause
      }
    })
  }

  bytes(path: string): Effect.Effect<Uint8Array, FolderError> {
    return attempt("read", path, () => readFile(this.absolute(path)))
  }

  /** Streams a file. */
  stream(path: string): Stream.Stream<Uint8Array, FolderError> {
    const opened = Effect.acquireRelease(
      attempt("read", path, () => open(this.absolute(path), "r")),
      (handle) => Effect.orDie(attempt("close", path, () => handle.close()))
    )
    const sized = Effect.flatMap(opened, (handle) =>
      attempt("read", path, async () => ({ handle, size: (await handle.stat()).size }))
    )
    return Stream.unwrap(
      Effect.map(sized, ({ handle, size }) =>
        Stream.unfold(0, (position) =>
          attempt("read", path, async () => {
            const length = Math.min(chunkBytes, Math.max(moreBytes, size - position))
            const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
            return bytesRead === 0 ? undefined : ([buffer.subarray(0, bytesRead), position + bytesRead] as const)
          })
        )
      )
    )
  }

  /** Lists the names in a folder, in no order; empty if there is no folder. */
  names(path: string): Effect.Effect<ReadonlyArray<string>, FolderError> {
    return attempt("list", path, () => unlessAbsent([], () => readdir(this.absolute(path))))
  }

  /** Lists the files below a folder, including symbolic links, relative to it and in no order. */
  filesBelow(path: string): Effect.Effect<ReadonlyArray<string>, FolderError> {
    const below = async (folder: string, prefix: string): Promise<ReadonlyArray<string>> => {
      const entries = await unlessAbsent([], () => readdir(folder, { withFileTypes: true }))
      const found: Array<string> = []
      for (const entry of entries) {
        if (entry.isDirectory()) found.push(...(await below(join(folder, entry.name), `${prefix}${entry.name}/`)))
        else found.push(prefix + entry.name)
      }
      return found
    }
    return attempt("list", path, () => below(this.absolute(path), ""))
  }

  /** Creates the folder of a path if it is missing, and refuses a link on the way. */
  async #makeFolderOf(path: string): Promise<void> {
    const slash = path.lastIndexOf("/")
    if (slash < 0) return
    const folder = path.slice(0, slash)
    if (this.#folders.has(folder)) return
    await this.#makeFolderOf(folder)
    if ((await this.#standing(folder)) === "absent") await this.#mkdir(folder)
    if ((await this.#standing(folder)) !== "folder") {
      throw new PathRefused({ path, reason: `cannot be written: ${folder} is not a folder, or a link to one` })
    }
    this.#folders.add(folder)
  }

  /** Creates a folder, unless another write has created it meanwhile. */
  async #mkdir(folder: string): Promise<void> {
    try {
      await mkdir(this.absolute(folder))
    } catch (cause) {
      if (codeOf(cause) !== "EEXIST") throw cause
    }
  }

  /** Creates a folder and its parents. */
  makeFolder(path: string): Effect.Effect<void, FolderError> {
    return attempt("make folder", path, () => this.#makeFolderOf(`${path}/`))
  }

  /** Writes a file in place, for content that is not read before it is complete. */
  plain(path: string, content: string): Effect.Effect<void, FolderError> {
    return attempt("write", path, () => writeFile(this.absolute(path), content))
  }

  #newTemporary(): string {
    this.#temporaries += 1
    return `${incomingFolder}/${this.#temporaries}`
  }

  /** Writes bytes to a temporary file and returns its path. */
  writeTemporary(content: Uint8Array | string, sync: Sync = "synced"): Effect.Effect<string, FolderError> {
    return Effect.suspend(() => {
      const path = this.#newTemporary()
      return attempt("write", path, async () => {
        const handle = await open(this.absolute(path), "wx")
        try {
          await handle.writeFile(content)
          if (sync === "synced") await handle.datasync()
        } finally {
          await handle.close()
        }
        return path
      })
    })
  }

  /** Writes a stream to a temporary file and returns its path. */
  streamTemporary<E, R>(
    content: Stream.Stream<Uint8Array, E, R>,
    sync: Sync = "synced"
  ): Effect.Effect<string, E | FolderError, R> {
    return Effect.suspend(() => {
      const path = this.#newTemporary()
      const opened = Effect.acquireRelease(
        attempt("write", path, () => open(this.absolute(path), "wx")),
        (handle) => Effect.orDie(attempt("close", path, () => handle.close()))
      )
      const written = Effect.flatMap(opened, (handle) =>
        content.pipe(
          Stream.runForEach((chunk) => attempt("write", path, () => handle.writeFile(chunk))),
          Effect.andThen(sync === "synced" ? attempt("write", path, () => handle.datasync()) : Effect.void)
        )
      )
      return Effect.as(Effect.scoped(written), path)
    })
  }

  /**
   * Renames a temporary file to its path, and says whether it did: an existing file is kept unless `over` is "replace".
   */
  publish(temporary: string, path: string, over: "keep" | "replace"): Effect.Effect<boolean, FolderError> {
    return attempt("write", path, async () => {
      await this.#makeFolderOf(path)
      const standing = await this.#standing(path)
      if (standing !== "absent" && standing !== "file") {
        throw new PathRefused({ path, reason: "cannot be written: it exists and is not a file" })
      }
      const isNamed = standing === "absent" || over === "replace"
      if (isNamed) await rename(this.absolute(temporary), this.absolute(path))
      else await unlink(this.absolute(temporary))
      return isNamed
    })
  }

  /** Writes a file atomically. */
  replace(path: string, content: Uint8Array | string): Effect.Effect<void, FolderError> {
    return Effect.flatMap(this.writeTemporary(content), (temporary) =>
      Effect.asVoid(this.publish(temporary, path, "replace"))
    )
  }

  /** Removes a file and then its empty parent folders, up to `top`. */
  remove(path: string, top: string): Effect.Effect<void, FolderError> {
    return attempt("remove", path, async () => {
      await unlessAbsent(undefined, () => unlink(this.absolute(path)))
      for (let folder = parentOf(path); folder !== "" && folder !== top; folder = parentOf(folder)) {
        if (!(await this.#removeEmpty(folder))) return
      }
    })
  }

  async #removeEmpty(folder: string): Promise<boolean> {
    try {
      await rmdir(this.absolute(folder))
    } catch (cause) {
      const code = codeOf(cause)
      if (code === "ENOENT") return true
      if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") return false
      throw cause
    }
    this.#forget(folder)
    return true
  }

  /** Removes a folder that contains only folders; fails if it contains anything else. */
  removeEmptyFolders(path: string): Effect.Effect<void, FolderError> {
    const below = async (folder: string): Promise<void> => {
      for (const entry of await readdir(this.absolute(folder), { withFileTypes: true })) {
        if (entry.isDirectory()) await below(`${folder}/${entry.name}`)
      }
      await rmdir(this.absolute(folder))
      this.#forget(folder)
    }
    return attempt("remove", path, () => below(path))
  }

  /** Forgets a removed folder, so that it is created again. */
  #forget(folder: string): void {
    for (const known of this.#folders)
      if (known === folder || known.startsWith(`${folder}/`)) this.#folders.delete(known)
  }

  /** Removes a file, or a folder with its contents. */
  removeAll(path: string): Effect.Effect<void, FolderError> {
    return attempt("remove", path, () => rm(this.absolute(path), { recursive: true, force: true }))
  }

  /** Computes the SHA-256 of a file. */
  hash(path: string): Effect.Effect<Sha256, FolderError> {
    return Effect.suspend(() => {
      const hash = incrementalSha256()
      return Effect.map(
        Stream.runForEach(this.stream(path), (chunk) => Effect.sync(() => hash.update(chunk))),
        () => hash.digest()
      )
    })
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
