/** Handlers of the caller's sign-ins in browsers. */
import type { Session } from "@musehub/domain/hub/SignIns"
import { Sha256 } from "@musehub/domain/object/Id"
import { Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { createOwnLink, endOwnSession, listOwnSessions } from "@musehub/domain/usecase/people/signIn/ownSessions"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { callerOf } from "../../Caller.ts"
import { bearerHash, bearerOf } from "../../exchange/bearer.ts"
import { publicUrl } from "../../proxy/Proxies.ts"
import { linkUrl } from "@musehub/domain/usecase/people/signIn/linkUrl"
import { knownVisitor } from "../../signIn/visitor.ts"
import { Api } from "../Api.ts"
import { answering } from "../request.ts"

const view = ({ createdAt, expiresAt, id, lastUsedOn, userAgent }: Session) => ({
  id,
  userAgent,
  createdAt,
  lastUsedOn,
  expiresAt
})

export const sessions = HttpApiBuilder.group(Api, "sessions", (handlers) =>
  handlers
    .handle(
      "createLink",
      answering(({ request }) =>
        Effect.gen(function* () {
          const token = bearerOf(request.headers)
          const principal = yield* callerOf(request.headers)
          if (principal === null || token === undefined) {
            return yield* new Unauthenticated({ reason: "making a sign-in link needs a token" })
          }
          const { code, expiresAt } = yield* createOwnLink(principal, Sha256.make(bearerHash(token)))
          return { url: linkUrl(yield* publicUrl, code), expiresAt }
        })
      )
    )
    .handle(
      "list",
      answering(() =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("listing your sessions")
          return { items: (yield* listOwnSessions(principal)).map(view) }
        })
      )
    )
    .handle(
      "end",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* endOwnSession(yield* knownVisitor("ending a session"), params.id)
        })
      )
    )
)
