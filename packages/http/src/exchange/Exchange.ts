/** One request and its answer, as the parts of the hub that observe it need to know it. */
import type { Origin } from "@musehub/domain/port/Audit"
import { Context, Effect } from "effect"
import { HttpRouter } from "effect/http"

export interface Exchange extends Origin {
  /** Stands in the answer, and in every line that the hub logs while it handles the request. */
  readonly requestId: string
  /** The client's address. */
  readonly address: string
  /** The hash of the token or the session that the request came with, which is not checked; null without one. */
  readonly bearer: string | null
  /** The caller whose limit the request was counted against; null until it is. */
  countedFor: string | null
  /** The public id of the token or the session that authenticated the caller, and its holder; null until then. */
  token: string | null
  user: string | null
  /** The repository in the path, as the client names it; null if there is none. */
  repository: string | null
  /** The pattern of the route, such as `/:owner/:slug/refs`; undefined until one takes the request. */
  route: string | undefined
  /** Whether the answer stays open to tell what happens: it counts as answered when it begins. */
  staysOpen: boolean
}

/** The exchange of the request that is handled. */
export const CurrentExchange = Context.Reference<Exchange>("@musehub/http/exchange/CurrentExchange", {
  defaultValue: () => ({
    requestId: "none",
    address: "unknown",
    bearer: null,
    countedFor: null,
    token: null,
    user: null,
    repository: null,
    route: undefined,
    staysOpen: false
  })
})

const repositoryIn = ({ owner, repoId, slug }: HttpRouter.RouteContext["Service"]["params"]): string | null =>
  owner === undefined || slug === undefined ? (repoId ?? null) : `${owner}/${slug}`

/** Notes the route of each request, and the repository in it, in its exchange. */
export const noteRoute = HttpRouter.middleware((handler) =>
  Effect.gen(function* () {
    const { params, route } = yield* HttpRouter.RouteContext
    const exchange = yield* CurrentExchange
    exchange.route = route.path
    exchange.repository = repositoryIn(params)
    return yield* handler
  })
).layer
