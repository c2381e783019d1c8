/** Says what the newest commits of a ref tell of its files and authors. Answers are kept: ids say what they are of. */
import { Context, Effect, Option } from "effect"
import { orDefault } from "../../base/expected.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import { inSlices } from "../../base/Slices.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { CommitId } from "../../object/Id.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import { reportedMax } from "../../reading/intel/release.ts"
import { emptyTree } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import type { NotDerived } from "../browse/errors.ts"
import { both, type Completeness, completenessOf, requireDerived } from "../browse/pathHistory.ts"
import { type ViewError, viewedCommit } from "../browse/viewed.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { IntelKindUnknown } from "./IntelKindUnknown.ts"
import { Extractor } from "../../port/extractor/Extractor.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import { SymbolsOff } from "../symbols/errors.ts"
import type { SymbolsServices } from "../symbols/listSymbols.ts"
import {
  definitions,
  deriversOf,
  type IntelItems,
  type IntelKind,
  intelKindOf,
  intelKinds,
  kindsOf,
  needsSymbols,
  type Subject,
  subjects,
  type Way
} from "./kinds.ts"
import { windowOf } from "./windowOf.ts"

export interface IntelQuery {
  readonly kind: string
  /** What it tells of; what is usual for the kind if it is absent. */
  readonly of?: Subject | undefined
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  /** A ref whose commit and ancestors are left out of the window. */
  readonly since?: string | undefined
  /** The most items, up to `itemsMax`. */
  readonly limit: number
}

/** The items of a kind. */
export type KindItems = {
  readonly [K in IntelKind]: { readonly kind: K; readonly items: ReadonlyArray<IntelItems[K]> }
}[IntelKind]

interface Computed {
  /** Whether no ancestor is missing, which may be restored, and no row of a symbol. */
  readonly isWhole: boolean
  readonly found: KindItems
  readonly window: {
    /** How many commits were looked at. */
    readonly commits: number
    /** Whether there are more. */
    readonly truncated: boolean
  }
}

export interface Intel extends Completeness, Pick<Computed, "window"> {
  readonly ref: string
  readonly commitId: CommitId
  /** The commit that `since` means; null without one. */
  readonly since: CommitId | null
  readonly version: number
  /** What it tells of. */
  readonly of: Subject
  /** Which extractor found the symbols, with its version; null where none are needed. */
  readonly extractor: string | null
  readonly found: KindItems
}

export type IntelError = IntelKindUnknown | NotDerived | SymbolsOff | ViewError

/** How intel is computed. */
interface Chosen {
  readonly kind: IntelKind
  readonly of: Subject
  readonly way: Way<unknown>
  readonly extractor: Extractor["Service"] | undefined
}

/** Finds out how a kind is computed here. */
export const chosenWay = Effect.fnUntraced(function* ({ kind: asked, of }: Pick<IntelQuery, "kind" | "of">) {
  const kind = intelKindOf(asked)
  if (kind === undefined) return yield* new IntelKindUnknown({ asked, of: null, kinds: intelKinds })
  const definition = definitions[kind]
  const extractor = Option.getOrUndefined(yield* Effect.serviceOption(Extractor))
  const ways = (of === undefined ? [definition.usual, ...subjects] : [of]).flatMap((subject) => {
    const way: Way<unknown> | undefined = definition[subject]
    return way === undefined ? [] : [{ of: subject, way, isOfSymbols: needsSymbols(way.needs) }]
  })
  if (of !== undefined && ways.length === 0) return yield* new IntelKindUnknown({ asked, of, kinds: kindsOf(of) })
  const found = ways.find(({ isOfSymbols }) => extractor !== undefined || !isOfSymbols)
  if (found === undefined) return yield* new SymbolsOff()
  const choice: Chosen = { kind, of: found.of, way: found.way, extractor: found.isOfSymbols ? extractor : undefined }
  return choice
})

/** Items of the answers in memory, some hundred bytes each. */
const keptItemsMax = 100_000

/** An item of churn is as large as several others, and a report as all its lists. */
const sizeOf = (found: KindItems): number =>
  found.kind === "churn"
    ? found.items.reduce((sum, { weeks }) => sum + 1 + weeks.length, 0)
    : found.kind === "release"
      ? 6 * reportedMax
      : found.items.length

const Answers = Context.Reference<SharedReads<string, Computed>>("@musehub/domain/usecase/intel/Answers", {
  defaultValue: () => new SharedReads(keptItemsMax, ({ found }) => 1 + sizeOf(found))
})

const computed = Effect.fn("readIntel.compute")(function* (
  open: OpenRepository,
  { extractor, kind, way: { finding, needs } }: Chosen,
  head: CommitId,
  since: CommitId | undefined
) {
  const { tree } = yield* viewedCommit(open, head)
  const lineage = yield* lineageOf(open.id, head)
  const before = since === undefined ? undefined : yield* lineageOf(open.id, since)
  const isCompared = since !== undefined && needs.includes("differing")
  const former = isCompared ? (yield* viewedCommit(open, since)).tree : emptyTree
  const source = { extractor, lineage, since: before, before: former, tree }
  const { isWhole, truncated, window } = yield* windowOf(open, source, needs)
  const items = yield* inSlices(() => finding(window))
  const answer: Computed = {
    isWhole: isWhole && lineage.isWhole,
    found: { kind, items } as KindItems,
    window: { commits: window.commits.length, truncated }
  }
  return answer
})

const whole: Completeness = { complete: true, pending: 0 }

/** Reads intel of a kind: its first items over the newest commits of a ref. */
export const readIntel = Effect.fn("readIntel")(function* (
  open: OpenRepository,
  { limit, ref, since, ...asked }: IntelQuery
): Effect.fn.Return<Intel, IntelError, SymbolsServices> {
  const choice = yield* chosenWay(asked)
  const { kind, of, way } = choice
  yield* requireDerived(open)
  const root = open.root.value
  const shown = orDefault(ref, root.repository.defaultBranch)
  const { id: head } = yield* visibleCommit(open, yield* commitOfRef(root, shown))
  const before = since === undefined ? undefined : (yield* visibleCommit(open, yield* commitOfRef(root, since))).id
  // After the commits were found, since they may have been pushed just now.
  const derived = yield* Effect.forEach(deriversOf(way.needs), (deriver) => completenessOf(open, deriver))
  const completeness = derived.reduce(both, whole)
  const { version } = definitions[kind]
  const extractor = choice.extractor === undefined ? null : extractorText(choice.extractor)
  const compute = admitted("list", computed(open, choice, head, before))
  const answers = yield* Answers
  const name = [open.id, head, before, kind, of, version, extractor].join("/")
  const { found, isWhole, window } = completeness.complete ? yield* answers.getOrRead(name, compute) : yield* compute
  if (!isWhole) answers.drop(name)
  const intel: Intel = {
    ref: shown,
    commitId: head,
    since: before ?? null,
    version,
    window,
    of,
    extractor,
    ...completeness,
    complete: completeness.complete && isWhole,
    found: { kind, items: found.items.slice(0, limit) } as KindItems
  }
  return intel
})
