/**
 * Draws a history in lanes: each line of commits has one, and lines bend where they branch off and join. A page goes on
 * in the lanes of the one before, which its address has: what comes next is all that the lines above know.
 */

/** Lines at a time. A commit whose line would be one more is drawn as the newest of its line. */
export const lanesMax = 64

/** Digits of an id in an address: enough to tell the commits that are waited for from others. */
const digits = 10

/** For each lane the commit that its line leads to, by its id or the first digits of it; null for a free lane. */
export type Lanes = ReadonlyArray<string | null>

/** What is drawn of a commit. */
export interface GraphCommit {
  readonly id: string
  readonly parents: ReadonlyArray<string>
}

/** A line in one row, from a lane above to one below. */
export interface Passing {
  readonly from: number
  readonly to: number
}

export interface GraphRow {
  /** The lane of the commit. */
  readonly lane: number
  /** The lanes of the lines that come from its children. */
  readonly children: ReadonlyArray<number>
  /** The lanes of the lines to its parents. */
  readonly parents: ReadonlyArray<number>
  /** The lines that pass it. */
  readonly passing: ReadonlyArray<Passing>
}

const isId = (waiting: string | null | undefined, id: string): boolean =>
  typeof waiting === "string" && id.startsWith(waiting)

/** Returns the first free lane from `first` on; undefined if there are too many. */
const freeLane = (lanes: Lanes, first: number): number | undefined => {
  for (let lane = first; lane < lanesMax; lane++) if ((lanes[lane] ?? null) === null) return lane
  return undefined
}

const placesOf = (lanes: Lanes, id: string): ReadonlyArray<number> =>
  lanes.flatMap((waiting, lane) => (isId(waiting, id) ? [lane] : []))

/** Lays out a commit below the lanes of those above it. Returns its row, and the lanes below it. */
const layCommit = (
  above: Lanes,
  { id, parents: [first, ...others] }: GraphCommit
): { readonly row: GraphRow; readonly below: Lanes } => {
  const children = placesOf(above, id)
  const lane = children[0] ?? freeLane(above, 0) ?? lanesMax - 1
  const below: Array<string | null> = above.map((waiting) => (isId(waiting, id) ? null : waiting))
  const passing = new Map(below.flatMap((waiting, at) => (waiting === null ? [] : [[at, at] as const])))

  const lead = (at: number, parent: string): number => {
    while (below.length <= at) below.push(null)
    below[at] = parent
    return at
  }
  /** The line goes on in its lane, unless one before it leads to the same parent: of two, the latter joins. */
  const firstLane = (parent: string): number | undefined => {
    const [waiting] = placesOf(below, parent)
    if (waiting !== undefined && waiting < lane) return waiting
    if ((below[lane] ?? null) !== null) return undefined
    if (waiting !== undefined) {
      below[waiting] = null
      passing.set(waiting, lane)
    }
    return lead(lane, parent)
  }
  const otherLane = (parent: string): number | undefined => {
    const [waiting] = placesOf(below, parent)
    const free = waiting ?? freeLane(below, lane + 1) ?? freeLane(below, 0)
    return free === undefined ? undefined : lead(free, parent)
  }

  const parents = [...(first === undefined ? [] : [firstLane(first)]), ...others.map(otherLane)]
  while (below.at(-1) === null) below.pop()
  return {
    row: {
      lane,
      children,
      parents: parents.filter((at) => at !== undefined),
      passing: Array.from(passing, ([from, to]) => ({ from, to }))
    },
    below
  }
}

/** Lays out commits, children before parents, below some lanes. Returns a row for each, and the lanes below them. */
export const layGraph = (
  above: Lanes,
  commits: ReadonlyArray<GraphCommit>
): { readonly rows: ReadonlyArray<GraphRow>; readonly below: Lanes } => {
  let lanes = above
  const rows = commits.map((commit) => {
    const { below, row } = layCommit(lanes, commit)
    lanes = below
    return row
  })
  return { rows, below: lanes }
}

/** Returns the lanes as an address has them. */
export const lanesText = (lanes: Lanes): string =>
  lanes.map((waiting) => (waiting === null ? "" : waiting.slice(0, digits))).join(".")

const lanePattern = new RegExp(`^[0-9a-f]{${digits}}$`)

/** Returns the lanes in an address. What is none is no lane: the lines begin anew. */
export const lanesOf = (text: string | undefined): Lanes => {
  if (text === undefined || text.length > lanesMax * (digits + 1)) return []
  return text
    .split(".")
    .slice(0, lanesMax)
    .map((part) => (lanePattern.test(part) ? part : null))
}
