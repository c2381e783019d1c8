/** Names that mean two things: what can never be reached is refused where it is made. */
import { assert, describe, it } from "@effect/vitest"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { elementAt } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import { releasesKind, tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import { randomUUID } from "node:crypto"
import { commitNamed, findBranch } from "@musehub/domain/invariant/refs/revisions"
import { showBranch } from "@musehub/domain/usecase/branches/listBranches"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { resolveRevision, visibleCommit } from "@musehub/domain/usecase/graph/resolveRevision"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { Effect, Exit } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { ada, at, newRepository, opened, openedFor, pushSteps, startHub, step } from "../support/hubSamples.ts"
import { entriesOf } from "../../support/shortRefs.ts"

describe("a branch whose name reads as a commit id", () => {
  const first = step("first", { song: "one" })
  const name = first.commit.id

  it.effect("is refused however it would be made, since no revision could name it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first])
      yield* pushSteps(hub, repository, "topic", [first])
      const open = yield* opened(hub, repository)
      const change = { op: "put", path: "new", content: new Uint8Array() } as const
      const refusals = [
        yield* Effect.flip(pushSteps(hub, repository, name, [first])),
        yield* Effect.flip(at(hub)(createBranch(open, { name, from: "main" }))),
        yield* Effect.flip(at(hub)(renameBranch(open, "topic", name))),
        yield* Effect.flip(at(hub)(commitFiles(open, { branch: name, from: "main", message: "", changes: [change] })))
      ]
      for (const refused of refusals) {
        assert.strictEqual(refused._tag, "BranchNameRefused")
        assert.include(refused.message, "would be read as a commit")
      }
    })
  )

  it.effect(
    "is refused as a default branch and in a rule of protection, and a rule of an earlier hub can be removed",
    () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const repository = yield* newRepository(hub)
        const admin = yield* openedFor(hub, repository, ada, "admin")
        const rule = { approvals: 1, selfApproval: true }
        const refusals = [
          yield* Effect.flip(newRepository(hub, "other", { branch: name })),
          yield* Effect.flip(newRepository(hub, "other", { branch: name, initialize: true })),
          yield* Effect.flip(at(hub)(changeSettings(admin, { defaultBranch: name }))),
          yield* Effect.flip(at(hub)(protectBranch(admin, name, rule)))
        ]
        for (const refused of refusals) assert.include(refused.message, "would be read as a commit")
        yield* at(hub)(unprotectBranch(admin, name))
      })
  )
})

/** Names that look like something else, and names that no clone can hold. */
const candidates = [
  "a",
  "A",
  "a/b",
  "a/b/c",
  "reflog",
  "a/reflog",
  "b/protection",
  "HEAD",
  "refs/heads/main",
  "v1.0.0",
  "1.0.0",
  "0123456",
  "f".repeat(63),
  "f".repeat(64),
  "F".repeat(64),
  "0".repeat(64),
  "\u00e9",
  "e\u0301",
  "a b",
  "%2F",
  "..",
  "a//b",
  "",
  "/a",
  ".",
  "x/.",
  "b?c#d",
  "main",
  "topic",
  "files/a",
  "x".repeat(256)
]

describe("names of branches at random", () => {
  it.effect("mean one commit each, the one they were created with, or are refused", () =>
    forSeeds(20, (random) =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const repository = yield* newRepository(hub)
        const history = [step("0", { song: "0" })]
        yield* pushSteps(hub, repository, "main", history)
        const heads = new Map([["main", elementAt(history, 0).commit.id]])
        for (const name of random.some(candidates, 0.4)) {
          const made = step(name, { song: name })
          const pushed = yield* Effect.exit(pushSteps(hub, repository, name, [made]))
          if (Exit.isSuccess(pushed)) heads.set(name, made.commit.id)
        }
        const open = yield* opened(hub, repository)
        const root = open.root.value
        assert.sameMembers(
          entriesOf(root.heads).map(([name]) => name),
          [...heads.keys()]
        )
        for (const [name, head] of heads) {
          assert.strictEqual(yield* at(hub)(commitNamed(root, name)), head, name)
          assert.strictEqual(yield* at(hub)(commitNamed(root, head)), head)
          assert.strictEqual((yield* at(hub)(findBranch(root, name)))[1], head)
          assert.strictEqual((yield* at(hub)(resolveRevision(open, name))).id, head)
          assert.strictEqual((yield* at(hub)(showBranch(open, name))).head, head)
        }
        for (const name of candidates) {
          if (heads.has(name)) continue
          const unknown = yield* Effect.flip(at(hub)(resolveRevision(open, name)))
          assert.include(["BranchUnknown", "CommitUnknown"], unknown._tag, name)
        }
      })
    )
  )
})

describe("a name that means something else", () => {
  it.effect("is answered with what it means", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const only = step("only", { song: "one" })
      yield* pushSteps(hub, repository, "Main", [only])
      const open = yield* opened(hub, repository)
      const record = sha256("x")
      const release = { id: ReleaseId.make(randomUUID()), channel: "stable", record, order: 1 } as const
      const root = {
        ...open.root.value,
        tags: RefList.of(tagsKind, [[TagId.make(randomUUID()), { tag: "joyful", commit: only.commit.id, record }]]),
        releases: RefList.of(releasesKind, [
          ["v1.0.0", { ...release, draft: false }],
          ["v2.0.0", { ...release, draft: true }]
        ])
      }
      const said = (name: string) => Effect.map(Effect.flip(at(hub)(commitNamed(root, name))), ({ message }) => message)
      assert.include(yield* said("main"), 'there is "Main", which is spelled differently')
      assert.include(yield* said("v1.0.0"), "a release has this tag")
      assert.strictEqual(yield* said("v2.0.0"), 'there is no branch "v2.0.0"')
      assert.include(yield* said("joyful"), "a tag has this label")
      assert.include(yield* said(only.commit.id.slice(0, 12)), "all 64 digits of its id")
      assert.strictEqual(yield* said("nothing"), 'there is no branch "nothing"')
      const asBranch = yield* Effect.flip(at(hub)(findBranch(root, only.commit.id)))
      assert.include(asBranch.message, "64 hex digits are the id of a commit")
      const asId = yield* Effect.flip(at(hub)(visibleCommit(open, "Main")))
      assert.include(asId.message, `it is a branch, whose head is ${only.commit.id}`)
    })
  )
})
