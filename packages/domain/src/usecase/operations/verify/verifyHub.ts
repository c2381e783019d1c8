/**
 * Verifies the hub: what the store has against what it should have, and against the index. Reads alone, past all
 * memory, and may run beside a serving hub. Repositories are verified side by side, and of one are held its ids and the
 * directories of its packs, never its objects. A store or an index that does not answer ends it: silence says nothing of
 * what is there.
 */
import { Effect, Option, Stream } from "effect"
import { readClaim } from "../../../invariant/NameClaims.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import type { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { fullName } from "../../access/claimedRoot.ts"
import { RepositoryUnknown } from "../../access/policy.ts"
import type { Finding } from "./Finding.ts"
import { Inspection, type Level, Tally } from "./Inspection.ts"
import { verifyRepository } from "./verifyRepository.ts"

/** Repositories per page of a listing. */
const pageSize = 1000
/** Repositories that are verified at the same time. */
const repositoriesAtOnce = 4

/** Returns the repositories that these names lead to. */
export const repositoriesNamed = (names: ReadonlyArray<{ readonly owner: string; readonly slug: string }>) =>
  Effect.forEach(
    names,
    Effect.fnUntraced(function* ({ owner, slug }) {
      const claim = yield* readClaim(yield* fullName(owner, slug))
      if (Option.isNone(claim)) return yield* new RepositoryUnknown({ name: `${owner}/${slug}` })
      return claim.value.repository
    })
  )

export interface VerifyOptions {
  readonly level: Level
  /** The repositories to verify; all, and what belongs to none, unless given. */
  readonly repositories?: ReadonlyArray<RepositoryId> | undefined
  /** Is told each finding as soon as it is known. */
  readonly onFinding: (finding: Finding) => Effect.Effect<void>
}

export type VerifyHubError = StoreUnavailable | IndexUnavailable

/** What verify reads. */
export type VerifyHubServices = ObjectStore | RepositoryIndex

/** What was read, and how much was found. */
export type Verified = Readonly<Tally>

/** Verifies all repositories, or those that are given, and returns what was read and how much was found. */
export const verifyHub = Effect.fn("verifyHub")(function* ({
  level,
  onFinding,
  repositories
}: VerifyOptions): Effect.fn.Return<Verified, VerifyHubError, VerifyHubServices> {
  const store = yield* ObjectStore
  const tally = new Tally()
  const verify = Effect.fnUntraced(function* (repository: RepositoryId) {
    const inspection = new Inspection(level, repository, tally, onFinding)
    yield* verifyRepository(inspection, repository, repositories !== undefined)
    yield* inspection.end
    tally.repositories += 1
  })
  yield* (
    repositories === undefined ? everyItem(pageSize, store.listRepositories) : Stream.fromIterable(repositories)
  ).pipe(Stream.mapEffect(verify, { concurrency: repositoriesAtOnce, unordered: true }), Stream.runDrain)
  return tally
})
