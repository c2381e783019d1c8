/** Reads the one name that `push` may be given. */
import { branchName } from "@musehub/domain/repository/Names"
import { Effect, Option, Result } from "effect"
import { resolve } from "node:path"
import { Repository } from "../layout/Repository.ts"
import { urlOfRemote } from "./open.ts"

export type PushTarget = { readonly branch: string } | { readonly remote: string }

/**
 * Says what a name means: a branch of the folder, else one of its remotes. A name that is neither counts as a branch,
 * whose absence the push reports.
 */
export const pushTarget = Effect.fn("client.pushTarget")(function* (directory: string, name: string) {
  const repository = yield* Repository.open(resolve(directory))
  const branch = branchName(name)
  const isBranch = Result.isSuccess(branch) && Option.isSome(yield* repository.branch(branch.success))
  const isRemote = !isBranch && Option.isSome(yield* urlOfRemote(repository, name))
  const target: PushTarget = isRemote ? { remote: name } : { branch: name }
  return target
})
