/**
 * A pack that the store loses while its directory is in the memory of a hub: a minute later at the latest, nothing is
 * written that relies on it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Sha256 } from "@musehub/domain/object/Id"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import {
  at,
  clone,
  committedAt,
  newRepository,
  opened,
  pushSteps,
  startHub,
  step,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"
import { losePackWith, pushWhole } from "../support/losses.ts"
import { number, propose } from "../support/proposalSamples.ts"

const first = step("first", { song: "one", kept: "kept" })
const second = step("second", { song: "two", kept: "kept" }, [first])
const aside = step("aside", { song: "one", kept: "kept", more: "more" }, [first])
const next = step("next", { song: "three", kept: "kept" }, [second])

type Writing = OpenRepository<"write">

/** What relies on the pack of `second`, the head of `main`. */
const reliant: { readonly [what: string]: (hub: TestHub, open: Writing) => Effect.Effect<unknown, Refusal> } = {
  "a push": (hub, open) => pushSteps(hub, open.root.value.repository, "main", [next]),
  "a push as an mpack stream": (hub, open) => {
    const { header, objects } = mpackOf(open.id, [next], { branch: "main", force: false, head: next.commit.id })
    return at(hub)(pushMpack(open, writeMpack(header, objects)))
  },
  "a commit of files": (hub, open) => {
    const changes = [{ op: "put", path: "new", content: new Uint8Array([1]) }] as const
    return at(hub)(commitFiles(open, { branch: "main", message: "", changes }))
  },
  "a merge": (hub, open) => at(hub)(mergeProposal(open, number(1), { strategy: "merge_commit" })),
  "a branch from the commit": (hub, open) =>
    at(hub)(createBranch(open, { name: "from-commit", from: second.commit.id })),
  "a branch that is restored to it": (hub, open) => at(hub)(restoreBranch(open, "gone", { commit: second.commit.id })),
  "a tag on it": (hub, open) =>
    at(hub)(
      storeTags(open, [
        {
          tag_id: TagId.make("00000000-0000-4000-8000-000000000001"),
          repo_id: open.id,
          commit_id: second.commit.id,
          tag: "first",
          created_at: committedAt
        }
      ])
    ),
  "a release of it": (hub, open) =>
    at(hub)(
      publishRelease(open, {
        release_id: ReleaseId.make("00000000-0000-4000-8000-000000000002"),
        repo_id: open.id,
        tag: "v1.0.0",
        semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
        channel: "stable",
        commit_id: second.commit.id,
        snapshot_id: second.snapshot.id,
        title: "first",
        body: "",
        changelog: [],
        agent_id: "",
        model_id: "",
        is_draft: false,
        gpg_signature: "",
        created_at: committedAt
      })
    )
}

interface Refusal {
  readonly _tag: string
}

/** A repository with a proposal, and a branch that was deleted, both of which lead to `second`. */
const prepared = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first])
  yield* pushSteps(hub, repository, "main", [second])
  yield* pushSteps(hub, repository, "feature", [aside])
  yield* propose(hub, repository)
  const open = yield* opened(hub, repository)
  yield* at(hub)(createBranch(open, { name: "gone", from: "main" }))
  yield* at(hub)(deleteBranch(yield* opened(hub, repository), "gone"))
  return { hub, repository }
})

describe("a pack that is lost under a living hub", () => {
  for (const [what, attempt] of Object.entries(reliant)) {
    it.effect(`is noticed within a minute by ${what}, which changes nothing`, () =>
      Effect.gen(function* () {
        const { hub, repository } = yield* prepared
        const key = yield* losePackWith(hub.store, repository.id, { type: "commit", id: second.commit.id })
        yield* TestClock.adjust("1 minute")
        const before = (yield* opened(hub, repository)).root.sha256
        const refused = yield* Effect.flip(attempt(hub, yield* opened(hub, repository)))
        assert.include(["PackLost", "ObjectMissing"], refused._tag)
        assert.include(String(refused), key.id)
        assert.strictEqual((yield* opened(hub, repository)).root.sha256, before, "the root is as it was")
        yield* pushWhole(hub, repository, "main", [first, second])
        yield* attempt(hub, yield* opened(hub, repository))
      })
    )
  }

  it.effect("and was sent ahead of a push is asked for again", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* prepared
      const held = yield* hub.store.list(repository.id, "pack", { limit: 100 })
      const send = Effect.gen(function* () {
        const open = yield* opened(hub, repository)
        return yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(next.blobs, take)))
      })
      assert.deepStrictEqual(yield* send, { stored: 1, skipped: 1 })
      const packs = (yield* hub.store.list(repository.id, "pack", { limit: 100 })).items
      const ahead = packs.find(({ id }) => !held.items.some((other) => other.id === id))
      assert(ahead !== undefined, "a pack was sent ahead")
      yield* hub.store.delete({ repository: repository.id, type: "pack", id: Sha256.make(ahead.id) })
      yield* TestClock.adjust("1 minute")
      const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [next], { blobs: [] }))
      assert.strictEqual(refused._tag, "ObjectsMissing")
      yield* pushSteps(hub, repository, "main", [next])
      yield* clone(yield* startHub({ store: hub.store }), repository, [next.commit.id])
    })
  )

  it.effect("is no reason to skip blobs that arrive again", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* prepared
      yield* losePackWith(hub.store, repository.id, { type: "blob", id: textBlob("two").id })
      yield* TestClock.adjust("1 minute")
      const open = yield* opened(hub, repository)
      const answer = yield* at(hub)(uploadBlobs(open, (take) => Effect.forEach(second.blobs, take)))
      assert.deepStrictEqual(answer, { stored: 1, skipped: 1 })
      yield* clone(yield* startHub({ store: hub.store }), repository, [second.commit.id])
    })
  )
})
