/** Notes that a repository was deleted, as `hub/deletions/<repository id>`. Its root says whether it still is. */
import { Schema } from "effect"
import { RepositoryId } from "../object/Id.ts"

export const DeletedRepository = Schema.Struct({ repository: RepositoryId })
export type DeletedRepository = typeof DeletedRepository.Type
