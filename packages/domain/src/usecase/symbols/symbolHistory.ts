/** Lists what commits did to a symbol, newest first, as far as symbols are derived. */
import { Effect, Option } from "effect"
import { orDefault } from "../../base/expected.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { CommitId } from "../../object/Id.ts"
import type { SymbolKind } from "../../port/extractor/Extraction.ts"
import { type SymbolChange, SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import type { CursorRefused, Page, PageRequest } from "../../port/Page.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import { extractorText } from "../../reading/symbols/extractorText.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { commitsSaid, type SaidCommit } from "../browse/commitsSaid.ts"
import type { NotDerived } from "../browse/errors.ts"
import { beforeAll, cursorOf, foreignCursor, inLineage, placeOf } from "../browse/lineagePage.ts"
import { type Completeness, completenessOf, requireDerived } from "../browse/pathHistory.ts"
import type { ViewError } from "../browse/viewed.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { SymbolUnknown, type SymbolsOff } from "./errors.ts"
import { listSymbols, requireExtractor, type SymbolsServices } from "./listSymbols.ts"

export interface SymbolQuery {
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  readonly address: string
}

/** What a commit did to the symbol. */
export interface SymbolTouch extends SaidCommit {
  readonly change: SymbolChange
  readonly kind: SymbolKind
  /** Of one that there was before, whether its body or its signature is another. */
  readonly body: boolean
  readonly signature: boolean
  /** Of one that was renamed or moved, its address before. */
  readonly former: string | undefined
}

export interface SymbolHistory extends Page<SymbolTouch>, Completeness {
  readonly commitId: CommitId
  readonly address: string
  /** Which extractor found the symbols, with its version. */
  readonly extractor: string
}

export type SymbolHistoryError = CursorRefused | NotDerived | SymbolUnknown | SymbolsOff | ViewError

/** Addresses that a refusal lists. */
const addressesMax = 10

/** Returns the first symbols of the file that an address names. */
const addressesNear = Effect.fnUntraced(function* (open: OpenRepository, ref: CommitId, address: string) {
  const path = address.split("::", 1).join("")
  const near = listSymbols(open, { ref, path }, { limit: addressesMax })
  return yield* near.pipe(
    Effect.map(({ items }) => (path === "" ? [] : items.map((item) => item.address))),
    Effect.catchTags({
      PathUnknown: () => Effect.succeed<ReadonlyArray<string>>([]),
      PathIsFolder: () => Effect.succeed<ReadonlyArray<string>>([])
    })
  )
})

/** Lists the events of a symbol in the history of a ref. The symbol may be gone by now. */
export const symbolHistory = Effect.fn("symbolHistory")(function* (
  open: OpenRepository,
  { address, ref }: SymbolQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<SymbolHistory, SymbolHistoryError, SymbolsServices> {
  const extractor = yield* requireExtractor
  const root = open.root.value
  const place = after === undefined ? undefined : placeOf(after)
  if (after !== undefined && place === undefined) return yield* foreignCursor
  yield* requireDerived(open)
  const named = place?.head ?? (yield* commitOfRef(root, orDefault(ref, root.repository.defaultBranch)))
  const head = yield* visibleCommit(open, named)
  // After the head was found, since it may have been pushed just now.
  const completeness = yield* completenessOf(open, "symbols")
  const reading = Effect.gen(function* () {
    const lineage = yield* lineageOf(open.id, head.id)
    const { symbolEvents } = yield* SymbolIndex
    const page = { after: place?.last ?? beforeAll(head.generation), limit }
    return yield* inLineage((portion) => symbolEvents(open.id, address, portion), lineage, page)
  })
  const { found, next } = yield* admitted("list", reading)
  if (found.length === 0 && place === undefined && next === undefined && completeness.complete) {
    const addresses = yield* addressesNear(open, head.id, address)
    return yield* new SymbolUnknown({ commit: head.id, address, addresses })
  }
  const said = yield* commitsSaid(
    open,
    found.map(({ commit }) => commit)
  )
  const items = found.map(({ body, change, former, kind, signature }, position): SymbolTouch => ({
    change,
    kind,
    body,
    signature,
    former,
    ...said(position)
  }))
  const history: SymbolHistory = {
    commitId: head.id,
    address,
    extractor: extractorText(extractor),
    ...completeness,
    items,
    next: Option.map(Option.fromUndefinedOr(next), (last) => cursorOf(head.id, last))
  }
  return history
})
