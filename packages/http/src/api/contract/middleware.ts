/**
 * The edge of every endpoint of the REST API, as the contract knows it; `../middleware/problemMiddleware.ts` says what
 * it does.
 */
import { HttpApiMiddleware } from "effect/http-api"
import { defect, problemsOf } from "../../problem/schemas.ts"
import { calling } from "./commonFailures.ts"

export class ProblemMiddleware extends HttpApiMiddleware.Service<ProblemMiddleware>()(
  "@musehub/http/api/contract/ProblemMiddleware",
  { error: [...problemsOf(...calling), defect] }
) {}
