/** The caller's sign-ins in browsers. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"

export const CreatedLink = Schema.Struct({
  /** Signs one browser in, once. Shown once and not stored. */
  url: Schema.String,
  expiresAt: Schema.String
})
  .annotate({ identifier: "SignInLink" })
  .pipe(HttpApiSchema.status(201))

export const SessionView = Schema.Struct({
  id: Schema.String,
  /** What the browser called itself when it signed in; empty if nothing. */
  userAgent: Schema.String,
  createdAt: Schema.String,
  /** The day of the last use, such as 2026-11-29. */
  lastUsedOn: Schema.String,
  expiresAt: Schema.String
}).annotate({ identifier: "Session" })

export class SessionsGroup extends HttpApiGroup.make("sessions")
  .add(
    HttpApiEndpoint.post("createLink", "/sign-in-links", {
      success: CreatedLink,
      error: problemsOf("DocumentConflict", "Forbidden", "UserUnknown")
    }).annotateMerge(
      about({
        summary: "Make a one-time link that signs a browser in",
        description:
          "Takes a bearer token, no session. The link is good for 10 minutes and one use, and takes the place of an " +
          "earlier one. The session ends with the token at the latest.",
        access: "token:admin"
      })
    ),
    HttpApiEndpoint.get("list", "/sessions", {
      success: Schema.Struct({ items: Schema.Array(SessionView) }),
      error: problemsOf("Forbidden")
    }).annotateMerge(
      about({
        summary: "List the browsers that are signed in",
        description: "There are 20 at most, in order of their beginning. Those that have ended are not among them.",
        access: "token:admin"
      })
    ),
    HttpApiEndpoint.delete("end", "/sessions/:id", {
      params: { id: Schema.String.check(Schema.isMaxLength(64)) },
      success: HttpApiSchema.NoContent,
      error: problemsOf("DocumentConflict", "Forbidden", "SessionUnknown")
    }).annotateMerge(about({ summary: "Sign one of the caller's browsers out", access: "token:admin" }))
  )
  .annotateMerge(OpenApi.annotations({ title: "Browsers that are signed in" })) {}
