/**
 * Verifies the hub: what the store has against what it should have, and against the index. Reads past all memory, and
 * may run beside a serving hub. Writes notes of what it read, and rows if it is asked to repair them. Repositories
 * are verified side by side, and of one are held its ids and the directories of its packs, never its objects. A store
 * or an index that does not answer ends it: silence says nothing of what is there.
 */
import { Effect, Option, Stream } from "effect"
import { byText } from "../../../base/text/byText.ts"
import { readClaim } from "../../../invariant/NameClaims.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { PeopleIndex } from "../../../port/index/PeopleIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import { fullName } from "../../access/claimedRoot.ts"
import { RepositoryUnknown } from "../../access/policy.ts"
import { checkHubDocuments, checkHubRows, checkNames } from "./documents/checkHub.ts"
import type { CatchUpServices } from "../../recovery/catchUp.ts"
import type { Finding } from "./Finding.ts"
import { Inspection, type Level, Tally } from "./Inspection.ts"
import type { ObjectSource } from "./lost/ObjectSource.ts"
import { readAt, Reading } from "./Reading.ts"
import { repair as repairing } from "./repair.ts"
import { verifyRepository, type VerifyRepositoryError, type VerifyRepositoryServices } from "./verifyRepository.ts"

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
  /** The version of the hub, which is noted beside what it read. */
  readonly version: string
  /** What was read without faults at this time or later is not read again: ISO 8601, UTC. */
  readonly since?: string | undefined
  /** The share of the repositories to verify, those first that were last read longest ago; from 0 to 1. */
  readonly sample?: number | undefined
  /**
   * Whether rows that are wrong are recorded again, where the store has no fault. Level `quick` cannot tell that. What
   * is lost or damaged in the store and has its hash as its name is restored from `backup` before; single objects come
   * from other repositories of the hub, from `clone` and from `backup`.
   */
  readonly repair?:
    | { readonly backup?: ObjectStore["Service"] | undefined; readonly clone?: ObjectSource | undefined }
    | undefined
  /** Is told each finding as soon as it is known. */
  readonly onFinding: (finding: Finding) => Effect.Effect<void>
  /** Is told of each repository before it is looked at, and again after a repair. */
  readonly onInspecting?: ((repository: RepositoryId) => void) | undefined
  /** Is told often how much was read so far. It must be quick and must not throw. */
  readonly onProgress?: ((tally: Verified) => void) | undefined
}

export type VerifyHubError = VerifyRepositoryError

/** What verify reads. */
export type VerifyHubServices = VerifyRepositoryServices | CatchUpServices | PeopleIndex

/** Chooses a share of the repositories: those that were read longest ago. */
const longestAgo = Effect.fnUntraced(function* (
  listed: Stream.Stream<RepositoryId, StoreUnavailable>,
  level: Level,
  share: number
) {
  const known = yield* listed.pipe(
    Stream.mapEffect((repository) => Effect.map(readAt(repository, level), (at) => ({ repository, at })), {
      concurrency: storeConcurrency
    }),
    Stream.runCollect
  )
  const ordered = known.toSorted((a, b) => byText(a.at, b.at)).map(({ repository }) => repository)
  const count = Math.ceil(share * ordered.length)
  return { chosen: ordered.slice(0, count), others: ordered.slice(count) }
})

/** What was read, and how much was found. */
export type Verified = Readonly<Tally>

/** Verifies all repositories, or those that are given, and returns what was read and how much was found. */
export const verifyHub = Effect.fn("verifyHub")(function* ({
  level,
  onFinding,
  onInspecting = () => undefined,
  onProgress,
  repair,
  repositories,
  sample,
  since,
  version
}: VerifyOptions): Effect.fn.Return<Verified, VerifyHubError, VerifyHubServices> {
  const tally = new Tally(onProgress)
  const rootless = new Set<RepositoryId>()
  const verify = Effect.fnUntraced(function* (repository: RepositoryId, isClaimed: boolean) {
    onInspecting(repository)
    const inspection = new Inspection(level, repository, tally, onFinding)
    const reading = yield* Reading.begin(repository, { since, version })
    const isRooted = yield* verifyRepository(inspection, repository, reading, isClaimed)
    yield* inspection.end
    tally.repositories += 1
    if (!isRooted) rootless.add(repository)
    else if (repair !== undefined && level !== "quick") {
      const { backup, clone } = repair
      yield* repairing(inspection, { backup, clone, onFinding, onInspecting, reading, tally })
    }
  })
  const side = { concurrency: repositoriesAtOnce, unordered: true }
  if (repositories !== undefined) {
    yield* Effect.forEach(repositories, (repository) => verify(repository, true), side)
    return tally
  }
  const store = yield* ObjectStore
  const hub = new Inspection(level, null, tally, onFinding)
  // Of each name, the repository stays in memory until it is found in the listing.
  const claimed = yield* checkNames(hub)
  const listed = everyItem(pageSize, store.listRepositories)
  let chosen: Stream.Stream<RepositoryId, StoreUnavailable> = listed
  if (sample !== undefined) {
    const some = yield* longestAgo(listed, level, sample)
    for (const repository of some.others) claimed.delete(repository)
    chosen = Stream.fromIterable(some.chosen)
  }
  yield* chosen.pipe(
    Stream.mapEffect((repository) => verify(repository, claimed.delete(repository)), side),
    Stream.runDrain
  )
  yield* Effect.forEach(claimed, (repository) => verify(repository, true), side)
  if (level !== "quick") yield* checkHubDocuments(hub)
  yield* checkHubRows(hub, rootless)
  yield* hub.end
  return tally
})
