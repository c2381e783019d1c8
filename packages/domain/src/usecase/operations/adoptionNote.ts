/** Notes in the store what an adoption left behind in the legacy hub, and reads that again. */
import { Effect, Option } from "effect"
import { adoptionCodec } from "../../hub/codecs.ts"
import { type AdoptionReport, rowsMax } from "../../hub/verification/AdoptionReport.ts"
import { nowIso } from "../../object/now.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { DocumentName } from "../../repository/Names.ts"
import type { AdoptedRepository } from "./adopt/adoptRepository.ts"
import { notedInStore, noteInStore } from "./noteInStore.ts"

const adoption = { kind: "hub", collection: "verification", name: DocumentName.make("adoption") } as const

/** Returns what the last adoptions left behind; none before the first. A damaged note counts as none. */
export const lastAdoption = Effect.fn("lastAdoption")(function* (): Effect.fn.Return<
  Option.Option<AdoptionReport>,
  StoreUnavailable,
  ObjectStore
> {
  return yield* notedInStore(adoption, adoptionCodec)
})

/**
 * Notes what a run left behind in the repositories that it took over. What is noted of others stays: of those that a
 * run did not look at nothing new is known.
 */
export const noteAdoption = Effect.fn("noteAdoption")(function* (
  repositories: ReadonlyArray<Pick<AdoptedRepository, "name" | "quarantined">>,
  /** Whether these are all repositories of the legacy hub. */
  isWhole: boolean,
  version: string
): Effect.fn.Return<void, StoreUnavailable, ObjectStore> {
  const before = isWhole ? Option.none() : yield* lastAdoption()
  const looked = new Set(repositories.map(({ name }) => name))
  const others = Option.match(before, {
    onNone: () => ({ left: [], more: 0 }),
    onSome: ({ left, more }) => ({ left: left.filter(({ repository }) => !looked.has(repository)), more })
  })
  const rows = [
    ...others.left,
    ...repositories.flatMap(({ quarantined }) =>
      quarantined.map(({ reason, repository, row }) => ({ repository, row, reason }))
    )
  ]
  const report: AdoptionReport = {
    at: yield* nowIso,
    version,
    left: rows.slice(0, rowsMax),
    more: others.more + Math.max(0, rows.length - rowsMax)
  }
  yield* noteInStore(adoption, adoptionCodec, report, "what the adoption left behind")
})
