/** A hub with one of everything that verify looks at, what verify says of it, and ways to plant faults. */
import { assert } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { DocumentKey } from "@musehub/domain/port/StoreKey"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import type { Level } from "@musehub/domain/usecase/operations/verify/Inspection"
import { type VerifyOptions, verifyHub } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { createToken, ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { Effect } from "effect"
import {
  ada,
  at,
  committedAt,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"

/** A blob under its own key. */
export const largeText = "large ".repeat(45_000)

export const levels: ReadonlyArray<Level> = ["quick", "default", "deep"]

/** A hub with users, a token and a repository that has branches, a tag, a release, proposals, remarks, a large blob. */
export const grownOver = Effect.fnUntraced(function* (shared: Partial<Pick<TestHub, "store">>) {
  const hub = yield* startHub(shared)
  for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
  yield* at(hub)(createToken({ user: ada.user, scope: "write", repository: null, lifetimeMillis: null }))
  const repository = yield* newRepository(hub, "songs")
  const first = step("first", { a: "one", big: largeText })
  const second = step("second", { a: "two", big: largeText, "src/b": "b" }, [first])
  const verse = step("verse", { a: "one", big: largeText, verse: "verse" }, [first])
  yield* pushSteps(hub, repository, "main", [first])
  yield* pushSteps(hub, repository, "main", [second])
  yield* pushSteps(hub, repository, "verse", [verse])
  const write = yield* opened(hub, repository)
  yield* at(hub)(
    storeTags(write, [
      {
        tag_id: TagId.make("00000000-0000-4000-8000-000000000001"),
        repo_id: repository.id,
        commit_id: first.commit.id,
        tag: "stage:mix",
        created_at: committedAt
      }
    ])
  )
  yield* at(hub)(
    publishRelease(write, {
      release_id: ReleaseId.make("00000000-0000-4000-8000-000000000002"),
      repo_id: repository.id,
      tag: "1.0.0",
      semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
      channel: "stable",
      commit_id: second.commit.id,
      snapshot_id: second.commit.snapshotId,
      title: "One",
      body: "",
      changelog: [],
      agent_id: "",
      model_id: "",
      is_draft: false,
      gpg_signature: "",
      created_at: committedAt
    })
  )
  yield* at(hub)(annotate(write, first.commit.id, { reviewedBy: ["carol"], testRuns: 1 }))
  const propose = Effect.fnUntraced(function* (from: string, to: string) {
    const open = yield* openedFor(hub, repository, ada, "participate")
    const words = { title: ProposalTitle.make(`bring ${from}`), body: Discourse.make("") }
    return yield* at(hub)(openProposal(open, { ...words, from: BranchName.make(from), to: BranchName.make(to) }))
  })
  const { number } = yield* propose("verse", "main")
  yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy: "merge_commit" }))
  yield* propose("main", "verse")
  const grown: Grown = { hub, repository, first, second, verse }
  return grown
})

export const grownHub = grownOver({})

export interface Grown {
  readonly hub: TestHub
  readonly repository: Repository
  readonly first: ReturnType<typeof step>
  readonly second: ReturnType<typeof step>
  readonly verse: ReturnType<typeof step>
}

/** Verifies a hub as another process does, and returns what it finds. */
export const findingsOf = Effect.fnUntraced(function* (
  { index, store }: Pick<TestHub, "store" | "index">,
  level: Level,
  options: Pick<VerifyOptions, "repositories" | "since" | "sample" | "onProgress"> = {}
) {
  const findings: Array<Finding> = []
  const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
  const verified = yield* at(yield* startHub({ store, index }))(
    verifyHub({ level, version: "1.2.3", onFinding, ...options })
  )
  for (const { mend, place, reason } of findings) for (const text of [mend, place, reason]) assert.isNotEmpty(text)
  return { findings, verified, faults: findings.filter(({ severity }) => severity === "fault") }
})

/** Asserts that verify finds no fault at any level. */
export const assertSound = Effect.fnUntraced(function* (hub: Pick<TestHub, "store" | "index">) {
  for (const level of levels) {
    const { faults, verified } = yield* findingsOf(hub, level)
    assert.deepStrictEqual([faults, verified.faults], [[], 0], level)
  }
})

/** Reads the stored bytes of a document. */
export const bytesOf = Effect.fnUntraced(function* ({ store }: Pick<TestHub, "store">, key: DocumentKey) {
  const read = yield* store.documents.read(key)
  assert(read._tag === "Found", "the document is there")
  return read.document.bytes
})

/** Replaces the bytes of a document, whatever they are. */
export const rewrite = ({ store }: Pick<TestHub, "store">, key: DocumentKey, bytes: Uint8Array) =>
  store.documents.write(key, bytes, { _tag: "Any" })

export const junk = new TextEncoder().encode("junk")

/** Moves the root to what `change` makes of it, as a hub with a bug would. */
export const moveRoot = Effect.fnUntraced(function* (
  hub: TestHub,
  { id }: Repository,
  change: (root: Root) => Partial<Root>
) {
  const { value } = yield* at(hub)(
    Effect.flatMap(Roots, (roots) => roots.move(id, (root) => Effect.succeed({ root: change(root), change: null })))
  )
  return value
})
