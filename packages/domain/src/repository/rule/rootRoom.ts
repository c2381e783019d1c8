/**
 * How many bytes the lists of a root may take. The root is written whole at every change, and once more under
 * `history/`, so its size is a part of the cost of each write; refs are in chunks, and are read whole by some. The
 * counts in `repositoryLimits.ts` alone bound neither, since names and labels may be long.
 */
import { Effect, Schema } from "effect"
import { utf8Length } from "../../base/Bytes.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import type { Root } from "../Root.ts"

/** The most bytes of the lists that the root holds itself, as canonical JSON. */
export const rootListsBytesMax = 1024 * 1024
/**
 * The most bytes of refs: room for 100,000 branches and 100,000 tags with names of 60 characters. A client reads
 * answers of at most 64 MiB.
 */
export const refsBytesMax = 48 * 1024 * 1024

type Sizes = ReadonlyArray<readonly [what: string, bytes: number]>

const refSizes = ({ heads, releases, tags }: Root): Sizes => [
  ["branches", heads.bytes],
  ["tags", tags.bytes],
  ["releases", releases.bytes]
]

/** Returns how many bytes each list that the root holds itself takes, by what it lists. */
const listSizes = (root: Root): Sizes => {
  const lists = {
    "open proposals": root.proposals.open,
    "branch protections": root.protection,
    collaborators: root.grants
  }
  return Object.entries(lists).map(([what, list]) => [what, utf8Length(JSON.stringify(list))])
}

const totalOf = (sizes: Sizes): number => sizes.reduce((sum, [, bytes]) => sum + bytes, 0)

/** The lists of the repository would take more bytes than they may. */
export class RootFull extends Schema.TaggedError<RootFull>()("RootFull", {
  kind: errorKind("refused"),
  /** The bytes that the lists would take. */
  bytes: Schema.Int,
  limit: Schema.Int,
  /** The lists that take most, largest first, such as `tags`. */
  largest: Schema.Array(Schema.Struct({ what: Schema.String, bytes: Schema.Int }))
}) {
  static readonly details = ["bytes", "limit", "largest"] as const
  override get message() {
    const parts = this.largest.map(({ bytes, what }) => `${what} ${bytes}`).join(", ")
    const first = this.largest[0]?.what ?? "some"
    return (
      `the names and labels of the repository would take ${this.bytes} bytes, and ${this.limit} is the limit ` +
      `(${parts}); delete ${first} first, or use shorter names`
    )
  }
}

/** How many lists a refusal names. */
const namedMax = 3

const checking =
  (sizesOf: (root: Root) => Sizes, limit: number) =>
  (before: Root, after: Root): Effect.Effect<void, RootFull> =>
    Effect.suspend(() => {
      const sizes = sizesOf(after)
      const bytes = totalOf(sizes)
      if (bytes <= limit || bytes <= totalOf(sizesOf(before))) return Effect.void
      const largest = sizes
        .map(([what, size]) => ({ what, bytes: size }))
        .toSorted((a, b) => b.bytes - a.bytes)
        .slice(0, namedMax)
      return Effect.fail(new RootFull({ bytes, limit, largest }))
    })

/** Refuses a change that leaves lists of more than `rootListsBytesMax`, unless it makes room. */
export const checkRoom = checking(listSizes, rootListsBytesMax)

/** Refuses a change that leaves refs of more than `refsBytesMax`, unless it makes room. */
export const checkRefsRoom = checking(refSizes, refsBytesMax)
