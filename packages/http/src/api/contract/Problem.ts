/**
 * The error bodies of the REST API as clients see them: RFC 9457 problems, the same at every status. Which error has
 * which status is decided by `problem/Problem.ts` alone; here it is only said which statuses may come.
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"

/** An RFC 9457 problem. Members beyond these depend on `type`, as the branch and its head do for a lost race. */
export const Problem = Schema.StructWithRest(
  Schema.Struct({
    /** `urn:musehub:problem:…`; says for programs what went wrong. */
    type: Schema.String,
    title: Schema.optionalKey(Schema.String),
    status: Schema.Int,
    /** The same for people, in one sentence. */
    detail: Schema.String
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
).annotate({
  identifier: "Problem",
  description: "An RFC 9457 problem: what went wrong, as `type` for programs and `detail` for people."
})
export type Problem = typeof Problem.Type

const at = <const Status extends number>(status: Status) => Problem.pipe(HttpApiSchema.status(status))

/** What any call may end with. */
const common = [at(400), at(401), at(403), at(404), at(503)] as const

/** What a call may end with that changes nothing. */
export const reading = common

/** What a call may end with that changes something: also a lost race, too large a body, an impossible wish. */
export const writing = [...common, at(409), at(413), at(422)] as const
