/** Places the notes of a piano roll: time goes right, pitch goes up. Lengths are in pixels. */
import { beatsPerBar } from "@musehub/domain/music/bars"
import type { Note } from "@musehub/domain/music/Midi"

/** Of a beat, as long as the drawing is not too wide. */
const beatWidth = 24
const widthMax = 12_000
/** Of a pitch. */
const rowHeight = 6
/** Above the notes, for the numbers of bars; and left of them, for the names of octaves. */
const [top, left] = [16, 30]
/** Lines of bars that are drawn; of more bars, each second or third one has a line, and so on. */
const barLinesMax = 300
const octave = 12
/** Octave 4 begins with pitch 60. */
const octaveOf = (pitch: number): number => Math.floor(pitch / octave) - 1

export interface RollLayout {
  readonly width: number
  readonly height: number
  /** The path that draws notes. */
  readonly pathOf: (notes: ReadonlyArray<Note>) => string
  readonly bars: ReadonlyArray<{ readonly bar: number; readonly x: number }>
  readonly octaves: ReadonlyArray<{ readonly octave: number; readonly y: number }>
}

const rounded = (pixels: number): number => Math.round(pixels * 10) / 10

const multiples = (step: number, from: number, to: number): ReadonlyArray<number> => {
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, place) => (first + place) * step)
}

/**
 * Lays out notes, of which there is at least one. It begins with the bar of the first one, and ends with the bar after
 * that of the last one: a note that is longer ends there.
 */
export const layRoll = (notes: ReadonlyArray<Note>, ticksPerBeat: number): RollLayout => {
  const barTicks = beatsPerBar * ticksPerBeat
  const starts = notes.map(({ start }) => start)
  const pitches = notes.map(({ pitch }) => pitch)
  const firstBar = Math.floor(Math.min(...starts) / barTicks)
  const endBar = Math.floor(Math.max(...starts) / barTicks) + 2
  const [low, high] = [Math.min(...pitches) - 2, Math.max(...pitches) + 2]
  const beats = (endBar - firstBar) * beatsPerBar
  const scale = Math.min(beatWidth, widthMax / beats)
  const height = top + (high - low + 1) * rowHeight
  const xOf = (tick: number): number => rounded(left + (tick / ticksPerBeat - firstBar * beatsPerBar) * scale)
  const yOf = (pitch: number): number => top + (high - pitch) * rowHeight
  const end = endBar * barTicks
  const step = Math.ceil((endBar - firstBar) / barLinesMax)
  return {
    width: Math.ceil(left + beats * scale),
    height,
    pathOf: (shown) =>
      shown
        .map(({ duration, pitch, start }) => {
          const x = xOf(start)
          const width = rounded(Math.max(1, xOf(Math.min(start + duration, end)) - x - 0.5))
          return `M${x} ${yOf(pitch)}h${width}v${rowHeight - 1}h-${width}z`
        })
        .join(""),
    bars: multiples(step, firstBar, endBar - 1).map((bar) => ({ bar: bar + 1, x: xOf(bar * barTicks) })),
    octaves: multiples(octave, low, high).map((pitch) => ({ octave: octaveOf(pitch), y: yOf(pitch) + rowHeight }))
  }
}
