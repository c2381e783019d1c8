/** MIDI files over HTTP, of the repository that the real client made. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { textOf } from "../muse/Value.ts"
import { deriveOf } from "./deriveOf.ts"

const scene = Effect.gen(function* () {
  const { repository } = yield* Stage
  const target = yield* repository()
  const local = goldenRepository("midi")
  yield* pushAll(target, local)
  yield* deriveOf(target, "touches")
  const head = local.heads.get("main") ?? ""
  const first = textOf(local.commits.get(head) ?? null, "parent_commit_id")
  const get = (call: string, query: Readonly<Record<string, string>>) =>
    ask("GET", `/repos/${target.repository}/${call}?${new URLSearchParams(query)}`)
  return { first, get, head }
})

const path = "tracks/lead.mid"

describeOnMemoryStage("a MIDI file", (it) => {
  it.effect("is shown by note and track, in pages", () =>
    Effect.gen(function* () {
      const { get, head } = yield* scene
      const answer = yield* get("midi", { path, limit: "3" })
      const { tracks, ...file } = valueOf(answer)
      assert.deepInclude(file, {
        commitId: head,
        path,
        noteCount: 5,
        tempoBpm: 120,
        timeSignature: { numerator: 4, denominator: 4 },
        totalBeats: 5 + 10 / 480
      })
      const note = (pitch: number, startBeat: number) => ({
        pitch,
        startBeat,
        durationBeats: 1,
        velocity: 80,
        channel: 0
      })
      assert.deepStrictEqual(tracks, [
        { trackId: 0, name: "piano", channel: 0, notes: [note(60, 0), note(62, 1), note(63, 2)] }
      ])
      assert.strictEqual(answer.headers["etag"], `"${head}"`)
      const next = valueOf(yield* get("midi", { path, cursor: String(file["nextCursor"]) }))
      assert.deepInclude(next, {
        tracks: [{ trackId: 0, name: "piano", channel: 0, notes: [note(65, 3), note(67, 4)] }],
        nextCursor: null
      })
    })
  )

  it.effect("is analysed, compared and traced", () =>
    Effect.gen(function* () {
      const { first, get, head } = yield* scene
      const analysis = valueOf(yield* get("midi/analysis", { path }))
      assert.deepInclude(analysis, { tempo: [{ beat: 0, bpm: 120 }], cadences: [], truncated: false })
      assert.deepStrictEqual(analysis["density"], [
        { bar: 1, noteCount: 4, notesPerBeat: 1 },
        { bar: 2, noteCount: 1, notesPerBeat: 0.25 }
      ])
      const diff = valueOf(yield* get("midi/diff", { base: first, head: "main", path }))
      assert.deepInclude(diff, { added: 2, removed: 1, truncated: false })
      assert.deepInclude(valueOf(yield* get("midi/diff", { base: first, head: "main", path: "tracks/pad.mid" })), {
        removed: 0,
        base: { commitId: first, blobId: null }
      })
      const blame = valueOf(yield* get("midi/blame", { path: "tracks/bass.mid" }))
      assert.deepInclude(blame, { commitId: head, complete: true })
      const [range] = blame["ranges"] as ReadonlyArray<Record<string, unknown>>
      assert.deepInclude(range, { from: 1, to: 1, commitId: first, author: "ada" })
    })
  )

  it.effect("that is none is refused with what is wrong and where", () =>
    Effect.gen(function* () {
      const { get } = yield* scene
      for (const call of ["midi", "midi/analysis", "midi/blame"]) {
        assertProblem(
          yield* get(call, { path: "notes.txt" }),
          409,
          /"notes.txt" cannot be read as MIDI: it does not begin/
        )
        assertProblem(yield* get(call, { path: "none" }), 404, /no "none"/)
      }
      assertProblem(yield* get("midi", { path: "tracks" }), 409, /folder/)
    })
  )
})
