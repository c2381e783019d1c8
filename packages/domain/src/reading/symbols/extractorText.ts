import { Effect, Option } from "effect"
import { Extractor } from "../../port/extractor/Extractor.ts"

/** Returns what the rows of an extractor are found by. */
export const extractorText = ({ name, version }: Pick<Extractor["Service"], "name" | "version">): string =>
  `${name} ${version}`

/** What extracts symbols in this hub, with its version; null: they are not extracted. */
export const extractorInUse: Effect.Effect<string | null> = Effect.map(
  Effect.serviceOption(Extractor),
  Option.match({ onNone: () => null, onSome: extractorText })
)
