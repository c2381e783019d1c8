/** Writes who was refused to the audit log, where every failure of every endpoint passes. */
import { recordAudit } from "@musehub/domain/port/Audit"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { CurrentExchange } from "../exchange/Exchange.ts"
import type { Failure } from "./failures.ts"

/** Missing approvals are a conflict for the client, since they may come; it is a rule that refuses the merge. */
const isRefusal = ({ _tag, kind }: Failure): boolean =>
  kind === "forbidden" || _tag === "ApprovalsMissing" || _tag === "RuleUnmet"

/** Records a failure if the caller may not do what the request asks, by the policy or by a rule of the repository. */
export const auditRefusal = Effect.fnUntraced(function* (failure: Failure) {
  if (!isRefusal(failure)) return
  const { method } = yield* HttpServerRequest.HttpServerRequest
  const { repository, route, user } = yield* CurrentExchange
  yield* recordAudit({
    action: `${method} ${route}`,
    outcome: "refused",
    about: repository ?? user,
    details: [failure.message]
  })
})
