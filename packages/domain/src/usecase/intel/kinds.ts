/**
 * The kinds of intel. Each is a pure function of a window of commits and has a version of its own, which rises whenever
 * the same window gives something else.
 */
import type { Slices } from "../../base/Slices.ts"
import type { DeriverName } from "../../port/index/derived/DerivationIndex.ts"
import { type ActivityItem, findingActivity } from "../../reading/intel/activity.ts"
import { type ChurnItem, findingChurn } from "../../reading/intel/churn.ts"
import { type CouplingItem, findingCoupling } from "../../reading/intel/coupling.ts"
import { findingHotspots, type HotspotItem } from "../../reading/intel/hotspots.ts"
import { findingLanguages, type LanguageItem } from "../../reading/intel/languages.ts"
import { findingOwnership, type OwnershipItem } from "../../reading/intel/ownership.ts"
import { findingStable, type StableItem } from "../../reading/intel/stable.ts"
import type { Window } from "../../reading/intel/Window.ts"

/** What an item of each kind is. */
export interface IntelItems {
  readonly activity: ActivityItem
  readonly churn: ChurnItem
  readonly coupling: CouplingItem
  readonly hotspots: HotspotItem
  readonly languages: LanguageItem
  readonly ownership: OwnershipItem
  readonly stable: StableItem
}

export type IntelKind = keyof IntelItems

/** What of a window a kind needs. */
export type Needs = "commits" | "lines" | "paths" | "touches"

interface Definition<A> {
  readonly version: number
  readonly needs: ReadonlyArray<Needs>
  readonly finding: (window: Window) => Slices<ReadonlyArray<A>>
}

export const definitions: { readonly [K in IntelKind]: Definition<IntelItems[K]> } = {
  activity: { version: 1, needs: ["commits"], finding: findingActivity },
  churn: { version: 1, needs: ["commits", "lines", "paths", "touches"], finding: findingChurn },
  coupling: { version: 1, needs: ["paths", "touches"], finding: findingCoupling },
  hotspots: { version: 1, needs: ["paths", "touches"], finding: findingHotspots },
  languages: { version: 1, needs: ["paths"], finding: ({ paths }) => findingLanguages(paths) },
  ownership: { version: 2, needs: ["commits", "lines", "paths", "touches"], finding: findingOwnership },
  stable: { version: 1, needs: ["paths", "touches"], finding: findingStable }
}

export const intelKinds = Object.keys(definitions) as ReadonlyArray<IntelKind>

const isKind = (text: string): text is IntelKind => Object.hasOwn(definitions, text)

/** Returns the kind of this name; undefined if there is none. */
export const intelKindOf = (text: string): IntelKind | undefined => (isKind(text) ? text : undefined)

/** Returns the derivers whose rows a kind needs. */
export const deriversOf = (kind: IntelKind): ReadonlyArray<DeriverName> =>
  (["touches", "lines"] as const).filter((deriver) => definitions[kind].needs.includes(deriver))
