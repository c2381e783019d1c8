/** The rule against an empty value in place of a missing lookup result. */
import { assert, describe, it } from "@effect/vitest"
import { refusedByLint } from "./Planted.ts"

const useCase = "packages/domain/src/usecase/push/planted.ts"
const rule = "house(no-empty-fallback)"

const refused = [
  "found.get(id) ?? []",
  "found.get(id) ?? ([] as ReadonlyArray<string>)",
  "found.get(id)?.introduces ?? []",
  "found.get(id) ?? {}",
  "found.get(id) ?? new Map()",
  "found.get(id) ?? new Set<string>()",
  "found.get(id) ?? new Uint8Array(0)",
  'found.get(id) ?? ""',
  "found.get(id) ?? ``",
  "found.get(id) ?? 0",
  "found.get(id)?.generation ?? 1",
  "found.get(id) ?? -1",
  "found.get(id) ?? Option.none()",
  "found.get(id) ?? noRemarks",
  "found.get(id) ?? nothing",
  "found.get(id) ?? bare",
  "listed[place] ?? 0",
  "listed.at(place) ?? 0",
  "record ?? []",
  "(yield* read(id)) ?? []"
]

const allowed = [
  "request.metadata ?? {}",
  "commit.record.hashed_parent_ids ?? []",
  "pattern.exec(text) ?? []",
  "text.match(pattern) ?? []",
  "found.get(id) ?? null",
  "found.get(id) ?? (yield* read(id))",
  'found.get(id) ?? "main"',
  'expected(found.get(id), "the introductions")',
  "orDefault(found.get(id), [])"
]

const file = (expressions: ReadonlyArray<string>): string =>
  [
    "const bare = new Map()",
    "export function* planted() {",
    ...expressions.map((expression) => `  yield ${expression}`),
    "}",
    ""
  ].join("\n")

describe("an empty value after a lookup", () => {
  const lines = refusedByLint({ [useCase]: file(refused) }, rule)

  it.each(refused.map((expression, place) => [expression, place] as const))("is refused: %s", (_, place) => {
    assert.include(lines, `${useCase}:${place + 3}`)
  })

  it("is allowed outside of the use cases", () => {
    assert.deepStrictEqual(refusedByLint({ "packages/domain/src/merge/planted.ts": file(refused) }, rule), [])
  })
})

it("is allowed in the use cases for what may be absent", () => {
  assert.deepStrictEqual(refusedByLint({ [useCase]: file(allowed) }, rule), [])
})
