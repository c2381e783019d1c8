/** What a clone of a repository of the sample must be. */
import { assert } from "@effect/vitest"
import { goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import type { LocalRepository } from "../e2e/muse/LocalRepository.ts"
import { assertSame, type Fields } from "../e2e/muse/Value.ts"

/** What the legacy hub put in place of the client's own (docs/wire.md, section 9). */
const replaced = new Set(["author", "branch", "repo_id"])
const withoutReplaced = (record: Fields): Fields => new Map([...record].filter(([name]) => !replaced.has(name)))

export type Cloned = Pick<LocalRepository, "heads" | "commits" | "snapshots" | "blobs">

/** Asserts that a clone is what the client once pushed, except for what is lost. */
export const assertIsGolden = (cloned: Cloned, slug: string) => {
  const golden = goldenRepository(slug)
  for (const [id, commit] of cloned.commits) {
    assertSame(withoutReplaced(commit), withoutReplaced(golden.commits.get(id) ?? new Map()), `${slug}: commit ${id}`)
  }
  for (const [id, snapshot] of cloned.snapshots) {
    assertSame(snapshot, golden.snapshots.get(id) ?? null, `${slug}: snapshot ${id}`)
  }
  const named = new Set([...cloned.snapshots.values()].flatMap((one) => [...(one.get("manifest") as Fields).values()]))
  assert.deepStrictEqual(new Set(cloned.blobs.keys()), named, `${slug}: blobs`)
  for (const [id, bytes] of cloned.blobs) assert.deepStrictEqual(bytes, golden.blobs.get(id) ?? bytes, id)
}

/** All repositories that the client pushed, except the one with a commit of three parents. */
export const goldenSlugs = [
  "linear",
  "merges",
  "awkward-names",
  "file-contents",
  "provenance",
  "midi",
  "git-import",
  "empty-manifest"
]
