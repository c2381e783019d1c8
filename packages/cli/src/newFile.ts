/** Writes a file that appears when it is whole, and never takes the place of another one. */
import { Effect, Schema, Stream } from "effect"
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { link, open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"

/** A file cannot be read or written. `what` says what was tried. */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", {
  kind: errorKind("refused"),
  what: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.what}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

const tried = <A>(what: string, act: () => Promise<A>) =>
  Effect.tryPromise({ try: act, catch: (cause) => new FileFailed({ what, cause }) })

/** Returns the size of a file. */
export const fileBytes = (path: string) =>
  Effect.map(
    tried(`the file ${path} cannot be read`, () => stat(path)),
    ({ size }) => size
  )

/** There is a file of that name. */
export class FileExists extends Schema.TaggedError<FileExists>()("FileExists", {
  kind: errorKind("conflict"),
  path: Schema.String
}) {
  override get message() {
    return `there is already a file ${this.path}; name another one, or delete it first`
  }
}

/** Returns the system's name for a failure, such as `ENOENT`. */
export const codeOf = (cause: unknown): unknown => (cause instanceof Error && "code" in cause ? cause.code : undefined)

const isTaken = ({ cause }: FileFailed): boolean => codeOf(cause) === "EEXIST"

/** What link(2) says where a file has one name only, as on FAT and on some network file systems. */
const withoutLinks: ReadonlySet<unknown> = new Set(["EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"])

/**
 * Gives a file its name, where there is no file of that name. Without links the name is taken by an empty file first,
 * which the other one then replaces in one step.
 */
export const givenName = async (written: string, path: string, linking = link): Promise<void> => {
  try {
    await linking(written, path)
  } catch (cause) {
    if (!withoutLinks.has(codeOf(cause))) throw cause
    await (await open(path, "wx", 0o600)).close()
    try {
      await rename(written, path)
    } catch (failure) {
      await rm(path, { force: true })
      throw failure
    }
  }
}

/** Flushes the entries of a folder to the disk. */
const flushFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r")
  await handle.sync().finally(() => handle.close())
}

/**
 * Writes the bytes beside `path`, lets `check` read them, and then gives them the name, where there is no file of that
 * name. What fails leaves no file behind. Where there is one from the beginning, no byte is read.
 */
export const writeNewFile = Effect.fnUntraced(function* <E, R, E2, R2>(
  path: string,
  bytes: Stream.Stream<Uint8Array, E, R>,
  check: (written: string) => Effect.Effect<void, E2, R2>
) {
  if (existsSync(path)) return yield* new FileExists({ path })
  const what = `the file ${path} cannot be written`
  const written = `${path}.${randomUUID()}.part`
  yield* Effect.addFinalizer(() =>
    Effect.catch(
      tried(what, () => rm(written, { force: true })),
      (error) => Effect.logWarning(`the file ${written} is left behind; delete it`, error)
    )
  )
  const handle = yield* Effect.acquireRelease(
    tried(what, () => open(written, "wx", 0o600)),
    // All that was written is on the disk by now, or the whole has failed.
    (opened) => Effect.ignore(tried(what, () => opened.close()))
  )
  yield* Stream.runForEach(bytes, (chunk) => tried(what, () => handle.writeFile(chunk)))
  yield* tried(what, () => handle.sync())
  yield* check(written)
  yield* Effect.catchIf(
    tried(what, () => givenName(written, path)),
    isTaken,
    () => Effect.fail(new FileExists({ path }))
  )
  yield* tried(what, () => flushFolder(dirname(path)))
}, Effect.scoped)
