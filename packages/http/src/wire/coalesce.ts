/**
 * Gathers the small pieces of a streamed answer into larger ones: every piece that goes to the socket costs the same
 * few system calls and wake-ups, whether it holds ten bytes or a hundred thousand.
 */
import { Stream } from "effect"

/** Small pieces are gathered up to this size. */
const gatheredBytesMin = 64 * 1024
/** A piece from here on goes on as it is: copying it would cost more than its write, and leave garbage behind. */
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
 * The same bytes in fewer pieces, each on its own, since the server joins what comes together and would copy the large
 * ones after all. What waits is at most 64 KiB; a large piece goes on uncopied.
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
