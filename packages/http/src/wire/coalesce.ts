/**
 * Joins small pieces of a streamed answer into larger ones: every piece sent to the socket costs the same few system
 * calls and wake-ups, for ten bytes as for a hundred thousand.
 */
import { Stream } from "effect"

/** The size up to which small pieces are joined. */
const gatheredBytesMin = 64 * 1024
/** The size from which a piece is not copied: copying would cost more than its write, and leave garbage. */
const wholeBytesMin = 16 * 1024

interface Pending {
  pieces: Array<Uint8Array>
  bytes: number
}

const taken = (pending: Pending): ReadonlyArray<Uint8Array> => {
  const [first] = pending.pieces
  if (first === undefined) return []
  const whole = pending.pieces.length === 1 ? first : Buffer.concat(pending.pieces, pending.bytes)
  pending.pieces = []
  pending.bytes = 0
  return [whole]
}

/**
 * Returns the same bytes in fewer pieces, each as its own chunk, because the server joins the pieces of a chunk and
 * would copy the large ones after all. At most 64 KiB are held back.
 */
export const coalesced = <E, R>(content: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.mapAccumArray(
    content,
    (): Pending => ({ pieces: [], bytes: 0 }),
    (pending, arrived) => {
      const full: Array<Uint8Array> = []
      for (const piece of arrived) {
        if (piece.byteLength >= wholeBytesMin) {
          full.push(...taken(pending), piece)
          continue
        }
        if (piece.byteLength > 0) pending.pieces.push(piece)
        pending.bytes += piece.byteLength
        if (pending.bytes >= gatheredBytesMin) full.push(...taken(pending))
      }
      return [pending, full]
    },
    { onHalt: (pending) => [...taken(pending)] }
  ).pipe(Stream.rechunk(1))
