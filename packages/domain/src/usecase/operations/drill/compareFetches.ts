/** Compares what a client gets that clones a repository, from two indexes of one store. */
import { Context, Effect, Option, Stream } from "effect"
import { allHeads } from "../../../invariant/refs/heads.ts"
import { incrementalSha256 } from "../../../object/Digest.ts"
import type { Sha256 } from "../../../object/Id.ts"
import type { Index } from "../../../port/index/Index.ts"
import { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { StoreUnavailable } from "../../../port/ObjectStore.ts"
import { type FullName, fullNameText } from "../../../repository/Names.ts"
import { openRepository, type OpenServices } from "../../access/openRepository.ts"
import { actingAs } from "../../access/policy.ts"
import { fetchMpack } from "../../fetch/fetchMpack.ts"
import type { PlanServices } from "../../fetch/planFetch.ts"

/** What a clone of all branches got. */
export interface FetchAnswer {
  /** The root that was asked; null where the repository could not be opened. */
  readonly root: Sha256 | null
  /** Bytes that came. */
  readonly bytes: number
  /** Hash of them all; null where the answer failed. */
  readonly sha256: Sha256 | null
  /** Why it failed; null where it did not. */
  readonly failure: string | null
}

/** What the two indexes answered. */
export interface ComparedFetch {
  readonly name: FullName
  readonly live: FetchAnswer
  readonly rebuilt: FetchAnswer
}

export type CompareError = StoreUnavailable | IndexUnavailable
/** What a comparison asks, but for the index. */
export type CompareServices = Exclude<OpenServices | PlanServices, Index>

/** How often a repository is asked whose root moves meanwhile. */
const comparisonsMax = 5

/** Whether the store or the index did not answer. That the live index takes no rows here is an answer. */
const isSilence = (error: Error): error is CompareError =>
  (error instanceof StoreUnavailable || error instanceof IndexUnavailable) && error.reason._tag !== "ReadOnly"

/** Says whether the two were asked about the same root, or one of them about none. */
const isOfOneRoot = ({ live, rebuilt }: ComparedFetch): boolean =>
  live.root === null || rebuilt.root === null || live.root === rebuilt.root

/** Clones all branches, and keeps nothing but the hash. A store or an index that does not answer fails. */
const answerOf = Effect.fnUntraced(
  function* ({ owner, slug }: FullName) {
    const open = yield* openRepository(owner, slug, actingAs(owner), "read")
    const hash = incrementalSha256()
    let bytes = 0
    const fetched = Effect.gen(function* () {
      const want = [...(yield* allHeads(open.root.value))]
      const content = yield* fetchMpack(open, { want, have: [], haveBlobs: [] })
      yield* Stream.runForEach(content, (chunk) =>
        Effect.sync(() => {
          hash.update(chunk)
          bytes += chunk.byteLength
        })
      )
      return null
    })
    const failure = yield* fetched.pipe(
      Effect.mapError((error) => (error._tag === "ObjectUnread" ? error.readError : error)),
      Effect.catch((error) => (isSilence(error) ? Effect.fail(error) : Effect.succeed(error.message)))
    )
    const answer: FetchAnswer = {
      root: open.root.sha256,
      bytes,
      sha256: failure === null ? hash.digest() : null,
      failure
    }
    return answer
  },
  Effect.scoped,
  Effect.catch((error) =>
    isSilence(error)
      ? Effect.fail(error)
      : Effect.succeed<FetchAnswer>({ root: null, bytes: 0, sha256: null, failure: error.message })
  )
)

/** Says whether two clones got the same, or both nothing whole: the store lost something then, which verify names. */
export const isSameAnswer = ({ live, rebuilt }: ComparedFetch): boolean => live.sha256 === rebuilt.sha256

/**
 * Compares the answers of two indexes to a clone of all branches. Returns none if the root moved between the two each
 * time. `live` must take no rows; `rebuilt` is brought up to the root.
 */
export const compareFetches = Effect.fn("compareFetches")(function* (
  name: FullName,
  live: Context.Context<Index>,
  rebuilt: Context.Context<Index>
): Effect.fn.Return<Option.Option<ComparedFetch>, CompareError, CompareServices> {
  for (let left = comparisonsMax; left > 0; left -= 1) {
    const compared: ComparedFetch = {
      name,
      live: yield* Effect.provideContext(answerOf(name), live),
      rebuilt: yield* Effect.provideContext(answerOf(name), rebuilt)
    }
    if (isOfOneRoot(compared)) return Option.some(compared)
  }
  yield* Effect.logWarning(`the answers of ${fullNameText(name)} are not compared, since its root moves all the time`)
  return Option.none()
})
