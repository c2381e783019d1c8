/**
 * Reads an mpack stream: the header at once, then each object when it is pulled. Everything is checked, and only what
 * the encoder would have written is accepted. Memory holds one commit or snapshot, or a chunk of a blob, and the ids
 * that came.
 */
import { Effect, type Scope, type Stream } from "effect"
import { type MpackHeader, pieceBytes } from "./Format.ts"
import { pathRefusal, type PathRule } from "../../object/pathRefusal.ts"
import type { MpackHolds } from "./History.ts"
import { Input } from "./Input.ts"
import { type MpackLimits, mpackLimits } from "./limits.ts"
import type { MpackObject } from "./MpackObject.ts"
import { Objects } from "./Objects.ts"
import { readHeader } from "./readHeader.ts"
import { type MpackRefused, MpackVersionUnknown } from "./Refused.ts"

export type { MpackObject }

/** Options of reading a stream. */
export interface MpackReadOptions<E = never, R = never> {
  readonly holds: MpackHolds<E, R>
  /** Defaults to `mpackLimits`. */
  readonly limits?: Partial<MpackLimits>
  /** Which paths a snapshot may hold. Defaults to the rule for new ones. */
  readonly pathRule?: PathRule
  /** Bytes of a piece: `pieceBytes` on the wire, less in tests. */
  readonly pieceBytes?: number
}

/** An opened stream, whose header was read. */
export interface Mpack<E, E2, R2> {
  readonly header: MpackHeader
  /**
   * The objects, each after all that it needs. Ends only after a correct trailer. Fails with the first error. Can be
   * run once.
   */
  readonly objects: Stream.Stream<MpackObject<E>, MpackRefused | E | E2, R2>
}

/**
 * Opens a stream. Fails with `MpackVersionUnknown` for an unknown version, whatever the rest of the header; with
 * `MpackRefused` for an invalid header; and with `E` when the source fails.
 */
export const readMpack = <E, R, E2 = never, R2 = never>(
  source: Stream.Stream<Uint8Array, E, R>,
  options: MpackReadOptions<E2, R2>
): Effect.Effect<Mpack<E, E2, R2>, MpackRefused | MpackVersionUnknown | E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const limits = { ...mpackLimits, ...options.limits }
    const input = yield* Input.over(source)
    const header = yield* Effect.mapError(readHeader(input, limits), (failure) =>
      failure instanceof MpackVersionUnknown ? failure : input.failureOf(failure)
    )
    const objects = new Objects(input, {
      limits,
      header,
      holds: options.holds,
      pathRule: options.pathRule ?? pathRefusal,
      piece: options.pieceBytes ?? pieceBytes,
      scope: yield* Effect.scope
    })
    return { header, objects: objects.stream }
  })
