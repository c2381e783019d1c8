/** What only something other than a branch leads to is there after the index was lost, and can be fetched. */
import { assert, describe, it } from "@effect/vitest"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { listReleases } from "@musehub/domain/usecase/tags/listReleases"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { Effect } from "effect"
import {
  ada,
  at,
  clone,
  committedAt,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"

const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2", "b.txt": "only here" }, [first])
const other = step("another history", { "a.txt": "3" })
const uuid = "00000000-0000-4000-8000-000000000001"

const tag = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const record = { tag_id: TagId.make(uuid), repo_id: uuid, commit_id: second.commit.id, tag: "stage:mix" }
  yield* at(hub)(storeTags(yield* opened(hub, repository), [{ ...record, created_at: committedAt }]))
})

const release = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  yield* at(hub)(
    publishRelease(yield* opened(hub, repository), {
      release_id: ReleaseId.make(uuid),
      repo_id: uuid,
      tag: "1.0.0",
      semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
      channel: "stable",
      commit_id: second.commit.id,
      snapshot_id: second.snapshot.id,
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
})

const propose = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  yield* pushSteps(hub, repository, "stable", [first])
  const wanted = { title: ProposalTitle.make("t"), body: Discourse.make(""), from: "main", to: "stable" }
  const open = yield* openedFor(hub, repository, ada, "participate")
  return (yield* at(hub)(openProposal(open, wanted))).number
})

const mergeIt = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const number = yield* propose(hub, repository)
  yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy: "fast_forward_only" }))
  yield* at(hub)(deleteBranch(yield* opened(hub, repository), "stable"))
})

/** Something that goes on leading to the second commit, and how a reader finds it. */
const leads = {
  "a tag": {
    name: tag,
    find: Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
      const { items } = yield* at(hub)(listTags(yield* opened(hub, repository), { limit: 10 }))
      return items.map(({ commit_id }) => commit_id)
    })
  },
  "a release": {
    name: release,
    find: Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
      const releases = yield* at(hub)(listReleases(yield* opened(hub, repository), { drafts: false }))
      return releases.map(({ commit_id }) => commit_id)
    })
  },
  "a merged proposal": {
    name: mergeIt,
    find: Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
      const { merged } = yield* at(hub)(showProposal(yield* opened(hub, repository), 1 as never))
      return [merged?.commit]
    })
  },
  "the reflog": {
    name: () => Effect.void,
    find: Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
      const { items } = yield* at(hub)(readReflog(yield* opened(hub, repository), "main", { limit: 10 }))
      return items.map(({ from }) => from)
    })
  }
}

describe("an index that was lost, after another history was forced", () => {
  for (const [what, { find, name }] of Object.entries(leads)) {
    it.effect.each([
      { merged: "", isMerged: false },
      { merged: ", after packs were merged", isMerged: true }
    ])(`a commit that only ${what} leads to is there and can be fetched$merged`, ({ isMerged }) =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const repository = yield* newRepository(hub)
        yield* pushSteps(hub, repository, "main", [first, second])
        yield* name(hub, repository)
        yield* pushSteps(hub, repository, "main", [other], { force: true })
        if (isMerged) assert.isDefined((yield* at(hub)(mergePacks(repository.id, 2))).into)

        const rebuilt = yield* startHub({ store: hub.store })
        assert.include(yield* find(rebuilt, repository), second.commit.id)
        assert.lengthOf((yield* clone(rebuilt, repository, [second.commit.id])).commits, 2)
        const open = yield* opened(rebuilt, repository)
        yield* at(rebuilt)(restoreBranch(open, "main", { commit: second.commit.id }))
        assert.strictEqual((yield* headsOf(rebuilt, repository))["main"], second.commit.id)
      })
    )
  }

  it.effect("an open proposal still brings its commits, which only its branch has", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first, second])
      const number = yield* propose(hub, repository)
      const rebuilt = yield* startHub({ store: hub.store })
      const open = yield* opened(rebuilt, repository)
      yield* at(rebuilt)(mergeProposal(open, number, { strategy: "fast_forward_only" }))
      assert.strictEqual((yield* headsOf(rebuilt, repository))["stable"], second.commit.id)
      yield* clone(rebuilt, repository, [second.commit.id])
    })
  )
})
