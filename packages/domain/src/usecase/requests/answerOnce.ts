/**
 * Makes requests idempotent. Under an idempotency key (draft-ietf-httpapi-idempotency-key-header) the first call does
 * the work and its answer is kept; later calls get that answer. A key's record changes by compare-and-set only, so of
 * concurrent calls, in any number of processes, one does the work.
 */
import { Clock, Effect, Exit, Option, Schedule, Schema } from "effect"
import { utf8Length } from "../../base/Bytes.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import { requestCodec } from "../../hub/codecs.ts"
import { readDocument, send } from "../../invariant/Document.ts"
import { sha256 } from "../../object/Digest.ts"
import type { Sha256 } from "../../object/Id.ts"
import type { DocumentVersion, Expected, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { DocumentKey } from "../../port/StoreKey.ts"
import { DocumentName, type UserName } from "../../repository/Names.ts"
import { type QuotaError, Quotas } from "../admission/Quotas.ts"
import type { StoredAnswer } from "../../hub/StoredAnswer.ts"
import { nowIso } from "../../object/now.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

/** The key was used for another request. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {
  kind: errorKind("refused"),
  key: Schema.String
}) {
  override get message() {
    return `the idempotency key ${JSON.stringify(this.key)} was used for another request`
  }
}

/** The first call under the key is still running. */
export class KeyInUse extends Schema.TaggedError<KeyInUse>()("KeyInUse", {
  kind: errorKind("conflict"),
  key: Schema.String,
  /** When to retry. */
  retryAfterSeconds: Schema.Int
}) {
  override get message() {
    return `the first request with the idempotency key ${JSON.stringify(this.key)} is still under way; ask again later`
  }
}

/** The first call did its work, but its answer was too large to be kept. */
export class AnswerNotKept extends Schema.TaggedError<AnswerNotKept>()("AnswerNotKept", {
  kind: errorKind("conflict"),
  key: Schema.String,
  status: Schema.Int
}) {
  override get message() {
    return (
      `the request with the idempotency key ${JSON.stringify(this.key)} was answered with ${this.status} ` +
      "before; that answer was too large to be kept"
    )
  }
}

/** The answer to a call. `body` is never empty. */
export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Asked {
  /** Keys of different users are independent. */
  readonly user: UserName
  readonly key: string
  /** SHA-256 of everything that the answer depends on. */
  readonly request: Sha256
}

/** A call without an answer for this long counts as crashed; the next call may do the work. */
const abandonedMillis = 5 * 60 * 1000
/** The pause between attempts to settle a claim while the store is away. */
const retryPause = "2 seconds"
const untilAbandoned = Schedule.forever.pipe(Schedule.upTo({ duration: abandonedMillis }))
/** The size of the largest answer that is kept. */
const answerBytesMax = 64 * 1024
/** When to retry while the first call is running. */
const retryAfterSeconds = 2
/** Stands for the time in the record of a failed call: any call may do the work under this key. */
const released = ""

const documentKey = ({ user, key }: Asked): DocumentKey & { readonly kind: "hub" } => ({
  kind: "hub",
  collection: "requests",
  // User names contain no line breaks.
  name: DocumentName.make(sha256(`${user}\n${key}`))
})

/** Returns the kept answer, or the state of the record in which the key may be claimed. */
const considered = Effect.fnUntraced(function* (asked: Asked) {
  const { key } = asked
  const found = yield* readDocument(documentKey(asked), requestCodec)
  if (Option.isNone(found)) return { claimable: { _tag: "Absent" } as Expected }
  const { value, version } = found.value
  const claimable: Expected = { _tag: "Version", version }
  if (value.answer === null && value.at === released) return { claimable }
  if (value.request !== asked.request) return yield* new KeyReused({ key })
  if (value.answer === null) {
    const age = (yield* Clock.currentTimeMillis) - Date.parse(value.at)
    return age > abandonedMillis ? { claimable } : yield* new KeyInUse({ key, retryAfterSeconds })
  }
  return value.answer.body === ""
    ? yield* new AnswerNotKept({ key, status: value.answer.status })
    : { answer: value.answer }
})

/** Returns the answer to keep. An empty body stands for one that was too large. */
const kept = ({ status, body }: Answer): Answer =>
  utf8Length(body) <= answerBytesMax ? { status, body } : { status, body: "" }

export type AnswerOnceError = KeyReused | KeyInUse | AnswerNotKept | QuotaError | ObjectCorrupt | StoreUnavailable

/** The answer to a call; `replayed` says that an earlier call was answered so. */
export interface Answered {
  readonly answer: Answer
  readonly replayed: boolean
}

/**
 * Answers a call once. The first call under a key runs `work`; later ones with the same request get its answer and are
 * `replayed`. A failure is not kept and releases the key. A client that disconnects does not stop the work, since it is
 * expected to retry.
 *
 * While the record exists, the work runs once. A call without an answer for five minutes counts as crashed. It may have
 * had an effect, and the next call runs the work again.
 */
export const answerOnce = Effect.fn("answerOnce")(function* <E, R>(
  asked: Asked,
  work: Effect.Effect<Answer, E, R>
): Effect.fn.Return<Answered, AnswerOnceError | E, ObjectStore | R> {
  const call = (yield* RandomId)()
  const quotas = yield* Quotas
  const key = documentKey(asked)
  const record = (answer: StoredAnswer["answer"], at: string) =>
    requestCodec.encode({ request: asked.request, call, at, answer })

  /**
   * Changes this call's claim. The call has ended by then, so a failure here must not replace its answer. While the
   * store is away, it is tried in the background until the claim counts as abandoned, so that the key is soon free.
   */
  const settle = Effect.fnUntraced(function* (claim: DocumentVersion, bytes: Uint8Array) {
    const write = send(key, bytes, { _tag: "Version", version: claim })
    const mayPass = (error: Effect.Error<typeof write>) => error._tag === "StoreUnavailable" && error.isRetryable
    const notKept = (error: Effect.Error<typeof write>) =>
      Effect.logWarning("the answer to a request is not kept", error)
    const later = Effect.delay(write, retryPause).pipe(
      Effect.retry({ schedule: untilAbandoned, while: mayPass }),
      Effect.catch(notKept)
    )
    yield* Effect.catch(write, (error) => (mayPass(error) ? Effect.forkDetach(later) : notKept(error)))
  })

  const inUse = () => new KeyInUse({ key: asked.key, retryAfterSeconds })
  const claimed = Effect.gen(function* () {
    const state = yield* considered(asked)
    if (state.answer !== undefined) return { answer: state.answer }
    if (state.claimable._tag === "Absent") yield* quotas.takeKey(asked.user, key.name)
    const claim = yield* send(key, record(null, yield* nowIso), state.claimable)
    return { claim: yield* Effect.fromOption(claim, inUse) }
  }).pipe(Effect.catchTag("DocumentConflict", inUse))

  return yield* Effect.uninterruptible(
    Effect.gen(function* () {
      const { answer, claim } = yield* claimed
      if (answer !== undefined) return { answer, replayed: true }
      const answered = yield* Effect.exit(work)
      yield* settle(
        claim,
        Exit.isSuccess(answered) ? record(kept(answered.value), yield* nowIso) : record(null, released)
      )
      return { answer: yield* answered, replayed: false }
    })
  )
})
