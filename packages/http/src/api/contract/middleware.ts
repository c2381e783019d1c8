/**
 * The middleware of every endpoint of the REST API, as the contract declares it; it is implemented in
 * `../middleware/problemMiddleware.ts`.
 */
import { HttpApiMiddleware } from "effect/http-api"
import { defect, problemsOf } from "../../problem/schemas.ts"
import { calling } from "./commonFailures.ts"

export class ProblemMiddleware extends HttpApiMiddleware.Service<ProblemMiddleware>()(
  "@musehub/http/api/contract/ProblemMiddleware",
  { error: [...problemsOf(...calling), defect] }
) {}
