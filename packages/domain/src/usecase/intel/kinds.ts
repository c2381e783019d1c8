/**
 * The kinds of intel. Each is a pure function of a window of commits and has a version of its own, which rises whenever
 * the same window gives something else.
 */
import type { Slices } from "../../base/Slices.ts"
import type { DeriverName } from "../../port/index/derived/DerivationIndex.ts"
import { type ActivityItem, findingActivity } from "../../reading/intel/activity.ts"
import { type ApiItem, findingApi } from "../../reading/intel/symbols/api.ts"
import { type ChurnItem, findingChurn } from "../../reading/intel/churn.ts"
import { type CouplingItem, findingCoupling } from "../../reading/intel/coupling.ts"
import { type DeadItem, findingDead } from "../../reading/intel/symbols/dead.ts"
import { type EntanglementItem, findingEntanglement } from "../../reading/intel/symbols/entanglement.ts"
import {
  findingHotspots,
  findingSymbolHotspots,
  type HotspotItem,
  type SymbolHotspotItem
} from "../../reading/intel/hotspots.ts"
import { findingLanguages, type LanguageItem } from "../../reading/intel/languages.ts"
import { findingOwnership, type OwnershipItem } from "../../reading/intel/ownership.ts"
import {
  findingStable,
  findingSymbolStable,
  type StableItem,
  type SymbolStableItem
} from "../../reading/intel/stable.ts"
import { findingRelease, type ReleaseItem } from "../../reading/intel/release.ts"
import type { Window } from "../../reading/intel/Window.ts"

/** What an item of each kind is. */
export interface IntelItems {
  readonly activity: ActivityItem
  readonly api: ApiItem
  readonly churn: ChurnItem
  readonly coupling: CouplingItem
  readonly dead: DeadItem
  readonly entanglement: EntanglementItem
  readonly hotspots: HotspotItem | SymbolHotspotItem
  readonly languages: LanguageItem
  readonly ownership: OwnershipItem
  readonly release: ReleaseItem
  readonly stable: StableItem | SymbolStableItem
}

export type IntelKind = keyof IntelItems

/** What of a window a kind needs. */
export type Needs = "changes" | "commits" | "counts" | "differing" | "lines" | "paths" | "symbols" | "touches" | "uses"

/** What a kind may tell of. */
export const subjects = ["paths", "symbols"] as const
export type Subject = (typeof subjects)[number]

/** How a kind is computed of a subject. */
export interface Way<A> {
  readonly needs: ReadonlyArray<Needs>
  readonly finding: (window: Window) => Slices<ReadonlyArray<A>>
}

interface Definition<A> {
  readonly version: number
  /** What it tells of where nothing is asked; of the other one where the hub has no symbols. */
  readonly usual: Subject
  readonly paths?: Way<A>
  readonly symbols?: Way<A>
}

export const definitions: { readonly [K in IntelKind]: Definition<IntelItems[K]> } = {
  activity: { version: 1, usual: "paths", paths: { needs: ["commits"], finding: findingActivity } },
  api: { version: 1, usual: "symbols", symbols: { needs: ["differing"], finding: findingApi } },
  churn: {
    version: 1,
    usual: "paths",
    paths: { needs: ["commits", "lines", "paths", "touches"], finding: findingChurn }
  },
  coupling: { version: 1, usual: "paths", paths: { needs: ["paths", "touches"], finding: findingCoupling } },
  dead: { version: 1, usual: "symbols", symbols: { needs: ["symbols", "uses"], finding: findingDead } },
  entanglement: {
    version: 1,
    usual: "symbols",
    symbols: { needs: ["changes", "symbols", "uses"], finding: findingEntanglement }
  },
  hotspots: {
    version: 1,
    usual: "paths",
    paths: { needs: ["paths", "touches"], finding: findingHotspots },
    symbols: { needs: ["changes", "symbols"], finding: findingSymbolHotspots }
  },
  languages: {
    version: 2,
    usual: "symbols",
    paths: { needs: ["paths"], finding: findingLanguages },
    symbols: { needs: ["counts", "paths"], finding: findingLanguages }
  },
  ownership: {
    version: 2,
    usual: "paths",
    paths: { needs: ["commits", "lines", "paths", "touches"], finding: findingOwnership }
  },
  release: {
    version: 1,
    usual: "symbols",
    symbols: {
      needs: ["changes", "commits", "counts", "differing", "paths", "symbols", "touches"],
      finding: findingRelease
    }
  },
  stable: {
    version: 1,
    usual: "paths",
    paths: { needs: ["paths", "touches"], finding: findingStable },
    symbols: { needs: ["changes", "symbols"], finding: findingSymbolStable }
  }
}

export const intelKinds = Object.keys(definitions) as ReadonlyArray<IntelKind>

const isKind = (text: string): text is IntelKind => Object.hasOwn(definitions, text)

/** Returns the kind of this name; undefined if there is none. */
export const intelKindOf = (text: string): IntelKind | undefined => (isKind(text) ? text : undefined)

/** Returns the kinds that tell of a subject. */
export const kindsOf = (subject: Subject): ReadonlyArray<IntelKind> =>
  intelKinds.filter((kind) => definitions[kind][subject] !== undefined)

const ofSymbols = new Set<Needs>(["changes", "counts", "differing", "symbols", "uses"])

/** Returns whether something that is needed is of symbols. */
export const needsSymbols = (needs: ReadonlyArray<Needs>): boolean => needs.some((need) => ofSymbols.has(need))

/** Returns the derivers whose rows are needed. */
export const deriversOf = (needs: ReadonlyArray<Needs>): ReadonlyArray<DeriverName> => [
  ...(["touches", "lines"] as const).filter((deriver) => needs.includes(deriver)),
  ...(needsSymbols(needs) ? (["symbols"] as const) : [])
]
