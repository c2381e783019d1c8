/** What the parts of the index's contract suite have in common: what their tests are given, and how they list. */
import { assert, type Vitest } from "@effect/vitest"
import type { Roots } from "@musehub/domain/invariant/Roots"
import type { IndexStore, IndexUnavailable } from "@musehub/domain/port/IndexStore"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"

/** Registers tests that are given the index under test, and a store and roots that make evidence. */
export type Suite = Vitest.MethodsNonLive<IndexStore | ObjectStore | Roots>

/** All pages of a listing, two items at a time. */
export const allPages = <A>(list: (page: PageRequest) => Effect.Effect<Page<A>, IndexUnavailable>) =>
  Effect.gen(function* () {
    const items: Array<A> = []
    let after: string | undefined
    do {
      const page: Page<A> = yield* list({ limit: 2, after })
      assert.isAtMost(page.items.length, 2)
      items.push(...page.items)
      after = Option.getOrUndefined(page.next)
    } while (after !== undefined)
    return items
  })

export const sorted = <A>(items: Iterable<A>): ReadonlyArray<A> => [...items].toSorted()
