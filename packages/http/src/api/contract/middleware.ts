/** The edge of every endpoint of the REST API, as the contract knows it; `../edge.ts` says what it does. */
import { HttpApiMiddleware } from "effect/http-api"

export class Edge extends HttpApiMiddleware.Service<Edge>()("@musehub/http/api/contract/Edge") {}
