/** Reads a file of a commit as a MIDI file. */
import { Effect, Schema, Stream } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"
import { inSlices } from "../../../base/Slices.ts"
import { cut } from "../../../base/text/cut.ts"
import { decodingMidi } from "../../../music/decodingMidi.ts"
import { type Midi, midiBytesMax, MidiMalformed } from "../../../music/Midi.ts"
import { BlobId, type CommitId } from "../../../object/Id.ts"
import { blobContent } from "../../access/blobContent.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import type { FileQuery, ReadFileError } from "../readFile.ts"
import { requireFile, viewed, type Viewed } from "../viewed.ts"

/** The file is no MIDI file, or not one that is read here. */
export class MidiUnreadable extends Schema.TaggedError<MidiUnreadable>()("MidiUnreadable", {
  kind: errorKind("conflict"),
  path: Schema.String,
  blob: BlobId,
  /** The place of the byte that cannot be read; null if the file is too large. */
  offset: Schema.NullOr(Schema.Int),
  reason: Schema.String
}) {
  static readonly details = ["path", "blob", "offset", "reason"] as const
  override get message() {
    const place = this.offset === null ? "" : ` (byte ${this.offset})`
    const path = JSON.stringify(cut(this.path, 200))
    return `${path} cannot be read as MIDI: it ${this.reason}${place}; its bytes can be read raw`
  }
}

export type MidiError = MidiUnreadable | ReadFileError

/** A MIDI file of a commit. */
export interface OpenedMidi {
  readonly commitId: CommitId
  readonly path: string
  readonly blobId: BlobId
  readonly midi: Midi
}

/** Reads a blob as a MIDI file. */
export const decodedMidi = Effect.fnUntraced(function* (open: OpenRepository, path: string, blob: BlobId) {
  const { size, whole } = yield* blobContent(open, blob)
  if (size > midiBytesMax) {
    const reason = `has ${size} bytes, and up to ${midiBytesMax} are read`
    return yield* new MidiUnreadable({ path, blob, offset: null, reason })
  }
  const bytes = yield* Effect.mapError(Stream.mkUint8Array(whole), ({ readError }) => readError)
  const midi = yield* inSlices(() => decodingMidi(bytes))
  if (!(midi instanceof MidiMalformed)) return midi
  return yield* new MidiUnreadable({ path, blob, offset: midi.offset, reason: midi.message })
})

/** Reads the MIDI file at a path of a commit. */
export const midiIn = Effect.fnUntraced(function* (open: OpenRepository, view: Viewed, path: string) {
  const blobId = yield* requireFile(view, path)
  const opened: OpenedMidi = {
    commitId: view.commitId,
    path,
    blobId,
    midi: yield* decodedMidi(open, path, blobId)
  }
  return opened
})

/** Reads the MIDI file at a path of a ref, by default of the default branch. */
export const openMidi = Effect.fnUntraced(function* (open: OpenRepository, { path, ref }: FileQuery) {
  return yield* midiIn(open, yield* viewed(open, ref), path)
})
