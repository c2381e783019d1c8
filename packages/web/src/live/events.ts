/**
 * `GET /{owner}/{slug}/-/events`: tells a page that is open that what it shows has moved. The page says which state it
 * shows; one event tells which parts are others now, and ends the stream. Nothing is told that the page would not show.
 */
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { type RootWatches, rootWatches } from "@musehub/domain/usecase/live/RootWatches"
import { type MovedPart, type Seen, untilMoved } from "@musehub/domain/usecase/live/untilMoved"
import { eventStream } from "@musehub/http/limits/EventStreams"
import { respond } from "@musehub/http/respond"
import { lookingOn, pageVisitor } from "@musehub/http/signIn/visitor"
import { streamed } from "@musehub/http/streamed"
import { Effect, Layer, Random, Stream } from "effect"
import { encoder } from "effect/encoding/Sse"
import { HttpRouter } from "effect/http"
import { named, type Query, query } from "../page/query.ts"
import { proposalNumberIn } from "../proposals/words.ts"

/** After this time a browser asks again, so that no stream outlives what led to it. */
const streamMax = "10 minutes"
/** Proxies end connections over which nothing goes, most of them after a minute. */
const keepAliveEvery = "20 seconds"
/** When a browser asks again: not all of them at once after a hub was started anew. */
const retryMillis = { min: 5000, max: 15_000 }

const comment = ":\n\n"

const headers = {
  "cache-control": "no-store, no-transform",
  // Asks nginx not to collect the answer, whatever its settings are.
  "x-accel-buffering": "no"
}

const list = new Intl.ListFormat("en")

const movedText = (parts: ReadonlyArray<MovedPart>): string =>
  parts.includes("proposal")
    ? "This proposal has changed since this page was loaded."
    : `The ${list.format(parts)} of this repository have changed since this page was loaded.`

const signedOutText = "You are not signed in here any more."

/** The event that ends a stream. Its data is the sentence to show. */
const moved = (text: string): string => encoder.write({ _tag: "Event", event: "moved", id: undefined, data: text })

/** Returns what a page shows, as the address of its stream says. */
const seenIn = (asked: Query): Seen => {
  const number = proposalNumberIn(asked("proposal"))
  const revision = /^\d{1,9}$/.exec(asked("revision") ?? "")?.[0]
  return {
    state: asked("state"),
    proposal: number === undefined || revision === undefined ? undefined : { number, revision: Number(revision) }
  }
}

/** What waits for a page's repository to move. Returns the event that ends its stream; none if it has to ask again. */
const awaited = Effect.fnUntraced(function* (watches: RootWatches, seen: Seen) {
  const { owner, slug } = yield* named
  const visitor = yield* pageVisitor
  const open = yield* openRepository(owner, slug, visitor.principal, "read", { rootAlone: true })
  const streams = yield* eventStream
  const parts = yield* untilMoved(watches, open, seen, lookingOn(visitor))
  return parts.pipe(
    Effect.map(movedText),
    Effect.catchTag("Unauthenticated", () => Effect.succeed(signedOutText)),
    Effect.map((text) => [moved(text)]),
    Effect.catch((error) =>
      Effect.as(Effect.logDebug("a page has to ask again whether its repository moved", error), [])
    ),
    Effect.timeoutOrElse({ duration: streamMax, orElse: () => Effect.succeed([]) }),
    Effect.raceFirst(Effect.as(streams.stopped, []))
  )
})

const events = (watches: RootWatches) =>
  respond(
    Effect.gen(function* () {
      const told = yield* awaited(watches, seenIn(yield* query))
      const retry = yield* Random.nextIntBetween(retryMillis.min, retryMillis.max)
      const beats = Stream.tick(keepAliveEvery).pipe(
        Stream.drop(1),
        Stream.map(() => comment)
      )
      const text = Stream.concat(
        Stream.succeed(`retry: ${retry}\n\n`),
        Stream.merge(Stream.fromIterableEffect(told), beats, { haltStrategy: "left" })
      )
      return yield* streamed(Stream.encodeText(text), { contentType: "text/event-stream", headers })
    })
  )

export const liveRoutes = Layer.unwrap(
  Effect.map(rootWatches, (watches) => HttpRouter.add("GET", "/:owner/:slug/-/events", events(watches)))
)
