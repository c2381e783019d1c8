/** Handlers of MIDI files. */
import type { Note } from "@musehub/domain/music/Midi"
import { sha256 } from "@musehub/domain/object/Digest"
import { analyseMidi } from "@musehub/domain/usecase/browse/midi/analyseMidi"
import { blameMidi } from "@musehub/domain/usecase/browse/midi/blameMidi"
import { diffMidi, type MidiVersion } from "@musehub/domain/usecase/browse/midi/diffMidi"
import { readMidi, type TrackNotes } from "@musehub/domain/usecase/browse/midi/readMidi"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached } from "../../cached.ts"
import { Api } from "../Api.ts"
import { type MidiNote, noteLimitMax } from "../contract/browse/midi.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"
import { controlOf } from "./controlOf.ts"

const noteJson =
  (ticksPerBeat: number) =>
  ({ channel, duration, pitch, start, velocity }: Note): MidiNote => ({
    pitch,
    startBeat: start / ticksPerBeat,
    durationBeats: duration / ticksPerBeat,
    velocity,
    channel
  })

const trackJson =
  (ticksPerBeat: number) =>
  ({ channel, name, notes, trackId }: TrackNotes) => ({
    trackId,
    name: name ?? null,
    channel: channel ?? null,
    notes: notes.map(noteJson(ticksPerBeat))
  })

const versionJson = ({ blobId, commitId }: MidiVersion) => ({ commitId, blobId: blobId ?? null })

export const midi = HttpApiBuilder.group(Api, "midi", (handlers) =>
  handlers
    .handle(
      "notes",
      answering(({ params, query: { path, ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const request = yield* pageRequest({ ...page, limit: page.limit ?? noteLimitMax })
          const { from: _from, next, ticksPerBeat, tracks, ...file } = yield* readMidi(open, { path, ref }, request)
          return yield* cached(
            { etag: `"${file.commitId}"`, control: controlOf(open, ref) },
            Effect.map(paged({ items: tracks, next }, trackJson(ticksPerBeat)), ({ items, nextCursor }) => ({
              ...file,
              tracks: items,
              nextCursor
            }))
          )
        })
      )
    )
    .handle(
      "analysis",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const analysis = yield* analyseMidi(open, query)
          const state = { etag: `"${analysis.commitId}"`, control: controlOf(open, query.ref) }
          return yield* cached(state, Effect.succeed(analysis))
        })
      )
    )
    .handle(
      "diff",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const { base, changes, head, ...diff } = yield* diffMidi(open, query)
          const state = {
            etag: `"${sha256(`${base.commitId} ${head.commitId}`)}"`,
            control: controlOf(open, query.base, query.head)
          }
          return yield* cached(
            state,
            Effect.sync(() => ({
              ...diff,
              base: versionJson(base),
              head: versionJson(head),
              changes: changes.map(({ change, note, place }) => ({
                change,
                place,
                note: noteJson((change === "added" ? head : base).ticksPerBeat)(note)
              }))
            }))
          )
        })
      )
    )
    .handle(
      "blame",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const blamed = yield* blameMidi(open, query)
          const { commitId, complete } = blamed
          const state = { complete, etag: `"${commitId}"`, ref: query.ref }
          return yield* cachedIfComplete(open, state, Effect.succeed(blamed))
        })
      )
    )
)
