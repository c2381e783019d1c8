/** Files in a real browser: notes are drawn, sounds play, and a picture is one or is said to be none. */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { endOfTrack, fileOf, midiFile, noteOf, tempo, track, trackOf } from "../music/midiFile.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { allEyes, look } from "./browser/look.ts"

const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64"
)

/** A second of silence: 8,000 samples of 8 bits. */
const silence = (): Buffer => {
  const samples = Buffer.alloc(8000, 0x80)
  const header = Buffer.alloc(44)
  header.write("RIFF", 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write("WAVEfmt ", 8)
  for (const [place, value] of [16, 1 + (1 << 16), 8000, 8000, 1 + (8 << 16)].entries()) {
    header.writeUInt32LE(value, 16 + place * 4)
  }
  header.write("data", 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

const name = "<img src=x onerror=alert(1)>\u202e"
const named = track(
  [0, 0xff, 0x03, Buffer.byteLength(name), ...Buffer.from(name)],
  [0, 0x90, 60, 80],
  [480, 0x80, 60, 0],
  endOfTrack
)
const chord = [60, 64, 67].map((pitch) => noteOf({ pitch, start: 0 }))
const many = Array.from({ length: 2500 }, (_, place) => ({ pitch: 40 + (place % 40), start: place * 480 }))
/** Notes that stand as far apart as the format allows, and are as long. */
const far = [noteOf({ pitch: 0, start: 0, duration: 2 ** 27 }), noteOf({ pitch: 127, start: 2 ** 28 - 1 })]

const files = {
  "song.mid": midiFile(track(tempo(90), endOfTrack), trackOf(chord), trackOf([noteOf({ pitch: 36, start: 1920 })])),
  "named.mid": midiFile(named),
  "still.mid": midiFile(track(endOfTrack)),
  "many.mid": fileOf(many),
  "far.mid": midiFile(trackOf(far)),
  "broken.mid": "<script>alert(1)</script>",
  "silence.wav": silence(),
  "page.mp3": "<script>alert(1)</script>",
  "pixel.png": pixel,
  "page.png": "<script>alert(1)</script>",
  "bytes.gif": "\0\u0001\u0002",
  "empty.jpg": ""
}

describeChromium("the page of a file", () => {
  it.live(
    "draws notes, plays sounds, shows pictures, and says what is none of them",
    () =>
      Effect.gen(function* () {
        const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
        const hub = yield* startHub(storage, [], { pages })
        const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
        const local = growing()
        commitTo(local, "main", files)
        yield* pushBranch(target, local, "main")
        const browser = yield* startChromium
        const of = (path: string) => `${hub.url}/ada/songs/-/blob?${new URLSearchParams({ path }).toString()}`
        for (const each of allEyes) {
          yield* look(yield* openWindow(browser, hub.url, each), of("song.mid"), each)
        }

        const each: Eyes = { width: 390, colorScheme: "light", javaScriptEnabled: true }
        const window = yield* openWindow(browser, hub.url, each)
        const { page } = window
        const see = (path: keyof typeof files) =>
          Effect.promise(async () => {
            await page.goto(of(path))
            return page.innerText("body")
          })
        const whole = yield* see("song.mid")
        assert.include(whole, "90 beats a minute · 4/4 · 4 notes, all shown")
        const drawing = page.getByRole("img", { name: "4 notes of 2 tracks, C2 to G4, from bar 1" })
        const drawn = yield* Effect.promise(() => drawing.boundingBox())
        assert.isAbove(drawn?.width ?? 0, 2 * 4 * 24)
        yield* Effect.promise(() => page.getByText("The notes in words").click())
        assert.include(yield* Effect.promise(() => page.innerText("details")), "C4 E4 G4")
        assert.include(yield* Effect.promise(() => page.innerText("table")), "C4 to G4")
        assert.include(yield* see("named.mid"), "U+202E")
        assert.include(yield* see("still.mid"), "This MIDI file has no notes")
        assert.include(yield* see("far.mid"), "2 notes, all shown")
        assert.include(yield* look(window, of("many.mid"), each), "the first 2,000 of 2,500 notes shown")
        const size = (yield* Effect.promise(() => page.content())).length
        assert.isBelow(size, 150 * 1024)
        yield* Effect.promise(() => page.getByRole("link", { name: "Next page" }).click())
        yield* Effect.promise(() => page.getByText("notes 2,001 to 2,500 of 2,500 shown").waitFor())
        assert.include(yield* see("broken.mid"), "This file cannot be read as MIDI")

        yield* see("silence.wav")
        const seconds = yield* Effect.promise(() =>
          page.locator("audio").evaluate((element) => {
            const sound = element as unknown as {
              duration: number
              preload: string
              addEventListener: (event: string, then: () => void) => void
            }
            return new Promise<number>((resolve) => {
              sound.addEventListener("loadedmetadata", () => resolve(sound.duration))
              sound.addEventListener("error", () => resolve(-1))
              sound.preload = "auto"
            })
          })
        )
        assert.strictEqual(seconds, 1)
        assert.include(yield* see("page.mp3"), "Raw")

        yield* see("pixel.png")
        const width = yield* Effect.promise(() =>
          page.locator("main img").evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)
        )
        assert.strictEqual(width, 1)
        const none = "This file has the name of a picture, but its bytes are not those of one."
        const markup = yield* see("page.png")
        assert.include(markup, none)
        assert.include(markup, "<script>alert(1)</script>")
        assert.include(yield* see("bytes.gif"), "This file is binary")
        const empty = yield* see("empty.jpg")
        assert.include(empty, none)
        assert.include(empty, "This file is empty")
        assert.strictEqual(yield* Effect.promise(() => page.locator("main img").count()), 0)
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped),
    60_000
  )
})
