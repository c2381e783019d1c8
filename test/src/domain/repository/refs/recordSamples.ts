/** Records of tags and releases, and short ways to store them. */
import { Roots } from "@musehub/domain/invariant/Roots"
import { ReleaseId, type Release, type Tag, TagId } from "@musehub/domain/repository/Tag"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { Effect } from "effect"
import {
  ada,
  at,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type TestHub
} from "../../support/hubSamples.ts"
import { first, second } from "./branchSamples.ts"

export const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`

export const tag = (number: number, label = "emotion:joyful", { commit } = first): Tag => ({
  tag_id: TagId.make(uuid(number)),
  repo_id: uuid(0),
  commit_id: commit.id,
  tag: label,
  created_at: "2026-11-22T15:10:09.649238+00:00"
})

export const release = (number: number, version: string, fields: Partial<Release> = {}): Release => ({
  release_id: ReleaseId.make(uuid(number)),
  repo_id: uuid(0),
  tag: version,
  semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
  channel: "stable",
  commit_id: first.commit.id,
  snapshot_id: first.snapshot.id,
  title: "One",
  body: "",
  changelog: [],
  agent_id: "",
  model_id: "",
  is_draft: false,
  gpg_signature: "",
  created_at: "2026-11-22T15:10:11.118647+00:00",
  ...fields
})

/** A hub with a repository whose `main` has two commits. */
export const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first, second])
  return { hub, repository }
})

export const rootOf = (hub: TestHub, repository: Repository) =>
  Effect.map(openedFor(hub, repository, ada, "read"), ({ root }) => root.value)

export const store = (hub: TestHub, repository: Repository, tags: ReadonlyArray<Tag>) =>
  Effect.flatMap(opened(hub, repository), (open) => at(hub)(storeTags(open, tags)))

export const withRoot = (hub: TestHub, repository: Repository, parts: Partial<Root>) =>
  at(hub)(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository.id, () =>
        Effect.succeed({
          root: parts,
          change: { action: "store-tags", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
        })
      )
    )
  )
