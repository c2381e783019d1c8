/**
 * The body of an answer as a stream. It is read as fast as the consumer takes it, fails if nothing arrives for too
 * long, and fails if it ends before the promised length, so that half an object never looks whole.
 */
import { Cause, Effect, type Scope, Stream } from "effect"
import type { Pull } from "effect"
import type { Readable } from "node:stream"
import { faultOf, passing, type S3Fault } from "../S3Fault.ts"

type Chunks = Pull.Pull<readonly [Uint8Array], S3Fault>

/** Streams `body` and destroys it with the scope, even if it is not read to the end. */
export const bodyStream = (
  body: Readable,
  expectedBytes: number,
  idleMillisMax: number
): Stream.Stream<Uint8Array, S3Fault> =>
  Stream.fromPull(pullFrom(body, expectedBytes, idleMillisMax)).pipe(Stream.scoped)

const pullFrom = (
  body: Readable,
  expectedBytes: number,
  idleMillisMax: number
): Effect.Effect<Chunks, never, Scope.Scope> =>
  Effect.gen(function* () {
    let seen = 0
    let failure: unknown = undefined
    // Without a permanent listener, an error between two reads would end the process.
    const remember = (error: unknown) => {
      failure = error
    }
    body.on("error", remember)
    yield* Effect.addFinalizer(() => Effect.sync(() => body.destroy()))

    const next = Effect.suspend((): Chunks => {
      if (failure !== undefined) return Effect.fail(broken(faultOf(failure).message))
      const chunk: unknown = body.read()
      if (chunk instanceof Uint8Array) {
        seen += chunk.byteLength
        return seen > expectedBytes ? Effect.fail(wrongLength(seen, expectedBytes)) : Effect.succeed([chunk])
      }
      if (body.readableEnded)
        return seen === expectedBytes ? Cause.done() : Effect.fail(wrongLength(seen, expectedBytes))
      if (body.destroyed) return Effect.fail(wrongLength(seen, expectedBytes))
      return Effect.flatMap(activity, () => next)
    })
    const activity = whenActive(body).pipe(
      Effect.timeoutOrElse({
        duration: idleMillisMax,
        orElse: () => Effect.fail(broken(`no bytes arrived for ${idleMillisMax} ms`))
      })
    )
    return next
  })

const events = ["readable", "end", "error", "close"] as const

const whenActive = (body: Readable): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const onEvent = () => {
      stop()
      resume(Effect.void)
    }
    const stop = () => {
      for (const event of events) body.off(event, onEvent)
    }
    for (const event of events) body.on(event, onEvent)
    return Effect.sync(stop)
  })

/** The code of every fault after the head of an answer. */
export const brokenBody = "BrokenBody"

const broken = (reason: string): S3Fault => passing(brokenBody, reason)

const wrongLength = (seen: number, expected: number): S3Fault =>
  broken(`${seen} of the promised ${expected} bytes arrived`)
