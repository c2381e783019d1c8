/**
 * Records what an interrupted operation leaves behind: objects that no ref reaches yet, and a working tree that may
 * partly be at another snapshot. The file is written before the first such change and removed after the last.
 */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { SnapshotId } from "@musehub/domain/object/Id"
import { Effect, Option, Result, Schema } from "effect"
import type { Files, FolderError } from "./Files.ts"
import { pythonJson } from "./json.ts"
import { unfinishedFile } from "./names.ts"

export interface Unfinished {
  /** Whether commits may have arrived that no ref reaches. */
  readonly receiving: boolean
  /** The snapshots whose files may partly be in the working tree. */
  readonly checkouts: ReadonlyArray<SnapshotId>
}

export const nothingUnfinished: Unfinished = { receiving: false, checkouts: [] }

const isUnfinished = Schema.is(Schema.Struct({ receiving: Schema.Boolean, checkouts: Schema.Array(SnapshotId) }))

/** Reads the note. An unreadable note is no error: it means that anything may be unfinished. */
export const readUnfinished = (files: Files): Effect.Effect<Unfinished, FolderError> =>
  Effect.map(files.text(unfinishedFile), (text) => {
    if (Option.isNone(text)) return nothingUnfinished
    const noted = Result.getOrElse(parseJson(text.value), () => null)
    return isUnfinished(noted) ? noted : { receiving: true, checkouts: [] }
  })

/** Writes the note, or removes it if nothing is unfinished. */
export const writeUnfinished = (files: Files, unfinished: Unfinished): Effect.Effect<void, FolderError> =>
  unfinished.receiving || unfinished.checkouts.length > 0
    ? files.replace(unfinishedFile, pythonJson({ ...unfinished }))
    : files.removeAll(unfinishedFile)
