import { Effect, Option } from "effect"
import { Extractor } from "../../port/extractor/Extractor.ts"
import type { DeriverName } from "../../port/index/derived/DerivationIndex.ts"
import type { WorkingDeriver } from "./deriveRounds.ts"
import { lines } from "./deriveLines.ts"
import { marks } from "./deriveMarks.ts"
import { symbolsBy } from "./deriveSymbols.ts"
import { touches } from "./deriveTouches.ts"

/** The derivers that work in this hub, by name. Without an extractor, that of symbols does not. */
export const workingDerivers: Effect.Effect<ReadonlyMap<DeriverName, WorkingDeriver>> = Effect.map(
  Effect.serviceOption(Extractor),
  (extractor) => {
    const working = [touches, lines, ...(Option.isSome(extractor) ? [symbolsBy(extractor.value)] : []), marks]
    return new Map(working.map((each) => [each.deriver.name, each]))
  }
)
