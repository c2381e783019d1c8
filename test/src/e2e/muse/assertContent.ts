/** Compares what a clone receives with what was pushed, field by field and byte by byte. */
import { Effect } from "effect"
import { clone, type LocalRepository } from "./LocalRepository.ts"
import type { Target } from "./MuseClient.ts"
import { assertSame, type Fields } from "./Value.ts"

/**
 * A commit that is hashed over more parents than it records is served with the proof of its id, which the client
 * ignores.
 */
const withoutProof = (commit: Fields): Fields => new Map([...commit].filter(([name]) => name !== "hashed_parent_ids"))

export interface Content {
  readonly commits: ReadonlyMap<string, Fields>
  readonly snapshots: ReadonlyMap<string, Fields>
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

export const assertContent = (actual: Content, expected: Content, message: string): void => {
  const commits = new Map([...actual.commits].map(([id, commit]) => [id, withoutProof(commit)]))
  assertSame(commits, expected.commits, `${message}: commits`)
  assertSame(actual.snapshots, expected.snapshots, `${message}: snapshots`)
  assertSame(actual.blobs, expected.blobs, `${message}: blobs`)
}

/** Clones without a token and compares everything. */
export const assertCloneIs = Effect.fnUntraced(function* (target: Target, expected: LocalRepository) {
  const cloned = yield* clone(target)
  assertSame(cloned.heads, expected.heads, `${target.repository}: heads`)
  assertContent(cloned, expected, target.repository)
})
