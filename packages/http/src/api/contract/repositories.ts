/** Repositories: creation, lists, details and settings. */
import { BranchName, Description, Domain, RepositoryName, Slug, UserName } from "@musehub/domain/repository/Names"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Visibility } from "@musehub/domain/repository/Root"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"

/** `/repos/{owner}/{slug}`. Any text is accepted; an impossible name is not found. */
export const repositoryPath = { owner: Schema.String, slug: Schema.String }

/** The fields of a new repository. All except owner and name have defaults. */
export const NewRepository = Schema.Struct({
  owner: UserName,
  name: RepositoryName,
  /** Private by default. */
  visibility: Schema.optionalKey(Visibility),
  description: Schema.optionalKey(Description),
  /** `code` by default. */
  domain: Schema.optionalKey(Domain),
  /** `main` by default. */
  defaultBranch: Schema.optionalKey(Schema.String),
  /** Whether to create an empty first commit on the default branch; true by default. */
  initialize: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "NewRepository" })

export const RepositoryView = Schema.Struct({
  repoId: RepositoryId,
  owner: UserName,
  name: Schema.String,
  slug: Slug,
  visibility: Visibility,
  description: Schema.String,
  domain: Domain,
  defaultBranch: BranchName,
  /** The argument of `muse clone`. */
  cloneUrl: Schema.String,
  /** ISO 8601, UTC. */
  createdAt: Schema.String
}).annotate({ identifier: "Repository" })
export type RepositoryView = typeof RepositoryView.Type

export const CreatedRepository = RepositoryView.pipe(HttpApiSchema.status(201))

export const RepositoryChanges = Schema.Struct({
  description: Schema.optionalKey(Description),
  visibility: Schema.optionalKey(Visibility),
  /** An existing branch; in an empty repository, any valid name. */
  defaultBranch: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "RepositoryChanges" })

export class RepositoriesGroup extends HttpApiGroup.make("repositories")
  .add(
    HttpApiEndpoint.post("create", "/repos", {
      payload: NewRepository,
      success: CreatedRepository,
      error: problemsOf(
        ...sending,
        ...repeating,
        "BranchNameRefused",
        "ContentRefused",
        "Forbidden",
        "ObjectMissing",
        "ObjectRefused",
        "RepositoryNameTaken",
        "RootExists",
        "RootOutcomeUnknown"
      )
    }).annotateMerge(about({ summary: "Create a repository", access: "token:write", repeatable: true })),
    HttpApiEndpoint.get("list", "/repos", {
      query: { owner: Schema.optionalKey(UserName), ...pageQuery },
      success: pageSchema(RepositoryView),
      error: problemsOf(...paging)
    }).annotateMerge(
      about({
        summary: "List the repositories that the caller can see",
        description: "In order of owner and slug. A page may be short, even empty, before the end of the list.",
        access: "anyone"
      })
    ),
    HttpApiEndpoint.get("show", "/repos/:owner/:slug", {
      params: repositoryPath,
      success: RepositoryView,
      error: problemsOf(...opening)
    }).annotateMerge(about({ summary: "Show a repository", access: "read" })),
    HttpApiEndpoint.patch("change", "/repos/:owner/:slug", {
      params: repositoryPath,
      payload: RepositoryChanges,
      success: RepositoryView,
      error: problemsOf(...opening, ...sending, ...moving, "BranchNameRefused", "BranchUnknown")
    }).annotateMerge(about({ summary: "Change description, visibility or default branch", access: "admin" }))
  )
  .annotateMerge(OpenApi.annotations({ title: "Repositories" })) {}
