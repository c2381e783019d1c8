import type { Extractor } from "../../port/extractor/Extractor.ts"

/** Returns what the rows of an extractor are found by. */
export const extractorText = ({ name, version }: Pick<Extractor["Service"], "name" | "version">): string =>
  `${name} ${version}`
