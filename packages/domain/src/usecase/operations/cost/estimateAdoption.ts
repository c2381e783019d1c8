/**
 * Tells about what a first adoption would read and put, from the sizes that the legacy hub states. What is in packs is
 * compressed, and rows that are not right stay behind; commits, snapshots, users, tags, releases and proposals come
 * beside what is counted. Nothing is written.
 */
import { Effect, Option, Schema } from "effect"
import { orDefault } from "../../../base/expected.ts"
import { readClaim } from "../../../invariant/NameClaims.ts"
import { packBytes } from "../../../invariant/packs/NewPacks.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import { packedBlobBytesMax } from "../../../pack/limits.ts"
import { LegacyHub, type LegacySizes } from "../../../port/legacy/LegacyHub.ts"
import type { LegacyUnavailable } from "../../../port/legacy/LegacyRecords.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { Slug, UserName } from "../../../repository/Names.ts"
import { type LegacyNamesUnknown, repositoriesCalled } from "../adopt/adoptHub.ts"
import { Requests } from "./Requests.ts"

const decodeName = Schema.decodeUnknownOption(Schema.Struct({ owner: UserName, slug: Slug }))

export interface AdoptionEstimate {
  /** Of those that are not here yet. */
  readonly repositories: ReadonlyArray<LegacySizes & { readonly name: string }>
  /** Names of those that are here: what is new in them is not counted. */
  readonly known: ReadonlyArray<string>
  readonly requests: Readonly<Requests>
  /** Bytes of objects. */
  readonly bytes: number
}

const nothing: LegacySizes = { commits: 0, snapshots: 0, objects: 0, bytes: 0, largeObjects: 0, largeBytes: 0 }

/** Estimates an adoption of these repositories, or of all if there are none. */
export const estimateAdoption = Effect.fn("estimateAdoption")(function* (
  names: ReadonlyArray<string>
): Effect.fn.Return<
  AdoptionEstimate,
  LegacyNamesUnknown | LegacyUnavailable | ObjectCorrupt | StoreUnavailable,
  LegacyHub | ObjectStore
> {
  const rows = yield* repositoriesCalled(names)
  const sizes = yield* (yield* LegacyHub).sizes(packedBlobBytesMax)
  const requests = new Requests()
  const repositories: Array<LegacySizes & { readonly name: string }> = []
  const known: Array<string> = []
  let bytes = 0
  for (const row of rows) {
    const name = `${row.owner}/${row.slug}`
    const full = decodeName(row)
    if (Option.isSome(full) && Option.isSome(yield* readClaim(full.value))) {
      known.push(name)
      continue
    }
    const counted = orDefault(sizes.get(row.id), nothing)
    repositories.push({ name, ...counted })
    bytes += counted.bytes
    const packs = Math.max(1, Math.ceil((counted.bytes - counted.largeBytes) / packBytes))
    // Each pack is named by a move of the root, which is read, copied and written.
    requests.put += counted.largeObjects + 3 * packs
    requests.get += 3 * packs
    // The first root, the one with the branches and the copy of the one before it, and the name; each is read before.
    requests.put += 4
    requests.get += 4
    // The index asks for the sizes of large blobs, for proposals and annotations.
    requests.head += counted.largeObjects
    requests.listed(0)
    requests.listed(0)
  }
  return { repositories, known, requests, bytes }
})
