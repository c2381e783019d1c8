/** Handlers of collaborators. */
import { pageOf } from "@musehub/domain/port/Page"
import {
  listCollaborators,
  removeCollaborator,
  setCollaborator
} from "@musehub/domain/usecase/repositories/collaborators"
import { Effect, identity } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import { RoleGiven } from "./contract/collaborators.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

export const collaborators = HttpApiBuilder.group(Api, "collaborators", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const all = yield* listCollaborators(yield* opened(params, "oversee"))
          return yield* paged(
            pageOf(all, ({ user }) => user, yield* pageRequest(query)),
            identity
          )
        })
      )
    )
    .handleRaw(
      "set",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "admin")
          const { value } = yield* jsonBody(RoleGiven)
          return yield* setCollaborator(open, params.user, value.role)
        })
      )
    )
    .handle(
      "remove",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* removeCollaborator(yield* opened(params, "admin"), params.user)
        })
      )
    )
)
