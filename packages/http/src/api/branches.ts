/** Handlers of branches. */
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { listBranches, showBranch } from "@musehub/domain/usecase/branches/listBranches"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { readReflog, ReflogUnfinished } from "@musehub/domain/usecase/branches/readReflog"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { Effect, identity } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Cursors } from "../cursor/Cursors.ts"
import { Api } from "./Api.ts"
import { BranchRename, CreatedBranch, NewBranch, NewProtection, Restoration } from "./contract/branches.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

/** Fails with a cursor that the list takes, as those of its pages are. */
const sealed = Effect.fnUntraced(function* ({ branch, next }: ReflogUnfinished) {
  const cursors = yield* Cursors
  return yield* new ReflogUnfinished({ branch, next: yield* cursors.seal(next) })
})

export const branches = HttpApiBuilder.group(Api, "branches", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          return yield* paged(yield* listBranches(open, yield* pageRequest(query)), identity)
        })
      )
    )
    .handleRaw(
      "create",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { bytes, value } = yield* jsonBody(NewBranch)
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedBranch,
            status: 201,
            work: createBranch(open, value)
          })
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          return yield* showBranch(yield* opened(params, "read"), params.name)
        })
      )
    )
    .handleRaw(
      "rename",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { value } = yield* jsonBody(BranchRename)
          return yield* renameBranch(open, params.name, value.name)
        })
      )
    )
    .handle(
      "delete",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          yield* deleteBranch(yield* opened(params, "write"), params.name, query)
        })
      )
    )
    .handleRaw(
      "protect",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "admin")
          const { value } = yield* jsonBody(NewProtection)
          return yield* protectBranch(open, params.name, value)
        })
      )
    )
    .handle(
      "unprotect",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* unprotectBranch(yield* opened(params, "admin"), params.name)
        })
      )
    )
    .handle(
      "reflog",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const read = readReflog(open, params.name, yield* pageRequest(query))
          return yield* paged(yield* Effect.catchTag(read, "ReflogUnfinished", sealed), identity)
        })
      )
    )
    .handleRaw(
      "restore",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { value } = yield* jsonBody(Restoration)
          return yield* restoreBranch(open, params.name, { commit: value.commitId, expect: value.expect })
        })
      )
    )
)
