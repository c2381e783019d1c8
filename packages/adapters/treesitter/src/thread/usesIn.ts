/** Gathers what a file calls and imports from what its language's query captured. */
import { type Extraction, useLengthMax, usesMax } from "@musehub/domain/port/extractor/Extraction"

/** What the query captured. */
interface Capture {
  readonly name: string
  readonly node: { readonly startIndex: number; readonly endIndex: number }
}

/** Returns the first names of a text in the order of their letters, each once. */
export const usesIn = (text: string, captures: ReadonlyArray<Capture>): Pick<Extraction, "calls" | "imports"> => {
  const named = (wanted: string): ReadonlyArray<string> => {
    const names = new Set<string>()
    for (const { name, node } of captures) {
      if (name !== wanted || node.endIndex - node.startIndex > useLengthMax) continue
      if (names.size === usesMax) break
      names.add(text.slice(node.startIndex, node.endIndex).replaceAll(/^["'<]|[">']$/g, ""))
    }
    return [...names].toSorted()
  }
  return { calls: named("call"), imports: named("import") }
}
