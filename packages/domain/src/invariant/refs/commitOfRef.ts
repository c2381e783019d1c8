/** Finds the commit of a ref, which a reader names (docs/names.md, "What a name means"). */
import { Effect, Stream } from "effect"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import { RefAmbiguous, RefUnknown } from "../../repository/refErrors.ts"
import type { Root } from "../../repository/Root.ts"
import { readRelease } from "../RepositoryDocuments.ts"
import { aliasIn } from "./aliases.ts"
import { headOf } from "./heads.ts"
import { firstRefs, refIn, refsIn } from "./refs.ts"
import { otherMeaning } from "./revisions.ts"

/** Branches that a refusal names, and commits. */
const namedMax = 10

const labelPrefix = "tags/"

const unknown = Effect.fnUntraced(function* (root: Root, ref: string) {
  const branches = yield* firstRefs(root, root.heads, { count: namedMax })
  const remedy = yield* otherMeaning(root, ref)
  return yield* new RefUnknown({
    ref,
    branches: branches.map(([name]) => name),
    total: root.heads.count,
    ...(remedy === undefined ? {} : { remedy })
  })
})

const commitsLabelled = (root: Root, label: string) =>
  refsIn(root, root.tags).pipe(
    Stream.filter(([, { tag }]) => tag === label),
    Stream.map(([, { commit }]) => commit),
    Stream.changes,
    Stream.take(namedMax),
    Stream.runFold(
      () => new Set<CommitId>(),
      (found, commit) => found.add(commit)
    )
  )

/**
 * Returns the commit that a ref names: 64 lower-case hex digits are always a commit's id; other text is a branch, else
 * a published release, else, after `tags/`, the label of a tag, else what a legacy hub called a commit. Whether the
 * commit exists, `usecase/graph/resolveRevision.ts` says.
 */
export const commitOfRef = Effect.fnUntraced(function* (root: Root, ref: string) {
  if (isCommitId(ref)) return ref
  const head = yield* headOf(root, ref)
  if (head !== undefined) return head
  const release = yield* refIn(root, root.releases, ref)
  if (release?.draft === false) return (yield* readRelease(root.repository.id, release.record)).commit_id
  if (!ref.startsWith(labelPrefix)) return (yield* aliasIn(root, ref)) ?? (yield* unknown(root, ref))
  const [commit, ...others] = yield* commitsLabelled(root, ref.slice(labelPrefix.length))
  if (commit === undefined) return yield* unknown(root, ref)
  if (others.length > 0) return yield* new RefAmbiguous({ ref, commits: [commit, ...others] })
  return commit
})
