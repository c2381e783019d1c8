import { RepositoryId } from "@musehub/domain/object/Id"
import { BranchName, Domain, Slug, UserName } from "@musehub/domain/repository/Names"
import { assert, describe, it } from "vitest"
import { inOrder, type ListedRepository } from "./home.ts"

const listed = (name: string, createdAt: string, at?: string): ListedRepository => ({
  repository: {
    id: RepositoryId.make("6f1f6f3a-3d0e-4b57-9c5e-0b5a1d1c2e3f"),
    owner: UserName.make("ada"),
    name,
    slug: Slug.make(name),
    visibility: "public",
    description: "",
    domain: Domain.make("code"),
    defaultBranch: BranchName.make("main"),
    archived: false,
    forkOf: null,
    createdAt
  },
  last: at === undefined ? undefined : { id: "", message: "", author: "", at }
})

const names = (...given: Parameters<typeof inOrder>) => inOrder(...given).map(({ repository }) => repository.name)

describe("the repositories of a page", () => {
  const all = [
    listed("a", "2026-01-02T00:00:00.000Z", "2020-01-01T00:00:00+00:00"),
    // Offsets of old times have seconds, which JavaScript does not read.
    listed("b", "2026-01-01T00:00:00.000Z", "1835-01-01T00:00:00+00:19:32"),
    listed("c", "2026-01-03T00:00:00.000Z", "2026-01-01T00:00:00+00:00"),
    listed("d", "2026-01-04T00:00:00.000Z"),
    listed("e", "2026-01-05T00:00:00.000Z", "2024-01-01T00:00:00+00:00")
  ]

  it("stand in the order that is asked for, whatever times their commits have", () => {
    assert.deepStrictEqual(names(all, "name"), ["a", "b", "c", "d", "e"])
    assert.deepStrictEqual(names(all, "new"), ["e", "d", "c", "a", "b"])
    assert.deepStrictEqual(names(all, "active"), ["c", "e", "a", "b", "d"])
  })
})
