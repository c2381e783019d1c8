/** What keeps objects: refs, aliases, proposals, remarks, and what the reflog of the last days names. */
import { Effect, Option, Schema, Stream } from "effect"
import { refsIn } from "../../../invariant/refs/refs.ts"
import { readProposal, readRelease } from "../../../invariant/RepositoryDocuments.ts"
import { rootsBackFrom } from "../../../invariant/RootHistory.ts"
import type { Roots } from "../../../invariant/Roots.ts"
import { CommitId } from "../../../object/Id.ts"
import { ObjectStore } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import type { ProposalNumber } from "../../../repository/Proposal.ts"
import type { Root } from "../../../repository/Root.ts"

/** Takes an object that is kept, and with it all that it leads to. */
export type Keep = (type: "commit" | "snapshot", id: string) => void

const isCommitId = Schema.is(CommitId)

/** Names per page of a listing. */
const pageSize = 1000
/** Clocks of hubs may differ by this much, so the reflog is read further back. */
const slackMillis = 24 * 60 * 60 * 1000

const keepRefs = Effect.fnUntraced(function* (root: Root, keep: Keep) {
  const { id } = root.repository
  yield* Stream.runForEach(refsIn(root, root.heads), ([, head]) => Effect.sync(() => keep("commit", head)))
  yield* Stream.runForEach(refsIn(root, root.tags), ([, { commit }]) => Effect.sync(() => keep("commit", commit)))
  yield* Stream.runForEach(refsIn(root, root.aliases), ([, commit]) => Effect.sync(() => keep("commit", commit)))
  yield* refsIn(root, root.releases).pipe(
    Stream.mapEffect(([, { record }]) => readRelease(id, record), { concurrency: storeConcurrency, unordered: true }),
    Stream.runForEach((release) =>
      Effect.sync(() => {
        keep("commit", release.commit_id)
        keep("snapshot", release.snapshot_id)
      })
    )
  )
})

/** Keeps what proposals name: the commits that reviews are of, and what a merge made. */
const keepProposals = Effect.fnUntraced(function* ({ repository: { id } }: Root, keep: Keep) {
  const { documents } = yield* ObjectStore
  yield* everyItem(pageSize, (page) => documents.list({ kind: "proposal", repository: id }, page)).pipe(
    Stream.mapEffect((name) => readProposal(id, Number(name) as ProposalNumber), {
      concurrency: storeConcurrency,
      unordered: true
    }),
    Stream.runForEach((proposal) =>
      Effect.sync(() => {
        if (Option.isNone(proposal)) return
        const { merged, reviews } = proposal.value.value
        for (const { commit } of reviews) keep("commit", commit)
        if (merged === null) return
        for (const commit of [merged.commit, merged.fromHead, merged.toHead]) keep("commit", commit)
        keep("snapshot", merged.snapshot)
      })
    )
  )
})

/** Keeps the commits that people or tests said something about. */
const keepAnnotated = Effect.fnUntraced(function* ({ repository: { id } }: Root, keep: Keep) {
  const { documents } = yield* ObjectStore
  yield* everyItem(pageSize, (page) => documents.list({ kind: "annotation", repository: id }, page)).pipe(
    Stream.filter(isCommitId),
    Stream.runForEach((commit) => Effect.sync(() => keep("commit", commit)))
  )
})

/** Keeps both ends of each move since a time. */
const keepReflog = Effect.fnUntraced(function* (root: Root, sinceMillis: number, keep: Keep) {
  yield* rootsBackFrom(root).pipe(
    Stream.takeUntil(({ changes }) => changes.some(({ at }) => Date.parse(at) < sinceMillis - slackMillis)),
    Stream.runForEach(({ changes }) =>
      Effect.sync(() => {
        for (const { at, moves } of changes) {
          if (Date.parse(at) < sinceMillis) continue
          for (const { from, to } of moves) {
            if (from !== null) keep("commit", from)
            if (to !== null) keep("commit", to)
          }
        }
      })
    )
  )
})

/** Tells all that a root keeps, with the reflog since a time in milliseconds since 1970. */
export const startingPoints = Effect.fnUntraced(function* (root: Root, sinceMillis: number, keep: Keep) {
  yield* keepRefs(root, keep)
  yield* keepProposals(root, keep)
  yield* keepAnnotated(root, keep)
  yield* keepReflog(root, sinceMillis, keep)
})

/** What the starting points are read from. */
export type StartingPointsServices = ObjectStore | Roots
