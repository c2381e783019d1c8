/**
 * Traces the lines of a file to the commits that brought them: from touch to touch, newest first. A line that a parent
 * has is the parent's, of a merge the first parent's that has it; what no parent has is of the commit.
 */
import { Clock, Effect, Stream } from "effect"
import { BoundedMap } from "../../../base/BoundedMap.ts"
import { elementAt, expected } from "../../../base/expected.ts"
import { type Counted, inSlices, withinSteps } from "../../../base/Slices.ts"
import type { BlobId } from "../../../object/Id.ts"
import { ObjectIndex } from "../../../port/index/ObjectIndex.ts"
import type { Lineage } from "../../../reading/lineage/Lineage.ts"
import { SnapshotReader } from "../../../reading/SnapshotReader.ts"
import { blobContent } from "../../access/blobContent.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { beforeAll } from "../lineagePage.ts"
import { type PathHistoryServices, touchesIn } from "../pathHistory.ts"
import type { TreeError } from "../viewed.ts"
import { PathStates } from "./PathStates.ts"

/** Touches that are looked at, over all paths that the file had. */
const touchesMax = 1000

/** The longest time of a trace. */
const millisMax = 2000

/** Steps of one comparison of two texts: a fraction of a second. */
const stepsMax = 50_000_000

/** Versions in memory: a touch is compared with the one before, which is then compared again. */
const versionsKept = 4

/** What of a file is traced: its lines, say. */
export interface Units {
  /** A larger version is not looked at. */
  readonly bytesMax: number
  /** Counts those of a version; undefined if it has none of the kind. */
  readonly counting: (version: Uint8Array) => Counted<number | undefined>
  /**
   * Returns for each of `here` the one of `before` that it is, or -1; undefined if nothing can be said. They count from
   * 0.
   */
  readonly passing: (here: Uint8Array, before: Uint8Array) => Counted<Int32Array | undefined>
}

/** A file and the lines in it that are still to be traced: their numbers at the head, and here, from 0. */
interface Suspect {
  readonly path: string
  readonly place: number
  readonly wanted: Array<number>
  readonly here: Array<number>
}

/** Where a line of the file at the head is from; it has a number there too. */
export interface Origin {
  readonly place: number
  readonly path: string
  readonly line: number
}

export interface Traced {
  /** By line at the head; the origin of a line that could not be traced further is as far as it was. */
  readonly origins: ReadonlyArray<Origin | undefined>
  readonly complete: boolean
}

class Trace {
  readonly open: OpenRepository
  readonly lineage: Lineage
  readonly units: Units
  readonly #states = new Map<string, PathStates>()
  readonly #texts = new BoundedMap<BlobId, Uint8Array>()
  readonly #suspects = new Map<string, Suspect>()
  #touchesLeft = touchesMax
  complete = true

  constructor(open: OpenRepository, lineage: Lineage, units: Units) {
    this.open = open
    this.lineage = lineage
    this.units = units
  }

  readonly states = Effect.fnUntraced(function* (this: Trace, path: string) {
    const known = this.#states.get(path)
    if (known !== undefined) return known
    const after = beforeAll(this.lineage.generationAt(this.lineage.size - 1))
    const { found, next } = yield* touchesIn(this.open, this.lineage, path, { after, limit: this.#touchesLeft })
    this.#touchesLeft -= found.length
    const made = yield* inSlices(() => PathStates.building(this.lineage, found, next === undefined))
    this.#states.set(path, made)
    return made
  })

  /** Returns a text; undefined for a file that is too large. */
  readonly text = Effect.fnUntraced(function* (this: Trace, blob: BlobId) {
    const kept = this.#texts.touch(blob)
    if (kept !== undefined) return kept
    const { size, whole } = yield* blobContent(this.open, blob)
    if (size > this.units.bytesMax) return undefined
    const bytes = yield* Effect.mapError(Stream.mkUint8Array(whole), ({ readError }) => readError)
    this.#texts.set(blob, bytes, bytes.byteLength)
    this.#texts.trim({ weightMax: versionsKept * this.units.bytesMax })
    return bytes
  })

  /** Reads the blob that a path has at a place. */
  readonly #blobInTree = Effect.fnUntraced(function* (this: Trace, path: string, place: number) {
    const id = this.lineage.idAt(place)
    const { known } = yield* ObjectIndex
    const { commits } = yield* known(this.open.id, { blobs: [], snapshots: [], commits: [id] })
    const { tree } = yield* SnapshotReader
    const node = expected(commits.get(id), `the row of commit ${id}`)
    return (yield* tree(this.open, node.snapshotId)).entry(path)
  })

  /** Returns the blob that a path has at a place: by its touches, unless these leave a choice. */
  readonly blobAt = Effect.fnUntraced(function* (this: Trace, path: string, place: number) {
    const states = yield* this.states(path)
    const blobs = states.blobsAt(place)
    if (states.isWhole && blobs.size < 2) return [...blobs][0]
    return yield* this.#blobInTree(path, place)
  })

  /** Adds a line to those that are to be traced from the touch of a path at a place. */
  suspect(path: string, place: number, wanted: number, here: number): void {
    const key = `${place} ${path}`
    const suspect = this.#suspects.get(key) ?? { path, place, wanted: [], here: [] }
    this.#suspects.set(key, suspect)
    suspect.wanted.push(wanted)
    suspect.here.push(here)
  }

  /** Takes the suspect that comes last in the history: all lines that may reach it have. */
  take(): Suspect | undefined {
    let last: readonly [string, Suspect] | undefined
    for (const entry of this.#suspects) if (last === undefined || entry[1].place > last[1].place) last = entry
    if (last !== undefined) this.#suspects.delete(last[0])
    return last?.[1]
  }
}

/** A file that a suspect may have its lines from. */
interface Source {
  readonly path: string
  readonly blob: BlobId
  readonly parent: number
}

/** Finds the files from which lines of a suspect may be: that of each parent, or the one that was moved. */
const sourcesOf = Effect.fnUntraced(function* (trace: Trace, { path, place }: Suspect) {
  const touch = expected((yield* trace.states(path)).touchAt(place), "the touch of a suspect")
  const sources: Array<Source> = []
  for (const [position, parent] of trace.lineage.parentsAt(place).entries()) {
    const { after, before, renamedFrom } = touch
    if (position === 0 && renamedFrom !== undefined && after !== undefined) {
      sources.push({ path: renamedFrom, blob: after, parent })
      continue
    }
    const blob = position === 0 ? before : yield* trace.blobAt(path, parent)
    if (blob !== undefined) sources.push({ path, blob, parent })
  }
  return { blob: touch.after, sources }
})

/** Returns where the lines of one blob are in another; undefined if nothing can be said. */
const passed = Effect.fnUntraced(function* (trace: Trace, here: BlobId, before: BlobId) {
  const [text, earlier] = [yield* trace.text(here), yield* trace.text(before)]
  if (text === undefined || earlier === undefined) {
    trace.complete = false
    return undefined
  }
  return (yield* withinSteps(trace.units.passing(text, earlier), stepsMax)).result
})

/** Passes lines of a suspect to its parents; returns those that stay. */
const passLines = Effect.fnUntraced(function* (trace: Trace, suspect: Suspect) {
  const { blob, sources } = yield* sourcesOf(trace, suspect)
  let { here, wanted }: Pick<Suspect, "here" | "wanted"> = suspect
  for (const source of sources) {
    if (wanted.length === 0 || blob === undefined) break
    const giver = (yield* trace.states(source.path)).giver(source.parent, source.blob)
    if (giver === undefined) {
      // Its touches are too many, or not derived yet.
      trace.complete = false
      continue
    }
    const isSame = source.blob === blob
    const lines = isSame ? undefined : yield* passed(trace, blob, source.blob)
    if (!isSame && lines === undefined) continue
    const [left, leftHere]: [Array<number>, Array<number>] = [[], []]
    for (const [position, line] of here.entries()) {
      const earlier = lines === undefined ? line : elementAt(lines, line)
      const final = elementAt(wanted, position)
      if (earlier >= 0) trace.suspect(source.path, giver, final, earlier)
      else {
        left.push(final)
        leftHere.push(line)
      }
    }
    wanted = left
    here = leftHere
  }
  return { wanted, here }
})

/** A file whose lines, or other units, are traced. */
export interface Traceable {
  readonly path: string
  readonly blob: BlobId
  /** How many it has. */
  readonly lines: number
  readonly units: Units
}

/** Traces the lines of a file at the end of a lineage. */
export const traceLines = Effect.fn("traceLines")(function* (
  open: OpenRepository,
  lineage: Lineage,
  { blob, lines, path, units }: Traceable
): Effect.fn.Return<Traced, TreeError, PathHistoryServices> {
  const trace = new Trace(open, lineage, units)
  const origins: Array<Origin | undefined> = Array.from({ length: lines })
  const head = (yield* trace.states(path)).giver(lineage.size - 1, blob)
  if (head === undefined) return { origins, complete: lines === 0 }
  for (let line = 0; line < lines; line++) trace.suspect(path, head, line, line)
  const begun = yield* Clock.currentTimeMillis
  for (let suspect = trace.take(); suspect !== undefined; suspect = trace.take()) {
    const isLate = (yield* Clock.currentTimeMillis) - begun > millisMax
    if (isLate) trace.complete = false
    const { here, wanted } = isLate ? suspect : yield* passLines(trace, suspect)
    for (const [position, line] of wanted.entries()) {
      origins[line] = { place: suspect.place, path: suspect.path, line: elementAt(here, position) }
    }
  }
  return { origins, complete: trace.complete }
})
