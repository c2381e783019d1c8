/** The rule that a use case states in its signature what it fails with. */
import { assert, it } from "@effect/vitest"
import { refusedByLint } from "./Planted.ts"

const rule = "house(stated-failures)"

const file = [
  'import { Effect } from "effect"',
  'export const silent = Effect.fn("silent")(function* (id: string) {',
  "  return yield* Effect.fail(id)",
  "})",
  'export const stated = Effect.fn("stated")(function* (id: string): Effect.fn.Return<never, string> {',
  "  return yield* Effect.fail(id)",
  "})",
  'const within = Effect.fn("within")(function* (id: string) {',
  "  return yield* stated(id)",
  "})",
  "export const helper = Effect.fnUntraced(function* (id: string) {",
  "  return yield* within(id)",
  "})",
  ""
].join("\n")

it("a use case without a stated return type is refused, and nothing else is", () => {
  const useCase = "packages/domain/src/usecase/push/planted.ts"
  const elsewhere = "packages/domain/src/invariant/planted.ts"
  assert.deepStrictEqual(refusedByLint({ [useCase]: file, [elsewhere]: file }, rule), [`${useCase}:2`])
})
