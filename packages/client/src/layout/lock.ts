/**
 * One operation at a time in a folder. The lock is the folder that also takes the files which are still being written:
 * it is there while an operation runs, and says who runs it, so that one that was killed leaves nothing that stays
 * locked.
 */
import { Clock, Effect, Option, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { rename } from "node:fs/promises"
import { FolderBusy } from "../errors.ts"
import { attempt, codeOf, type Files, type FolderError } from "./Files.ts"
import { incomingFolder, museFolder } from "./names.ts"

/** Holds the number of the process. */
const ownerFile = `${incomingFolder}/owner`

/** Folders that this very process works in; its own number alone cannot tell a lock of its own from an old one. */
const held = new Set<string>()

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) !== "ESRCH"
  }
}

/** Most times that a lock is taken from a process that has ended. */
const triesMax = 3

/** Moves a folder to a name that must be free, or an empty folder; tells whether it could. */
const moved = (files: Files, from: string, to: string): Effect.Effect<boolean, FolderError> =>
  attempt("lock", to, async () => {
    try {
      await rename(files.absolute(from), files.absolute(to))
      return true
    } catch (cause) {
      const code = codeOf(cause)
      if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOENT") return false
      throw cause
    }
  })

/** The living process that holds the lock. */
const ownerOf = Effect.fnUntraced(function* (files: Files, file: string) {
  const pid = Number(Option.getOrElse(yield* files.text(file), () => ""))
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  const alive = pid === process.pid ? held.has(files.directory) : isAlive(pid)
  return alive ? pid : undefined
})

/** A folder without an owner that is younger may be about to get one. */
const ownerlessMillisMax = 60_000

/** Removes what is left of locks whose processes ended before they had removed them. */
const sweep = Effect.fnUntraced(function* (files: Files) {
  const now = yield* Clock.currentTimeMillis
  for (const name of yield* files.names(museFolder)) {
    const folder = `${museFolder}/${name}`
    if (!folder.startsWith(`${incomingFolder}-`) || (yield* ownerOf(files, `${folder}/owner`)) !== undefined) continue
    const isOwned = (yield* files.standing(`${folder}/owner`)) === "file"
    const modified = Option.getOrElse(yield* files.modifiedMillis(folder), () => now)
    if (isOwned || now - modified > ownerlessMillisMax) yield* files.removeAll(folder)
  }
})

const acquire = Effect.fnUntraced(function* (files: Files) {
  yield* files.makeFolder(museFolder)
  for (let tries = 0; tries < triesMax; tries++) {
    // The lock appears with its owner's number in it, so nobody ever sees it without.
    const candidate = `${incomingFolder}-${randomUUID()}`
    yield* files.makeFolder(candidate)
    yield* files.plain(`${candidate}/owner`, String(process.pid))
    if (yield* moved(files, candidate, incomingFolder)) {
      held.add(files.directory)
      yield* sweep(files)
      return
    }
    yield* files.removeAll(candidate)
    const pid = yield* ownerOf(files, ownerFile)
    if (pid !== undefined) return yield* new FolderBusy({ directory: files.directory, pid })
    const aside = `${incomingFolder}-${randomUUID()}`
    if (!(yield* moved(files, incomingFolder, aside))) continue
    // Somebody may have taken the lock over between the look and the move.
    const taker = yield* ownerOf(files, `${aside}/owner`)
    if (taker !== undefined) {
      yield* moved(files, aside, incomingFolder)
      return yield* new FolderBusy({ directory: files.directory, pid: taker })
    }
    yield* files.removeAll(aside)
  }
  return yield* new FolderBusy({ directory: files.directory, pid: process.pid })
})

/** Takes the lock until the scope closes; makes `.muse` if it is not there. */
export const lock = (files: Files): Effect.Effect<void, FolderError | FolderBusy, Scope.Scope> =>
  Effect.acquireRelease(acquire(files), () =>
    Effect.sync(() => held.delete(files.directory)).pipe(
      Effect.andThen(files.removeAll(incomingFolder)),
      // What is left behind belongs to a process that has ended, so the next one removes it.
      Effect.ignore
    )
  )
