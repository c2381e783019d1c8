import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "../../object/Digest.ts"
import { CommitId, RepositoryId } from "../../object/Id.ts"
import { BranchName, Domain, Slug, UserName } from "../Names.ts"
import { ProposalNumber } from "../Proposal.ts"
import { headsKind, tagsKind } from "../refs/kinds.ts"
import { RefList } from "../refs/RefList.ts"
import { emptyRoot, type Root } from "../Root.ts"
import { ReleaseId, TagId } from "../Tag.ts"
import { movedParts, shownState } from "./shownState.ts"

const [main, verse] = [BranchName.make("main"), BranchName.make("verse")]
const [first, second] = [CommitId.make(sha256("first")), CommitId.make(sha256("second"))]
const ada = UserName.make("ada")

const before: Root = {
  repository: {
    id: RepositoryId.make("6f1f6f3a-3d0e-4b57-9c5e-0b5a1d1c2e3f"),
    owner: ada,
    name: "Songs",
    slug: Slug.make("songs"),
    visibility: "public",
    description: "",
    domain: Domain.make("code"),
    defaultBranch: main,
    archived: false,
    forkOf: null,
    createdAt: "2026-11-22T15:08:10.000Z"
  },
  ...emptyRoot,
  heads: RefList.of(headsKind, [[main, first]]),
  changes: [],
  nonce: "one"
}

/** Returns the parts that a later root shows otherwise. */
const moved = (change: Partial<Root>) => movedParts(shownState(before, []), shownState({ ...before, ...change }, []))

const tag = { tag: "v1", commit: first, record: sha256("record") }

describe("what a root shows", () => {
  it("is what readers see: branches, tags, proposals and settings, each by itself", () => {
    const proposal = { number: ProposalNumber.make(1), from: verse, to: main }
    assert.deepStrictEqual(moved({ heads: RefList.of(headsKind, [[main, second]]) }), ["branches"])
    const twoHeads = [main, verse].map((name) => [name, first] as const)
    assert.deepStrictEqual(moved({ heads: RefList.of(headsKind, twoHeads) }), ["branches"])
    assert.deepStrictEqual(
      moved({ tags: RefList.of(tagsKind, [[TagId.make("0c9e2b6e-8f0f-4a5e-9f1e-2f7d7a0e4c11"), tag]]) }),
      ["tags"]
    )
    assert.deepStrictEqual(moved({ proposals: { last: 1, open: [proposal] } }), ["proposals"])
    assert.deepStrictEqual(moved({ proposals: { last: 1, open: [] } }), ["proposals"])
    for (const repository of [
      { ...before.repository, visibility: "private" as const },
      { ...before.repository, description: "All of them" },
      { ...before.repository, archived: true }
    ]) {
      assert.deepStrictEqual(moved({ repository }), ["settings"])
    }
    const protection: Root["protection"] = [[main, { approvals: 1, selfApproval: false }]]
    assert.deepStrictEqual(moved({ protection, heads: RefList.of(headsKind, []) }), ["branches", "settings"])
  })

  it("is the same however packs, garbage and roots moved, and in whatever order its members stand", () => {
    const storage: Partial<Root> = {
      sequence: 9,
      collectionEpoch: 2,
      condemnations: 3,
      catalog: sha256("catalog"),
      previous: sha256("root"),
      nonce: "another",
      grants: [[UserName.make("bob"), "read"]],
      changes: [{ action: "push", by: ada, at: "2026-11-22T15:08:10.000Z", moves: [] }]
    }
    assert.deepStrictEqual(moved(storage), [])
    const { id, ...rest } = before.repository
    assert.deepStrictEqual(moved({ repository: { ...rest, id } }), [])
  })

  it("has the releases that are published, in the order of their publication", () => {
    const entry = (text: string, order: number, draft: boolean) =>
      [
        text,
        {
          id: ReleaseId.make(`0c9e2b6e-8f0f-4a5e-9f1e-2f7d7a0e4c${order}`),
          channel: "stable",
          draft,
          order,
          record: sha256(text)
        }
      ] as const
    const state = (...releases: ReadonlyArray<ReturnType<typeof entry>>) => shownState(before, releases)
    const one = state(entry("v1", 11, false))
    assert.strictEqual(state(entry("v1", 11, false), entry("v2", 12, true)), one)
    assert.deepStrictEqual(movedParts(one, state(entry("v1", 11, false), entry("v2", 12, false))), ["releases"])
    assert.deepStrictEqual(movedParts(one, state()), ["releases"])
    assert.notStrictEqual(
      state(entry("v1", 13, false), entry("v2", 12, false)),
      state(entry("v1", 11, false), entry("v2", 12, false))
    )
  })

  it("of a list in chunks follows the chunks", () => {
    const many = (count: number) => ({
      height: 1,
      chunks: [{ sha256: sha256(`chunk of ${count}`), first: "main", count, bytes: 9 * count }]
    })
    const [one, other] = [RefList.stored(headsKind, many(1000)), RefList.stored(headsKind, many(1001))]
    assert.deepStrictEqual(
      movedParts(shownState({ ...before, heads: one }, []), shownState({ ...before, heads: other }, [])),
      ["branches"]
    )
  })

  it("has moved altogether since a text that is no state", () => {
    assert.deepStrictEqual(movedParts("", shownState(before, [])).length, 5)
    assert.deepStrictEqual(movedParts("..........", shownState(before, [])).length, 5)
  })
})
