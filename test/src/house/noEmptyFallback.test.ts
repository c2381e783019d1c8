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
  "orDefault(found.get(id), [])",
  "elementAt(listed, place)"
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
  const elsewhere = "packages/domain/src/merge/planted.ts"
  const lines = refusedByLint({ [useCase]: file(refused), [elsewhere]: file(refused) }, rule)

  it.each(refused.map((expression, place) => [expression, place] as const))("is refused: %s", (_, place) => {
    for (const path of [useCase, elsewhere]) assert.include(lines, `${path}:${place + 3}`)
  })

  it("is allowed in tests and outside of the domain", () => {
    const files = {
      "packages/domain/src/merge/planted.test.ts": file(refused),
      "packages/http/src/a.ts": file(refused)
    }
    assert.deepStrictEqual(refusedByLint(files, rule), [])
  })
})

it("is allowed in the domain for what may be absent", () => {
  assert.deepStrictEqual(refusedByLint({ [useCase]: file(allowed) }, rule), [])
})
