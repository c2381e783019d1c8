import { isCommitId } from "@musehub/domain/object/Id"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { forever, revalidated } from "../../cached.ts"

/** Returns the Cache-Control of an answer about refs: what is seen at ids of commits never changes. */
export const controlOf = (open: OpenRepository, ...refs: ReadonlyArray<string | undefined>): string =>
  refs.every((ref) => isCommitId(ref)) ? forever(open) : revalidated(open)
