/** Walks through a folder's history, compared with a plain definition on random histories with good and bad clocks. */
import { assert, it } from "@effect/vitest"
import { LocalHistory } from "@musehub/client/history"
import { Repository } from "@musehub/client/layout/Repository"
import { CommitId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { walk } from "../e2e/muse/LocalRepository.ts"
import { forSeeds, type Seeded } from "../support/seeded.ts"
import { temporaryFolder, writeLocal } from "./support.ts"

const timeOf = (second: number): string =>
  new Date(1_700_000_000_000 + second * 1000).toISOString().replace(".000Z", "+00:00")

/** Makes up to sixty commits; bad clocks run backwards now and then. */
const randomHistory = (random: Seeded, badClocks: boolean) => {
  const local = growing()
  const ids: Array<string> = []
  const count = 2 + random.below(58)
  for (let step = 0; step < count; step++) {
    const parents = new Set(
      ids.length === 0 ? [] : [random.pick(ids.slice(-6)), ...(random.chance(0.3) ? [random.pick(ids)] : [])]
    )
    const committedAt = timeOf(badClocks && random.chance(0.3) ? random.below(60) : step)
    ids.push(
      commitTo(local, "main", { a: `${random.below(5)}` }, { parents: [...parents], message: `${step}`, committedAt })
    )
  }
  return { local, ids }
}

for (const badClocks of [false, true]) {
  it.live(`with ${badClocks ? "bad" : "good"} clocks`, () =>
    forSeeds(12, (random) =>
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* temporaryFolder
          const { local, ids } = randomHistory(random, badClocks)
          writeLocal(directory, local)
          const repository = yield* Repository.open(directory)
          for (let round = 0; round < 8; round++) {
            const tip = CommitId.make(random.pick(ids))
            const had = random.some(ids, 0.1).map((id) => CommitId.make(id))
            const behind = new Set(walk(local.commits, had))
            const exact = walk(local.commits, [tip]).filter((id) => !behind.has(id))
            const found = (yield* new LocalHistory(repository).missing(tip, had)).map(({ id }) => id as string)
            if (badClocks)
              assert.deepStrictEqual(
                exact.filter((id) => !found.includes(id)),
                []
              )
            else assert.sameMembers(found, exact)
            // Parents come before children, or are in `have`.
            const seen = new Set<string>()
            for (const id of found) {
              const { parents } = yield* new LocalHistory(repository).node(CommitId.make(id))
              for (const parent of parents) assert.isTrue(seen.has(parent) || behind.has(parent), id)
              seen.add(id)
            }
            const other = CommitId.make(random.pick(ids))
            const isAncestor = yield* new LocalHistory(repository).isAncestor(other, tip)
            assert.strictEqual(isAncestor, walk(local.commits, [tip]).includes(other))
          }
        })
      )
    )
  )
}
