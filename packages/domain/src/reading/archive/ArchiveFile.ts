/** What an archive is made of, and what its forms share. */
import { Stream } from "effect"
import { concat } from "../../base/Bytes.ts"

/** A file to put into an archive. */
export interface ArchiveFile<E = never, R = never> {
  /** The path inside the archive, with `/`. */
  readonly name: string
  /** Of the content, in bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, E, R>
}

/** What an archive says beside its files. */
export interface ArchiveHead {
  /** The folder that has all files: `name/`. */
  readonly folder: string
  /** When each file was changed, in seconds since 1970, from 0 to 2^31 - 1. */
  readonly seconds: number
}

/** Bytes that are deflated together: the ratio hardly grows with more of them. */
const partBytes = 256 * 1024

/** Joins small pieces until they have `partBytes` together, each as a chunk. */
export const partsOf = <E, R>(content: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.mapAccumArray(
    content,
    (): { readonly pieces: ReadonlyArray<Uint8Array>; readonly bytes: number } => ({ pieces: [], bytes: 0 }),
    (held, arrived) => {
      const parts: Array<Uint8Array> = []
      const pieces = [...held.pieces]
      let { bytes } = held
      for (const piece of arrived) {
        pieces.push(piece)
        bytes += piece.byteLength
        if (bytes < partBytes) continue
        parts.push(concat(pieces.splice(0)))
        bytes = 0
      }
      return [{ pieces, bytes }, parts]
    },
    { onHalt: ({ bytes, pieces }) => (bytes === 0 ? [] : [concat(pieces)]) }
  ).pipe(Stream.rechunk(1))
