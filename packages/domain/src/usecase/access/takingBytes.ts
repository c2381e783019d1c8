import { Effect } from "effect"
import type { ObjectType } from "../../object/Id.ts"
import type { Stored } from "../../port/Stored.ts"
import { Quotas, type QuotaError, type TakeBytes } from "../admission/Quotas.ts"
import type { OpenRepository } from "./openRepository.ts"

/**
 * Fails if the owner of a repository has as many bytes as one user may have; else returns what counts the bytes that
 * the caller stores there.
 */
export const takingBytes = ({ principal, root }: OpenRepository<"participate">): Effect.Effect<TakeBytes, QuotaError> =>
  Effect.flatMap(Quotas, ({ bytesOf }) => bytesOf(root.value.repository.owner, principal.user))

/** Returns the bytes of the objects that were not stored before. */
export const createdBytes = (objects: ReadonlyArray<Stored<ObjectType>>): number =>
  objects.reduce((sum, { created, size }) => (created ? sum + size : sum), 0)
