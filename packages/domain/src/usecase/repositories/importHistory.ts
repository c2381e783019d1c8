/** Makes a repository of an mpack stream (docs/mpack.md): its branches with their whole history. */
import { Effect, type Scope, type Stream } from "effect"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { RepositoryId } from "../../object/Id.ts"
import { nowIso } from "../../object/now.ts"
import { RandomId } from "../../port/RandomId.ts"
import { slugOf } from "../../repository/Names.ts"
import { headsKind } from "../../repository/refs/kinds.ts"
import { RefList } from "../../repository/refs/RefList.ts"
import type { Repository } from "../../repository/Root.ts"
import type { Principal } from "../access/policy.ts"
import type { MoveServices } from "../write/moveRoot.ts"
import type { NewRepository } from "./createRepository.ts"
import { checkCreator, establish, type EstablishError } from "./establish.ts"
import { readImport, type ReadImportError } from "./readImport.ts"

export type ImportHistoryError = ReadImportError | ObjectReadError | EstablishError

export type ImportedRepository = Omit<NewRepository, "initialize" | "defaultBranch"> &
  Partial<Pick<NewRepository, "defaultBranch">>

/**
 * Makes a repository of a stream, with an id of its own. The stream must be whole: it builds on nothing that it does
 * not hold. It is read to its trailer before any of it becomes visible. Commits that no head leads to are kept.
 */
export const importHistory = Effect.fn("importHistory")(function* <E, R>(
  principal: Principal,
  wanted: ImportedRepository,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<Repository, ImportHistoryError | E, MoveServices | Scope.Scope | R> {
  yield* checkCreator(principal, wanted.owner)
  const { defaultBranch: named, ...settings } = wanted
  const packs = new NewPacks(RepositoryId.make((yield* RandomId)()))
  const { branches, defaultBranch } = yield* readImport(named, source, {
    add: (object) => packs.add(object),
    addBlob: (blob) => packs.addBlob(blob)
  })
  return yield* establish({
    repository: {
      ...settings,
      id: packs.repository,
      slug: slugOf(settings.name),
      defaultBranch,
      archived: false,
      forkOf: null,
      createdAt: yield* nowIso
    },
    heads: RefList.of(headsKind, [...branches]),
    action: "create",
    packs: yield* packs.finish()
  })
})
