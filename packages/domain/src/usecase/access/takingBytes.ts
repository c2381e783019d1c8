import { Effect } from "effect"
import type { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { Quotas, type QuotaError, type TakeBytes } from "../admission/Quotas.ts"
import type { OpenRepository } from "./openRepository.ts"

/**
 * Fails if the owner of a repository has as many bytes as one user may have; else returns what counts the bytes that
 * the caller stores there.
 */
export const takingBytes = ({
  principal,
  root
}: OpenRepository<"participate" | "upload">): Effect.Effect<TakeBytes, QuotaError> =>
  Effect.flatMap(Quotas, ({ bytesOf }) => bytesOf(root.value.repository.owner, principal.user))

/** Fails like `takingBytes`; else returns what counts the bytes that were added to the packs since it last ran. */
export const countingPacks = Effect.fnUntraced(function* (
  open: OpenRepository<"participate" | "upload">,
  packs: NewPacks
) {
  const take = yield* takingBytes(open)
  let counted = 0
  return Effect.suspend(() => {
    const more = packs.bytes - counted
    counted = packs.bytes
    return take(more)
  })
})
