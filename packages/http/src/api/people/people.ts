/** Handlers of identities and organisations. */
import { listMembers } from "@musehub/domain/usecase/identities/listMembers"
import { openIdentity } from "@musehub/domain/usecase/identities/openIdentity"
import { showIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached, revalidated } from "../../cached.ts"
import { publicUrl } from "../../proxy/Proxies.ts"
import { Api } from "../Api.ts"
import { paged, pageRequest } from "../page.ts"
import { repositoryView } from "../repositories.ts"
import { visitor } from "../../signIn/visitor.ts"
import { answering } from "../request.ts"

export const people = HttpApiBuilder.group(Api, "people", (handlers) =>
  handlers
    .handle(
      "identity",
      answering(({ params: { handle }, query }) =>
        Effect.gen(function* () {
          const shown = yield* showIdentity(handle, yield* visitor, yield* pageRequest(query))
          const { repositories, ...identity } = shown
          return { ...identity, ...(yield* paged(repositories, repositoryView(yield* publicUrl))) }
        })
      )
    )
    .handle(
      "members",
      answering(({ params: { handle }, query }) =>
        Effect.gen(function* () {
          const identity = yield* openIdentity(handle, yield* visitor)
          const listed = yield* listMembers(identity, yield* pageRequest(query))
          const { commitId, effective, invalid, teams } = listed
          return yield* cached(
            { etag: `"${commitId ?? "none"}-${effective ? "on" : "off"}"`, control: revalidated(identity.open) },
            Effect.map(
              paged(listed, (member) => member),
              (members) => ({ commitId, effective, invalid, teams, ...members })
            )
          )
        })
      )
    )
)
