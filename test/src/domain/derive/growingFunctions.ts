/** Histories whose files declare functions, and hubs that find these. */
import { layer as lineExtractor } from "@musehub/adapter-memory/LineExtractor"
import { Extractor } from "@musehub/domain/port/extractor/Extractor"
import { symbolsBy } from "@musehub/domain/usecase/derive/deriveSymbols"
import { Context, Effect, Layer } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import type { Grown } from "../support/grownHistory.ts"
import { step, type Step, type TestHub } from "../support/hubSamples.ts"

/** A hub with an extractor that counts what it reads. */
export const extracting = Effect.fnUntraced(function* (hub: TestHub) {
  const services = yield* Layer.build(Layer.fresh(lineExtractor))
  const extractor = Context.get(services, Extractor)
  let extractions = 0
  const counting = Extractor.of({
    ...extractor,
    extract: (files) => {
      extractions += files.length
      return extractor.extract(files)
    }
  })
  const made: TestHub = { ...hub, services: Context.add(hub.services, Extractor, counting) }
  return { hub: made, working: symbolsBy(counting), count: () => extractions }
})

/** Functions by name: the signature and the body. */
type Functions = ReadonlyMap<string, readonly [signature: string, body: string]>
export type Files = { readonly [path: string]: Functions }

const textOf = (functions: Functions): string =>
  Array.from(functions, ([name, [signature, body]]) => `def ${name} ${signature}\n ${body}\n`).join("")

export const paths = ["a.def", "b.def", "dir/c.def", "dir/plain.txt"]
export const names = ["f", "g", "h"]

const changed = (random: Seeded, files: Files): Files => {
  const path = random.pick(paths)
  if (random.chance(0.15)) return Object.fromEntries(Object.entries(files).filter(([each]) => each !== path))
  const functions = new Map(files[path] ?? [])
  const [name, other] = [random.pick(names), random.pick(names)]
  const source = files[random.pick(paths)]?.get(other)
  if (random.chance(0.3) && source !== undefined) functions.set(name, source)
  else if (random.chance(0.3)) functions.delete(name)
  else functions.set(name, [`${random.below(2)}`, random.pick(["body 0", "body 1", `call ${other}`, `import ${path}`])])
  return { ...files, [path]: functions }
}

export interface Sung extends Grown {
  readonly functions: Files
}

export const growFunctions = (random: Seeded, commits: number): ReadonlyArray<Sung> => {
  const grown: Array<Sung> = []
  for (let place = 0; place < commits; place++) {
    const parents = place === 0 ? [] : [...new Set([Math.max(0, place - 1 - random.below(3)), random.below(place)])]
    const used = random.chance(0.3) ? parents : parents.slice(0, 1)
    const sides = used.map((parent) => grown[parent]?.functions ?? {})
    let functions: Files = Object.fromEntries(
      [...new Set(sides.flatMap((side) => Object.keys(side)))].flatMap((path) => {
        const side = random.pick(sides)[path]
        return side === undefined ? [] : [[path, side]]
      })
    )
    for (let changes = random.below(4); changes > 0; changes--) functions = changed(random, functions)
    const files = Object.fromEntries(Object.entries(functions).map(([path, each]) => [path, textOf(each)]))
    const before = used.flatMap((parent): ReadonlyArray<Step> => (grown[parent] ? [grown[parent].step] : []))
    grown.push({ step: step(`${place}`, files, before), files, parents: used, functions })
  }
  return grown
}
