/** A MIDI file as a piano roll, and the same notes in words. */
import { elementAt } from "@musehub/domain/base/expected"
import { beatsPerBar } from "@musehub/domain/music/bars"
import { type Note, pitchClassName } from "@musehub/domain/music/Midi"
import type { MidiFile, TrackNotes } from "@musehub/domain/usecase/browse/midi/readMidi"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { colourOf, Swatch } from "../chart/Swatch.ts"
import { countText, Empty, Pager } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { layRoll } from "./RollLayout.ts"

/** Notes of one drawing. */
export const notesShown = 2000
/** Tracks that are named; the notes of all are drawn. */
const tracksNamed = 100

/** The name of a pitch with its octave: 60 is C4. */
const pitchName = (pitch: number): string => `${pitchClassName(pitch)}${Math.floor(pitch / 12) - 1}`

const trackName = ({ name, trackId }: TrackNotes): string => name ?? `Track ${trackId + 1}`

const range = (notes: ReadonlyArray<Note>): string => {
  const pitches = notes.map(({ pitch }) => pitch)
  return `${pitchName(Math.min(...pitches))} to ${pitchName(Math.max(...pitches))}`
}

const Drawing = ({
  label,
  ticksPerBeat,
  tracks
}: {
  readonly label: string
  readonly tracks: ReadonlyArray<TrackNotes>
  readonly ticksPerBeat: number
}): VNode => {
  const { bars, height, octaves, pathOf, width } = layRoll(
    tracks.flatMap(({ notes }) => notes),
    ticksPerBeat
  )
  return h(
    "div",
    { class: "roll scroll", role: "region", "aria-label": "Piano roll", tabindex: 0 },
    h(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      h("path", { class: "beat", d: bars.map(({ x }) => `M${x} 0V${height}`).join("") }),
      h("path", { class: "beat", d: octaves.map(({ y }) => `M0 ${y}H${width}`).join("") }),
      bars.map(({ bar, x }) => h("text", { x: x + 3, y: 11 }, String(bar))),
      octaves.map(({ octave, y }) => h("text", { x: 2, y: y - 1 }, `C${octave}`)),
      tracks.map(({ notes }, place) => h("path", { class: `fill-${colourOf(place)}`, d: pathOf(notes) }))
    )
  )
}

const TrackRow = ({ place, track }: { readonly track: TrackNotes; readonly place: number }): VNode =>
  h(
    "tr",
    null,
    h("th", { scope: "row" }, h(Swatch, { place }), h(Name, { text: trackName(track), max: 60 })),
    h("td", null, track.channel === undefined ? "several" : String(track.channel + 1)),
    h("td", null, String(track.notes.length)),
    h("td", null, range(track.notes))
  )

const Tracks = ({ tracks }: { readonly tracks: ReadonlyArray<TrackNotes> }): VNode =>
  h(
    Fragment,
    null,
    h(
      "table",
      { class: "files" },
      h("caption", { class: "hidden" }, "Tracks"),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Track", "Channel", "Notes", "Pitches"].map((title) => h("th", { scope: "col" }, title))
        )
      ),
      h(
        "tbody",
        null,
        tracks.slice(0, tracksNamed).map((track, place) => h(TrackRow, { track, place }))
      )
    ),
    tracks.length > tracksNamed ? h("p", null, `${tracks.length - tracksNamed} tracks more are drawn.`) : null
  )

/** Returns the names of the notes that begin in each bar, in order of time. */
const namesByBar = (notes: ReadonlyArray<Note>, ticksPerBeat: number): ReadonlyMap<number, Array<string>> => {
  const bars = new Map<number, Array<string>>()
  for (const { pitch, start } of notes.toSorted((one, other) => one.start - other.start)) {
    const bar = Math.floor(start / (beatsPerBar * ticksPerBeat)) + 1
    const names = bars.get(bar)
    if (names === undefined) bars.set(bar, [pitchName(pitch)])
    else names.push(pitchName(pitch))
  }
  return bars
}

const InWords = ({
  ticksPerBeat,
  tracks
}: {
  readonly tracks: ReadonlyArray<TrackNotes>
  readonly ticksPerBeat: number
}): VNode =>
  h(
    "details",
    null,
    h("summary", null, "The notes in words"),
    tracks.map((track) =>
      h(
        Fragment,
        null,
        h("h2", null, h(Name, { text: trackName(track), max: 60 })),
        h(
          "dl",
          { class: "facts" },
          Array.from(namesByBar(track.notes, ticksPerBeat), ([bar, names]) => [
            h("dt", null, `Bar ${bar}`),
            h("dd", null, names.join(" "))
          ])
        )
      )
    )
  )

/** Says which notes of the file are shown. */
const shownText = ({ from, noteCount }: MidiFile, shown: number): string => {
  const [first, last, all] = [from + 1, from + shown, noteCount].map((count) => count.toLocaleString("en"))
  if (shown === noteCount) return `${countText(noteCount, "note")}, all shown`
  return from === 0 ? `the first ${last} of ${all} notes shown` : `notes ${first} to ${last} of ${all} shown`
}

/** Draws a page of a file's notes. `next` is the address of the page with the notes that follow. */
export const PianoRoll = ({ file, next }: { readonly file: MidiFile; readonly next: string | null }): VNode => {
  const { tempoBpm, ticksPerBeat, timeSignature, totalBeats } = file
  const tracks = file.tracks.filter(({ notes }) => notes.length > 0)
  const shown = tracks.reduce((sum, { notes }) => sum + notes.length, 0)
  if (shown === 0) return h(Empty, { title: "This MIDI file has no notes" })
  const bars = Math.ceil(totalBeats / beatsPerBar)
  const firstNote = elementAt(elementAt(tracks, 0).notes, 0)
  const label = `${countText(shown, "note")} of ${countText(tracks.length, "track")}, ${range(
    tracks.flatMap(({ notes }) => notes)
  )}, from bar ${Math.floor(firstNote.start / (beatsPerBar * ticksPerBeat)) + 1}`
  return h(
    Fragment,
    null,
    h(
      "p",
      { class: "meta" },
      `${countText(bars, "bar")} of four beats · ${Math.round(tempoBpm * 100) / 100} beats a minute · ` +
        `${timeSignature.numerator}/${timeSignature.denominator} · ${shownText(file, shown)}`
    ),
    h(Drawing, { label, tracks, ticksPerBeat }),
    h(Pager, { next }),
    h(Tracks, { tracks }),
    h(InWords, { tracks, ticksPerBeat })
  )
}
