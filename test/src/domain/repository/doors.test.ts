/**
 * The table of doors in docs/proposals.md is the policy: each row is tried for each role, and each door has a row for
 * each state of the name and each rule. The rule guards the name, so it holds for one without a branch as well.
 */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { Root } from "@musehub/domain/repository/Root"
import { typeOf } from "@musehub/http/problem/Problem"
import { Effect, Exit } from "effect"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { tableOf } from "../../support/pageTable.ts"
import { type Arena, arenaOf, callers, doors, elsewhere, guarded, rules } from "../support/doors.ts"
import { at } from "../support/hubSamples.ts"
import { movingUseCases, type Sources } from "../support/movingUseCases.ts"
import { headOf } from "../../support/shortRefs.ts"

const states = ["exists", "absent"]

/** One door, state of the name and rule, and what comes of it for each role. */
interface Case {
  readonly door: string
  readonly state: string
  readonly rule: string
  readonly results: ReadonlyArray<string>
}

/** Reads a cell that names several things, or `any` of them. */
const each = (cell: string, all: ReadonlyArray<string>, separator: string): ReadonlyArray<string> =>
  cell === "any" ? all : cell.split(separator)

const cases: ReadonlyArray<Case> = tableOf("proposals.md", "The doors").flatMap(
  ([names = "", state = "", rule = "", ...results]) =>
    each(names, Object.keys(doors), "; ").flatMap((door) =>
      each(state, states, ", ").flatMap((state) =>
        each(rule, Object.keys(rules), ", ").map((rule) => ({
          door,
          state,
          rule,
          results: results.map((cell) => cell.replaceAll("`", ""))
        }))
      )
    )
)

const useCases = fileURLToPath(new URL("../../../../packages/domain/src/usecase/", import.meta.url))

const sources: Sources = new Map(
  globSync("**/*.ts", { cwd: useCases })
    .filter((file) => !file.endsWith(".test.ts"))
    .map((file) => [file, readFileSync(useCases + file, "utf8")])
)

const present = movingUseCases(sources)

const ruleChanges = new Set(["protectBranch", "unprotectBranch"])

const rootOf = ({ hub, repository }: Arena) =>
  at(hub)(Effect.flatMap(Roots, (roots) => Effect.map(roots.read(repository.id), ({ value }) => value)))

/** The parts of a root that a door could change for the next caller. */
const guardedParts = ({ heads, protection, proposals, repository }: Root) => ({
  heads,
  protection,
  proposals,
  name: `${repository.owner}/${repository.slug}`
})

const known = (door: string) => {
  const found = doors[door]
  if (found === undefined) throw new Error(`the page names a door that no test tries: ${door}`)
  return found
}

describe("the table of doors", () => {
  it("has each door, state of the name and rule once, and a result for each role", () => {
    const all = Object.keys(doors).flatMap((door) =>
      states.flatMap((state) => Object.keys(rules).map((rule) => `${door}: ${state}, ${rule}`))
    )
    const named = cases.map(({ door, rule, state }) => `${door}: ${state}, ${rule}`)
    assert.deepStrictEqual(named.toSorted(), all.toSorted())
    for (const { results } of cases) assert.strictEqual(results.length, Object.keys(callers).length)
  })

  it("has a door for each use case that moves a root, or a reason for having none", () => {
    const listed = [...new Set(Object.values(doors).map(({ useCase }) => useCase)), ...Object.keys(elsewhere)]
    assert.deepStrictEqual(present.toSorted(), listed.toSorted())
  })

  it("misses a use case that is added, however it moves the root", () => {
    const direct = `export const sneak = Effect.fn("sneak")(function* () {
  yield* Effect.flatMap(Roots, (roots) => roots.move(id, decide))
})`
    const through = `import { type PushAnswer, push } from "../push/push.ts"
export const slip = Effect.fn("slip")(function* (open: OpenRepository<"write">) {})`
    const added = movingUseCases(new Map([...sources, ["tags/sneak.ts", direct], ["tags/slip.ts", through]]))
    assert.deepStrictEqual(added.filter((name) => !present.includes(name)).toSorted(), ["slip", "sneak"])
  })
})

describe("the doors to a protected name", () => {
  for (const { door, results, rule, state } of cases) {
    it.live(`${door}: the name ${state}, protected by ${rule}`, () =>
      Effect.gen(function* () {
        const protection = rules[rule]
        assert(protection !== undefined, `${rule} is a rule`)
        const build = arenaOf(state === "exists", protection, known(door))
        for (const attempt of known(door).attempts) {
          let arena = yield* build
          for (const [place, [role, caller]] of Object.entries(callers).entries()) {
            const before = yield* rootOf(arena)
            const exit = yield* Effect.exit(attempt(arena, caller))
            const failure = Exit.isFailure(exit)
              ? (exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error._tag ?? String(exit.cause))
              : undefined
            const result = failure === undefined ? "yes" : typeOf(failure).replace("urn:musehub:problem:", "")
            assert.strictEqual(result, results[place], `for ${role}`)
            const after = yield* rootOf(arena)
            const [was, is] = [headOf(before, guarded), headOf(after, guarded)]
            if (failure === undefined && known(door).aside !== true) assert.notStrictEqual(is, was, `for ${role}`)
            else assert.strictEqual(is, was, `for ${role}`)
            if (!ruleChanges.has(known(door).useCase)) assert.deepStrictEqual(after.protection, before.protection)
            if (JSON.stringify(guardedParts(after)) !== JSON.stringify(guardedParts(before))) arena = yield* build
          }
        }
      })
    )
  }
})
