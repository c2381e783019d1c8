/**
 * The edge of every endpoint of the REST API, as the contract knows it; `../middleware/problemMiddleware.ts` says what
 * it does.
 */
import { HttpApiMiddleware } from "effect/http-api"

export class ProblemMiddleware extends HttpApiMiddleware.Service<ProblemMiddleware>()(
  "@musehub/http/api/contract/ProblemMiddleware"
) {}
