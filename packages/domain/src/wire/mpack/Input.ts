/**
 * The incoming stream. The msgpack reader reads it; it is also hashed and compared byte by byte, since the reader
 * accepts spellings that are longer than needed. Bytes are kept only while their item is read.
 */
import { Cause, Effect, Option, Pull, type Scope, Stream } from "effect"
import { isSame } from "../../base/Bytes.ts"
import { incrementalSha256 } from "../../object/Digest.ts"
import type { Sha256 } from "../../object/Id.ts"
import { Reader } from "@musehub/msgpack/Reader"
import { MsgpackRefused } from "@musehub/msgpack/Value"
import type { MpackAbort } from "./Format.ts"
import { MpackRefused } from "./Refused.ts"

/**
 * A failure that is not the stream's fault: the source failed, or the receiver could not say what it holds. It is
 * boxed, so that no such error is mistaken for one of the format. None means that the source ended. The reader sees
 * that as a failure too, so every cut is one.
 */
export class Stopped<E> {
  readonly error: Option.Option<E>

  constructor(error: Option.Option<E>) {
    this.error = error
  }
}

/** Errors of reading an item, before `Input.item` adds the offset. */
export type ItemFailure<E> = MpackRefused | MsgpackRefused | Stopped<E>

export class Input<E> {
  readonly reader: Reader<Stopped<E>>
  readonly #tape: Tape
  /** Offset of the current header, object or trailer. */
  start = 0

  private constructor(reader: Reader<Stopped<E>>, tape: Tape) {
    this.reader = reader
    this.#tape = tape
  }

  /** Makes an input that pulls the source only when a step needs more bytes. */
  static over<E, R>(source: Stream.Stream<Uint8Array, E, R>): Effect.Effect<Input<E>, never, R | Scope.Scope> {
    const tape = new Tape()
    const taped = Effect.map(Stream.toPull(source), (pull) =>
      Pull.matchEffect(pull, {
        onSuccess: (chunks) => {
          for (const chunk of chunks) tape.add(chunk)
          return Effect.succeed(chunks)
        },
        onFailure: (cause) => Effect.failCause(Cause.map(cause, (error) => new Stopped(Option.some(error)))),
        onDone: () => Effect.fail(new Stopped<E>(Option.none()))
      })
    )
    return Effect.map(Reader.fromStream(Stream.fromPull(taped)), (reader) => new Input(reader, tape))
  }

  /** Starts the next item. */
  begin(): void {
    this.passed()
    this.start = this.reader.offset
  }

  /** Drops the bytes that were read. */
  passed(): void {
    this.#tape.pass(this.reader.offset)
  }

  /** Returns whether the bytes since `begin`, or since `passed`, start with these. */
  spells(expected: Uint8Array): boolean {
    return this.#tape.spells(expected)
  }

  /** Returns the SHA-256 of all bytes before the item. `passed` must not be called afterwards. */
  digest(): Sha256 {
    return this.#tape.digest()
  }

  /** Makes an error of this item. */
  refused(reason: string, kind: MpackRefused["kind"] = "malformed"): MpackRefused {
    return new MpackRefused({ offset: this.start, reason, kind })
  }

  /** Makes an error of an abort. */
  aborted(abort: MpackAbort): MpackRefused {
    const why = abort.object === null ? "" : `, since it could not read ${abort.object.join(" ")}`
    const reason = `the sender broke off${why}: ${abort.error}`
    return new MpackRefused({ offset: this.start, reason, kind: "cut", abort })
  }

  /** Converts a failure to the error of this item. */
  failureOf<E2>(failure: ItemFailure<E2>): MpackRefused | E2 {
    if (failure instanceof MpackRefused) return failure
    if (failure instanceof MsgpackRefused) {
      return this.refused(`at byte ${failure.offset}, ${failure.reason}`, failure.kind)
    }
    return Option.getOrElse(failure.error, () =>
      this.refused(`the stream ends at byte ${this.#tape.end}, before its trailer is complete`, "cut")
    )
  }

  /** Returns whether the source ends here. */
  get ended(): Effect.Effect<boolean, MsgpackRefused | Stopped<E>> {
    return Effect.catch(this.reader.atEnd, (failure) =>
      failure instanceof Stopped && Option.isNone(failure.error) ? Effect.succeed(true) : Effect.fail(failure)
    )
  }
}

/** A smaller chunk is copied to the end of the one before it, so that a sender of single bytes does not fill memory. */
const smallBytes = 1024
const jointBytes = 4 * smallBytes

/** The bytes that arrived and were not dropped: large chunks as sent, small ones joined. */
class Tape {
  #kept: Array<Uint8Array> = []
  #joint = new Uint8Array(0)
  /** End of the last kept chunk in `#joint`, if it is there. */
  #jointEnd: number | undefined = undefined
  /** Offset of the first kept byte. */
  #from = 0
  /** Offset after the last byte that arrived. */
  end = 0
  readonly #hash = incrementalSha256()

  add(chunk: Uint8Array): void {
    this.end += chunk.byteLength
    if (chunk.byteLength >= smallBytes) {
      this.#kept.push(chunk)
      this.#jointEnd = undefined
    } else if (chunk.byteLength > 0) this.#join(chunk)
  }

  #join(chunk: Uint8Array): void {
    const last = this.#kept.at(-1)
    let start = this.#jointEnd
    if (last === undefined || start === undefined || start + chunk.byteLength > this.#joint.byteLength) {
      this.#joint = new Uint8Array(jointBytes)
      this.#kept.push(this.#joint.subarray(0, chunk.byteLength))
      start = 0
    } else {
      this.#kept[this.#kept.length - 1] = this.#joint.subarray(start - last.byteLength, start + chunk.byteLength)
    }
    this.#joint.set(chunk, start)
    this.#jointEnd = start + chunk.byteLength
  }

  /** Hashes and drops the bytes before an offset. */
  pass(offset: number): void {
    let done = 0
    for (const chunk of this.#kept) {
      if (this.#from + chunk.byteLength > offset) break
      this.#hash.update(chunk)
      this.#from += chunk.byteLength
      done += 1
    }
    if (done > 0) this.#kept.splice(0, done)
    const first = this.#kept[0]
    const part = offset - this.#from
    if (first === undefined || part === 0) return
    this.#hash.update(first.subarray(0, part))
    this.#kept[0] = first.subarray(part)
    this.#from = offset
  }

  spells(expected: Uint8Array): boolean {
    let at = 0
    for (const chunk of this.#kept) {
      const part = chunk.subarray(0, expected.byteLength - at)
      if (!isSame(part, expected.subarray(at, at + part.byteLength))) return false
      at += part.byteLength
      if (at === expected.byteLength) return true
    }
    return false
  }

  digest(): Sha256 {
    return this.#hash.digest()
  }
}
