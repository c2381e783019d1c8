/** Collaborators: users other than the owner who have a role in a repository. */
import { UserName } from "@musehub/domain/repository/Names"
import { Role } from "@musehub/domain/repository/Root"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

export const CollaboratorView = Schema.Struct({ user: UserName, role: Role }).annotate({ identifier: "Collaborator" })

export const RoleGiven = Schema.Struct({ role: Role }).annotate({ identifier: "RoleGiven" })

const collaboratorPath = { ...repositoryPath, user: Schema.String }

export class CollaboratorsGroup extends HttpApiGroup.make("collaborators")
  .add(
    HttpApiEndpoint.get("list", "/collaborators", {
      params: repositoryPath,
      query: pageQuery,
      success: pageSchema(CollaboratorView),
      error: problemsOf(...opening, ...paging)
    }).annotateMerge(about({ summary: "List collaborators in order of name", access: "oversee" })),
    HttpApiEndpoint.put("set", "/collaborators/:user", {
      params: collaboratorPath,
      payload: RoleGiven,
      success: CollaboratorView,
      error: problemsOf(...opening, ...sending, ...moving, "GrantRefused", "RepositoryFull", "UserUnknown")
    }).annotateMerge(about({ summary: "Give a user a role", access: "admin" })),
    HttpApiEndpoint.delete("remove", "/collaborators/:user", {
      params: collaboratorPath,
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving, "GrantRefused", "RepositoryFull", "UserUnknown")
    }).annotateMerge(about({ summary: "Remove a user's role", access: "admin" }))
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Collaborators" })) {}
