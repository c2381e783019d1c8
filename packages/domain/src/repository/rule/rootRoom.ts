/**
 * How many bytes the lists of a root may take. The root is written whole at every change, and once more under
 * `history/`, so its size is a part of the cost of each write. The counts in `repositoryLimits.ts` alone do not bound
 * it, since names and labels may be long.
 */
import { Effect, Schema } from "effect"
import { utf8Length } from "../../base/Bytes.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import type { Root } from "../Root.ts"

/** The most bytes of a root's lists, as canonical JSON: room for 10,000 branches with names of 30 characters. */
export const rootListsBytesMax = 1024 * 1024

/** Returns how many bytes each list of the root takes, by what it lists. */
const listSizes = (root: Root): ReadonlyArray<readonly [what: string, bytes: number]> => {
  const lists = {
    branches: root.heads,
    tags: root.tags,
    releases: root.releases,
    "open proposals": root.proposals.open,
    "branch protections": root.protection,
    collaborators: root.grants
  }
  return Object.entries(lists).map(([what, list]) => [what, utf8Length(JSON.stringify(list))])
}

const totalOf = (sizes: ReturnType<typeof listSizes>): number => sizes.reduce((sum, [, bytes]) => sum + bytes, 0)

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

/** Refuses a change that leaves lists of more than `rootListsBytesMax`, unless it makes room. */
export const checkRoom = (before: Root, after: Root): Effect.Effect<void, RootFull> =>
  Effect.suspend(() => {
    const sizes = listSizes(after)
    const bytes = totalOf(sizes)
    if (bytes <= rootListsBytesMax || bytes <= totalOf(listSizes(before))) return Effect.void
    const largest = sizes
      .map(([what, size]) => ({ what, bytes: size }))
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, namedMax)
    return Effect.fail(new RootFull({ bytes, limit: rootListsBytesMax, largest }))
  })
