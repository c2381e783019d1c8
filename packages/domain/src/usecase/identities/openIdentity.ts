/** Opens the identity of a handle: what the repository `<handle>/identity` says at the head of its default branch. */
import { Effect } from "effect"
import { type ObjectReadError, readCommit } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { absentDocument, type DocumentKind, type FoundDocument } from "../../reading/document/DocumentKind.ts"
import { documentIn } from "../../reading/document/DocumentReader.ts"
import { identitySlug } from "../../repository/rule/isIdentity.ts"
import type { SnapshotReader } from "../../reading/SnapshotReader.ts"
import { type OpenError, type OpenRepository, openRepository, type OpenServices } from "../access/openRepository.ts"
import { type Principal, RepositoryUnknown } from "../access/policy.ts"

type ReadServices = ObjectIndex | ObjectStore | Packs | SnapshotReader

export type OpenIdentityError = Exclude<OpenError, { readonly _tag: "RepositoryMoved" }>
export type OpenIdentityServices = OpenServices | ReadServices

export interface Identity {
  readonly open: OpenRepository
  /** The head of the default branch; null while it has none. */
  readonly commitId: CommitId | null
  readonly document: <A>(kind: DocumentKind<A>) => Effect.Effect<FoundDocument<A>, ObjectReadError, ReadServices>
}

/** Opens an identity that the caller may read. One that has another name now is no identity. */
export const openIdentity = Effect.fn("openIdentity")(function* (
  handle: string,
  principal: Principal | null
): Effect.fn.Return<Identity, OpenIdentityError, OpenIdentityServices> {
  const open = yield* Effect.catchTag(openRepository(handle, identitySlug, principal, "read"), "RepositoryMoved", () =>
    Effect.fail(new RepositoryUnknown({ name: `${handle}/${identitySlug}` }))
  )
  const { value: root } = open.root
  const head = yield* headOf(root, root.repository.defaultBranch)
  if (head === undefined) {
    const empty: Identity = { open, commitId: null, document: () => Effect.succeed(absentDocument) }
    return empty
  }
  const { commit } = yield* readCommit(open.id, head)
  const identity: Identity = {
    open,
    commitId: head,
    document: (kind) => documentIn(open, commit.snapshotId, kind)
  }
  return identity
})
