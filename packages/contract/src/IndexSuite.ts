/** The shared parts of the index's contract suite: the tests' context, and how they list. */
import { assert, type Vitest } from "@effect/vitest"
import type { Packs } from "@musehub/domain/invariant/packs/Packs"
import type { Roots } from "@musehub/domain/invariant/Roots"
import type { Index } from "@musehub/domain/port/index/Index"
import type { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import type { Root } from "@musehub/domain/repository/Root"
import { Effect, Option } from "effect"
import type { WholeIndex } from "./wholeIndex.ts"

/** Capabilities of the index under test. */
export interface Capabilities {
  /** Several processes can use it at once: a second layer opens the same index. */
  readonly shared: boolean
}

/** Registers tests that get the index under test, and a store with packs and roots that make evidence. */
export type Suite = Vitest.MethodsNonLive<Index | ObjectStore | Packs | Roots>

/** Returns the row of a repository, under the name in this root. */
export const rowOf = (index: WholeIndex, { value: { repository } }: StoredDocument<Root>) =>
  Effect.map(
    index.repositoryByName(repository.owner, repository.slug),
    Option.filter((row) => row.repository.id === repository.id)
  )

/** Returns all pages of a listing, two items at a time. */
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
