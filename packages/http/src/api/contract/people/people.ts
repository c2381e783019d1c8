/** What handles say of themselves in their repository `identity`: profiles, members and teams (docs/people.md). */
import { CommitId } from "@musehub/domain/object/Id"
import { Member, Team } from "@musehub/domain/reading/document/Members"
import { Profile, Social } from "@musehub/domain/reading/document/Profile"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging } from "../commonFailures.ts"
import { pageQuery, pageSchema } from "../page.ts"
import { RepositoryView } from "../repositories.ts"

export const IdentityView = Schema.Struct({
  handle: Schema.String,
  /** The commit of the documents; null without any that the caller may read. */
  commitId: Schema.NullOr(CommitId),
  profile: Schema.NullOr(Profile),
  social: Schema.NullOr(Social),
  /** What is wrong with documents, which count as absent then. */
  invalid: Schema.Array(Schema.String),
  /** How many public identities follow the handle; null while the index is unavailable. */
  followers: Schema.NullOr(Schema.Int),
  ...pageSchema(RepositoryView).fields
}).annotate({ identifier: "Identity" })

export const MembersView = Schema.Struct({
  commitId: Schema.NullOr(CommitId),
  teams: Schema.Array(Team),
  /** What is wrong with `members.json`, which counts as absent then; null if nothing is. */
  invalid: Schema.NullOr(Schema.String),
  /** Whether the teams give roles. */
  effective: Schema.Boolean,
  ...pageSchema(Member).fields
}).annotate({ identifier: "Members" })

export class PeopleGroup extends HttpApiGroup.make("people")
  .add(
    HttpApiEndpoint.get("identity", "/identities/:handle", {
      params: { handle: Schema.String },
      query: pageQuery,
      success: IdentityView,
      error: problemsOf(...opening, ...paging, "IdentityUnknown")
    }).annotateMerge(
      about({
        summary: "Show what a user, an agent or an organisation says of itself, and its repositories",
        description:
          "`profile.json` and `social.json` at the head of the default branch of `{handle}/identity`, and the " +
          "repositories of the handle that the caller may see. `followers` counts the handles whose `social.json` in " +
          "a public identity follows this one; it is derived beside the requests, a moment after a push. Texts are " +
          "data, never markup.",
        access: "anyone"
      })
    ),
    HttpApiEndpoint.get("members", "/orgs/:handle/members", {
      params: { handle: Schema.String },
      query: pageQuery,
      success: MembersView,
      error: problemsOf(...opening, ...paging)
    }).annotateMerge(
      about({
        summary: "List the members of an organisation, and its teams",
        description:
          "`members.json` at the head of the default branch of `{handle}/identity`, for who may read that. Its teams " +
          "give roles in repositories of the handle where `effective` is true.",
        access: "anyone",
        cacheable: true
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "People" })) {}
