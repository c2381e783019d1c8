/** Completes the record of a release of which only some members are given, as by forms and by the REST API. */
import { Effect } from "effect"
import { inSlices } from "../../base/Slices.ts"
import type { JsonObject } from "../../object/Json.ts"
import { nowIso } from "../../object/now.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { Release } from "../../repository/Tag.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { HubBusy } from "../admission/Admission.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import type { ReleaseRefused } from "./errors.ts"
import { decodingRelease } from "./records.ts"

export type CompleteReleaseError =
  | CommitUnknown
  | HubBusy
  | IndexUnavailable
  | ObjectReadError
  | RefsError
  | ReleaseRefused

type CompletionServices = CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots

/**
 * Returns the record of a release of a commit. `given` has its tag, and any other members; the id is new unless it is
 * given, the snapshot and the time are found, and the rest has the defaults of the client.
 */
export const completeRelease = Effect.fn("completeRelease")(function* (
  open: OpenRepository<"write">,
  commit: string,
  given: JsonObject
): Effect.fn.Return<Release, CompleteReleaseError, CompletionServices> {
  const { id, snapshotId } = yield* visibleCommit(open, commit)
  const record: JsonObject = {
    release_id: (yield* RandomId)(),
    ...given,
    repo_id: open.id,
    commit_id: id,
    snapshot_id: snapshotId,
    created_at: yield* nowIso
  }
  return yield* Effect.fromResult(yield* inSlices(() => decodingRelease(record)))
})
