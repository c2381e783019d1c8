/** What commands share that read the history of a file. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { layer as snapshotReader } from "@musehub/domain/reading/SnapshotReader"
import type { DeriverName } from "@musehub/domain/port/index/derived/DerivationIndex"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect, Layer } from "effect"
import { Argument, Flag } from "effect/cli"
import { hint } from "../../output.ts"
import { presentStorage } from "../musehub.ts"
import { repositoryInput } from "../repository.ts"
import { watched } from "../transfer/progressView.ts"

export const fileInput = {
  ...repositoryInput,
  path: Argument.String("PATH").pipe(Argument.withDescription("The file, from the root of the tree")),
  ref: Flag.String("ref").pipe(
    Flag.withMetavar("REF"),
    Flag.withDescription(
      "Where to look: a branch, the id of a commit, a release, or tags/LABEL; default: the default branch"
    ),
    Flag.optional
  )
}

/** Builds what readers need. */
export const reading = Layer.provideMerge(snapshotReader, presentStorage)

/** Derives what is left in repositories, and shows how far it is. */
export const deriving = (
  json: boolean,
  options: {
    readonly repositories: ReadonlyArray<RepositoryId> | undefined
    readonly again?: boolean
    /** Touches if it is absent. */
    readonly deriver?: DeriverName
  }
) =>
  watched({ verb: "deriving", what: "commits", hidden: json }, (onProgress) =>
    derivePending({
      ...options,
      told: ({ done, total }) =>
        Effect.sync(() => onProgress?.({ objects: done, objectsTotal: total, bytes: 0, bytesTotal: 0 }))
    })
  )

/** Derives what is left to some derivers. Returns the commits that are pending. */
export const derivingAll = (
  json: boolean,
  repositories: ReadonlyArray<RepositoryId>,
  derivers: ReadonlyArray<DeriverName>
) =>
  Effect.map(
    Effect.forEach(derivers, (deriver) => deriving(json, { deriver, repositories })),
    (derived) => ({ pending: Math.max(0, ...derived.map(({ pending }) => pending)) })
  )

/** Says on stderr that an answer is a part. */
export const sayIncomplete = (complete: boolean) =>
  complete ? Effect.void : hint("this is not complete; `musehub derive` says why")
