/**
 * What an operation that did not come to its end has left behind: objects that no ref leads to yet, and a working tree
 * that may partly be at another snapshot. The file is there from before the first such change until after the last.
 */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { SnapshotId } from "@musehub/domain/object/Id"
import { Effect, Option, Result, Schema } from "effect"
import type { Files, FolderError } from "./Files.ts"
import { pythonJson } from "./json.ts"
import { unfinishedFile } from "./names.ts"

export interface Unfinished {
  /** Whether commits may have arrived that no ref leads to. */
  readonly receiving: boolean
  /** Snapshots of which parts may lie in the working tree. */
  readonly checkouts: ReadonlyArray<SnapshotId>
}

export const nothingUnfinished: Unfinished = { receiving: false, checkouts: [] }

const isUnfinished = Schema.is(Schema.Struct({ receiving: Schema.Boolean, checkouts: Schema.Array(SnapshotId) }))

/** Reads the note. One that cannot be read is no reason to stop: it means that anything may be unfinished. */
export const readUnfinished = (files: Files): Effect.Effect<Unfinished, FolderError> =>
  Effect.map(files.text(unfinishedFile), (text) => {
    if (Option.isNone(text)) return nothingUnfinished
    const noted = Result.getOrElse(parseJson(text.value), () => null)
    return isUnfinished(noted) ? noted : { receiving: true, checkouts: [] }
  })

/** Writes the note, or removes it when nothing is left to be done. */
export const writeUnfinished = (files: Files, unfinished: Unfinished): Effect.Effect<void, FolderError> =>
  unfinished.receiving || unfinished.checkouts.length > 0
    ? files.replace(unfinishedFile, pythonJson({ ...unfinished }))
    : files.removeAll(unfinishedFile)
