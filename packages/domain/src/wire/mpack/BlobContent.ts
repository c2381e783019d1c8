/**
 * The bytes of a large blob as they arrive, across its pieces. They are hashed, and refused at the end if they do not
 * match the id. Bytes that the caller does not read are still read and checked, so a stream with a wrong blob is always
 * refused.
 */
import { Cause, Effect, Exit, Pull, Stream } from "effect"
import { concat, latin1 } from "../../base/Bytes.ts"
import { orDefault } from "../../base/expected.ts"
import { incrementalSha256 } from "../../object/Digest.ts"
import type { BlobId } from "../../object/Id.ts"
import { binHeader } from "@musehub/msgpack/Encoder"
import { prefixBytesMax } from "./Format.ts"
import type { Input, ItemFailure } from "./Input.ts"
import type { MpackRefused } from "./Refused.ts"

/** The rest of a piece, as chunks. */
export type PiecePull<E> = Pull.Pull<ReadonlyArray<Uint8Array>, ItemFailure<E>>

/** Reads the header of the next piece. */
export type NextPiece<E> = Effect.Effect<PiecePull<E>, ItemFailure<E>>

const nul = 0
const prefixPattern = /^blob (0|[1-9][0-9]{0,15})$/

/** The start of a blob: the size in its prefix, and the content that arrived with the prefix. */
export interface BlobStart {
  readonly size: number
  readonly prefixBytes: number
  readonly content: ReadonlyArray<Uint8Array>
}

/** Reads the prefix of a blob from its first piece. */
export const readPrefix = Effect.fnUntraced(function* <E>(input: Input<E>, pull: PiecePull<E>) {
  let head: Uint8Array = new Uint8Array(0)
  while (head.byteLength < prefixBytesMax && !head.includes(nul)) {
    const chunks = yield* nextChunks(pull)
    if (chunks === undefined) break
    head = concat([head, ...chunks])
  }
  const end = head.subarray(0, prefixBytesMax).indexOf(nul)
  const digits = prefixPattern.exec(latin1(head.subarray(0, Math.max(0, end))))?.[1]
  const size = Number(digits)
  if (!Number.isSafeInteger(size)) return yield* input.refused("a blob does not begin with its type and size")
  const content = head.subarray(end + 1)
  return { size, prefixBytes: end + 1, content: content.byteLength > 0 ? [content] : [] } satisfies BlobStart
})

/** Returns the next chunks of a piece, or undefined at its end. */
const nextChunks = <E>(pull: PiecePull<E>): Effect.Effect<ReadonlyArray<Uint8Array> | undefined, ItemFailure<E>> =>
  Pull.catchDone(pull, () => Effect.succeed(undefined))

export class BlobContent<E> {
  readonly #input: Input<E>
  readonly #id: BlobId
  readonly #piece: number
  readonly #nextPiece: NextPiece<E>
  readonly #hash = incrementalSha256()
  #pull: PiecePull<E>
  #waiting: ReadonlyArray<Uint8Array>
  /** Bytes of the object, prefix included, and how many of them were read. */
  readonly #bytes: number
  #at: number
  #over: Effect.Effect<undefined, MpackRefused | E> | undefined = undefined
  /** Whether the decoder has moved on without the caller. */
  #lost = false

  constructor(
    input: Input<E>,
    blob: { readonly id: BlobId; readonly start: BlobStart; readonly piece: number },
    first: PiecePull<E>,
    nextPiece: NextPiece<E>
  ) {
    this.#input = input
    this.#id = blob.id
    this.#piece = blob.piece
    this.#nextPiece = nextPiece
    this.#pull = first
    this.#waiting = blob.start.content
    this.#bytes = blob.start.size + blob.start.prefixBytes
    this.#at = blob.start.prefixBytes
  }

  /** The content. Can be run once, before the next object is pulled. */
  readonly stream: Stream.Stream<Uint8Array, MpackRefused | E> = Stream.fromPull(
    Effect.succeed(
      Effect.suspend((): Pull.Pull<readonly [Uint8Array, ...Array<Uint8Array>], MpackRefused | E> => {
        if (this.#lost)
          return Effect.die(new Error(`the next object was read, so the rest of blob ${this.#id} is lost`))
        return Effect.flatMap(this.#next, (chunks) => {
          const [first, ...others] = orDefault(chunks, [])
          return first === undefined ? Cause.done() : Effect.succeed([first, ...others] as const)
        })
      })
    )
  )

  /** Reads and checks the bytes that the caller left unread. */
  readonly finish: Effect.Effect<void, MpackRefused | E> = Effect.suspend(() => {
    this.#lost = true
    let done = false
    return Effect.whileLoop({
      while: () => !done,
      body: () => this.#next,
      step: (chunks) => {
        done = chunks === undefined
      }
    })
  })

  /** Returns the next chunks, or undefined once the content was checked. A failure is repeated on every later call. */
  readonly #next: Effect.Effect<ReadonlyArray<Uint8Array> | undefined, MpackRefused | E> = Effect.suspend(
    () =>
      this.#over ??
      Effect.onExit(
        Effect.mapError(this.#read, (failure) => this.#input.failureOf(failure)),
        (exit) =>
          Effect.sync(() => {
            if (Exit.isFailure(exit)) this.#over = Effect.failCause(exit.cause)
            else if (exit.value === undefined) this.#over = Effect.succeed(undefined)
          })
      )
  )

  readonly #read: Effect.Effect<ReadonlyArray<Uint8Array> | undefined, ItemFailure<E>> = Effect.suspend(() => {
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length > 0) return Effect.succeed(this.#take(waiting))
    if (this.#at === this.#bytes) return this.#verdict
    return Effect.flatMap(nextChunks(this.#pull), (chunks) => {
      if (chunks !== undefined) return Effect.succeed(this.#take(chunks))
      return Effect.andThen(this.#begin, this.#read)
    })
  })

  #take(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> {
    for (const chunk of chunks) {
      this.#hash.update(chunk)
      this.#at += chunk.byteLength
    }
    this.#input.passed()
    return chunks
  }

  get #begin(): Effect.Effect<void, ItemFailure<E>> {
    return Effect.suspend(() => {
      const size = Math.min(this.#piece, this.#bytes - this.#at)
      return Effect.flatMap(this.#nextPiece, (pull) => {
        if (!this.#input.spells(binHeader(size))) {
          return Effect.fail(this.#input.refused(`a piece of blob ${this.#id} is not one of ${size} bytes`))
        }
        this.#pull = pull
        return Effect.void
      })
    })
  }

  get #verdict(): Effect.Effect<undefined, MpackRefused> {
    const computed = this.#hash.digest()
    return computed === (this.#id as string)
      ? Effect.succeed(undefined)
      : Effect.fail(this.#input.refused(`the content of blob ${this.#id} hashes to ${computed}`))
  }
}
