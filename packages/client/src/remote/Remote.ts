/**
 * A repository on a hub, over the global `fetch`: `refs`, `negotiate`, and `fetch` and `push` in mpack. Redirects are
 * not followed, so the token goes to the given address only.
 */
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import type { BranchNameRefused } from "@musehub/domain/repository/Names"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { Effect, Redacted, Stream } from "effect"
import { AnswerUnsound, type RemoteRefused, RemoteUnreachable } from "../errors.ts"
import type { Address } from "./address.ts"
import {
  bodyOf,
  type PushedRefs,
  readNegotiated,
  readLink,
  readPushed,
  readRefs,
  readRefusal,
  type RemoteRefs
} from "./answers.ts"
import { retrying } from "./retry.ts"

/** The errors of a request. */
export type RemoteError = AnswerUnsound | RemoteRefused | RemoteUnreachable

/**
 * The longest pause: a hub begins to answer within a minute (docs/wire.md, section 3), and a stream never pauses
 * longer.
 */
const idleMillisMax = 60_000
/** The longest pause of a push, which is checked and stored before it is answered. */
const pushIdleMillisMax = 300_000
const watchMillis = 1000

const json = "application/json"

interface Call {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly accept: string
  readonly contentType?: string
  readonly body?: string | ReadableStream<Uint8Array>
}

export interface FetchRequest {
  readonly want: ReadonlyArray<CommitId>
  /** Complete commits: stored locally with all ancestors and content. */
  readonly have: ReadonlyArray<CommitId>
  /** Blobs stored locally without their commit, at most `haveBlobsMax`. */
  readonly haveBlobs: ReadonlyArray<BlobId>
}

export class Remote {
  readonly #address: Address

  constructor(address: Address) {
    this.#address = address
  }

  get url(): string {
    return this.#address.url
  }

  /** Sends a request and returns the body of a successful answer. */
  #call({ method, path, accept, contentType, body }: Call) {
    const { token } = this.#address
    const url = `${this.url}/${path}`
    const headers = {
      accept,
      "user-agent": "musehub-client",
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      ...(token === undefined ? {} : { authorization: `Bearer ${Redacted.value(token)}` })
    }
    return Effect.gen(function* () {
      const answer = yield* Effect.tryPromise({
        try: (signal) =>
          fetch(url, {
            method,
            headers,
            signal,
            redirect: "manual",
            ...(body === undefined ? {} : { body, duplex: "half" })
          }),
        catch: (cause) => new RemoteUnreachable({ url, cause })
      })
      const content = bodyOf(url, answer, idleMillisMax)
      if (!answer.ok) return yield* Effect.flatMap(readRefusal(url, answer, content), Effect.fail)
      return { url, answer, content }
    })
  }

  #timely<A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E | RemoteUnreachable> {
    const cause = new Error(`no answer in ${idleMillisMax / 1000} seconds`)
    return Effect.timeoutOrElse(call, {
      duration: idleMillisMax,
      orElse: () => Effect.fail(new RemoteUnreachable({ url: this.url, cause }))
    })
  }

  /** Sends `GET /refs`, with retries. */
  readonly refs: Effect.Effect<RemoteRefs, RemoteError | BranchNameRefused> = Effect.suspend(() =>
    retrying(
      this.#timely(
        Effect.flatMap(this.#call({ method: "GET", path: "refs", accept: json }), ({ url, content }) =>
          readRefs(url, content)
        )
      )
    )
  )

  /** Sends `POST /api/v1/sign-in-links` to a hub, with retries: each link takes the place of the one before. */
  readonly signInLink = Effect.suspend(() =>
    retrying(
      this.#timely(
        Effect.flatMap(this.#call({ method: "POST", path: "api/v1/sign-in-links", accept: json }), ({ url, content }) =>
          readLink(url, content)
        )
      )
    )
  )

  /** Sends `POST /negotiate`, with retries, and returns those commits of `have` that the hub has. */
  negotiate(want: Iterable<CommitId>, have: Iterable<CommitId>): Effect.Effect<ReadonlyArray<CommitId>, RemoteError> {
    const call = this.#call({
      method: "POST",
      path: "negotiate",
      accept: json,
      contentType: json,
      body: JSON.stringify({ want: [...want], have: [...have] })
    })
    return retrying(this.#timely(Effect.flatMap(call, ({ url, content }) => readNegotiated(url, content))))
  }

  /**
   * Sends `POST /fetch` and returns the bytes of an mpack stream with the history of `want`, without that of `have` and
   * without `haveBlobs` (docs/mpack.md). One attempt: the next one asks for less.
   */
  fetch({
    want,
    have,
    haveBlobs
  }: FetchRequest): Effect.Effect<Stream.Stream<Uint8Array, RemoteUnreachable>, RemoteError> {
    const call = this.#call({
      method: "POST",
      path: "fetch",
      // Problems are JSON.
      accept: `${mpackMediaType}, ${json}`,
      contentType: json,
      body: JSON.stringify({ want, have, have_blobs: haveBlobs })
    })
    return Effect.flatMap(this.#timely(call), ({ url, answer, content }) => {
      const type = answer.headers.get("content-type") ?? "nothing"
      return type.split(";", 1)[0]?.trim() === mpackMediaType
        ? Effect.succeed(content)
        : Effect.fail(new AnswerUnsound({ url, reason: `it comes as ${type} and not as ${mpackMediaType}` }))
    })
  }

  /**
   * Sends `POST /push` with an mpack stream and returns its answer. Never retries: the first attempt may have
   * succeeded although its answer was lost.
   */
  push<E>(content: Stream.Stream<Uint8Array, E>): Effect.Effect<PushedRefs, E | RemoteError | BranchNameRefused> {
    return Effect.suspend(() => {
      let failure: { readonly error: E } | undefined
      let lastMillis = Date.now()
      const watched = content.pipe(
        Stream.tap(() => Effect.sync(() => (lastMillis = Date.now()))),
        Stream.tapError((error) => Effect.sync(() => (failure = { error })))
      )
      const call = this.#call({
        method: "POST",
        path: "push",
        accept: json,
        contentType: mpackMediaType,
        body: Stream.toReadableStream(watched)
      }).pipe(
        Effect.flatMap(({ url, content: answered }) => readPushed(url, answered)),
        // An error of the stream comes back from `fetch` as an error of its own.
        Effect.catch((error) => Effect.fail<E | typeof error>(failure === undefined ? error : failure.error))
      )
      const cause = new Error(`nothing moved for ${pushIdleMillisMax / 1000} seconds`)
      const idle = Effect.suspend(() =>
        Date.now() - lastMillis > pushIdleMillisMax
          ? Effect.fail(new RemoteUnreachable({ url: this.url, cause }))
          : Effect.sleep(watchMillis)
      )
      return Effect.raceFirst(call, Effect.forever(idle))
    })
  }
}
