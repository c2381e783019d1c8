/** Repositories: creation, lists, details, settings, names, forks and archiving. */
import { BranchName, Description, Domain, RepositoryName, Slug, UserName } from "@musehub/domain/repository/Names"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Visibility } from "@musehub/domain/repository/Root"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, renaming, repeating, sending } from "./commonFailures.ts"
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
  /** An archived repository can be read and does not change. */
  archived: Schema.Boolean,
  /** The `repoId` of the repository that this one was copied from. */
  forkOf: Schema.NullOr(RepositoryId),
  /** The argument of `muse clone`. */
  cloneUrl: Schema.String,
  /** ISO 8601, UTC. */
  createdAt: Schema.String
}).annotate({ identifier: "Repository" })
export type RepositoryView = typeof RepositoryView.Type

export const ShownRepository = Schema.Struct({
  ...RepositoryView.fields,
  /** How many public identities star the repository by this name; null while the index is unavailable. */
  stars: Schema.NullOr(Schema.Int)
}).annotate({ identifier: "ShownRepository" })

export const CreatedRepository = RepositoryView.pipe(HttpApiSchema.status(201))

export const RepositoryChanges = Schema.Struct({
  /** The slug is made from it; the former one leads to the new one. */
  name: Schema.optionalKey(RepositoryName),
  description: Schema.optionalKey(Description),
  visibility: Schema.optionalKey(Visibility),
  /** An existing branch; in an empty repository, any valid name. */
  defaultBranch: Schema.optionalKey(Schema.String),
  /** What the change was begun on. */
  expect: Schema.optionalKey(
    Schema.Struct({
      name: Schema.optionalKey(Schema.String),
      description: Schema.optionalKey(Schema.String),
      visibility: Schema.optionalKey(Schema.String),
      defaultBranch: Schema.optionalKey(Schema.String)
    })
  )
}).annotate({ identifier: "RepositoryChanges" })

/** Absent members are those of the source. */
export const NewFork = Schema.Struct({
  name: Schema.optionalKey(RepositoryName),
  /** A fork of a private repository is private. */
  visibility: Schema.optionalKey(Visibility),
  description: Schema.optionalKey(Description)
}).annotate({ identifier: "NewFork" })

/** The user who is to own the repository. */
export const TransferOffer = Schema.Struct({ owner: Schema.String }).annotate({ identifier: "TransferOffer" })

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
        "RefsLost",
        "RepositoryNameTaken",
        "RootExists",
        ...moving,
        "RootMissing",
        "DocumentConflict",
        "RepositoryArchived"
      )
    }).annotateMerge(about({ summary: "Create a repository", access: "token:write", repeatable: true })),
    HttpApiEndpoint.get("list", "/repos", {
      query: { owner: Schema.optionalKey(UserName), ...pageQuery },
      success: pageSchema(RepositoryView),
      error: problemsOf(...paging)
    }).annotateMerge(
      about({
        summary: "List the repositories that the caller can see",
        description:
          "In order of owner and slug. A page may be short, even empty, before the end of the list. While the " +
          "index is away, the list comes from the object store, owners in another order; one that began before is " +
          "answered with 503.",
        access: "anyone"
      })
    ),
    HttpApiEndpoint.get("show", "/repos/:owner/:slug", {
      params: repositoryPath,
      success: ShownRepository,
      error: problemsOf(...opening)
    }).annotateMerge(
      about({
        summary: "Show a repository",
        description:
          "`stars` counts the handles whose `social.json` in a public identity stars it by its present name. It is " +
          "derived beside the requests, a moment after a push.",
        access: "read"
      })
    ),
    HttpApiEndpoint.patch("change", "/repos/:owner/:slug", {
      params: repositoryPath,
      payload: RepositoryChanges,
      success: RepositoryView,
      error: problemsOf(
        ...opening,
        ...sending,
        ...moving,
        ...renaming,
        "BranchNameRefused",
        "BranchUnknown",
        "EditedMeanwhile"
      )
    }).annotateMerge(
      about({
        summary: "Change name, description, visibility or default branch",
        description:
          "A new name changes the URL. The former one is answered with 308 and its `Location`, until another " +
          "repository of the owner gets it. With `expect`, which has what the caller saw of these fields, a " +
          "change is refused with 409 (`EditedMeanwhile`) where one of them is another by now.",
        access: "admin"
      })
    ),
    HttpApiEndpoint.put("archive", "/repos/:owner/:slug/archive", {
      params: repositoryPath,
      success: RepositoryView,
      error: problemsOf(...opening, ...moving)
    }).annotateMerge(
      about({
        summary: "Archive a repository",
        description: "It can be read as before; every change is answered with 403.",
        access: "oversee"
      })
    ),
    HttpApiEndpoint.delete("unarchive", "/repos/:owner/:slug/archive", {
      params: repositoryPath,
      success: RepositoryView,
      error: problemsOf(...opening, ...moving)
    }).annotateMerge(about({ summary: "Unarchive a repository", access: "oversee" })),
    HttpApiEndpoint.post("fork", "/repos/:owner/:slug/forks", {
      params: repositoryPath,
      payload: NewFork,
      success: CreatedRepository,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "ContentRefused",
        "DocumentConflict",
        "ObjectRefused",
        "RepositoryNameTaken",
        "RootExists"
      )
    }).annotateMerge(
      about({
        summary: "Copy a repository that the caller can read into one of their own",
        description:
          "The fork has the branches of the source with their history, and objects of its own: it stays when the " +
          "source goes.",
        access: "token:write",
        repeatable: true
      })
    ),
    HttpApiEndpoint.post("offer", "/repos/:owner/:slug/transfer", {
      params: repositoryPath,
      payload: TransferOffer,
      success: RepositoryView,
      error: problemsOf(...opening, ...sending, ...repeating, ...moving, "UserUnknown")
    }).annotateMerge(
      about({
        summary: "Offer a repository to another user",
        description: "For its owner. The user can read the repository from then on, and gets it by accepting.",
        access: "admin",
        repeatable: true
      })
    ),
    HttpApiEndpoint.delete("withdraw", "/repos/:owner/:slug/transfer", {
      params: repositoryPath,
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving)
    }).annotateMerge(about({ summary: "Take the offer of a repository back", access: "admin" })),
    HttpApiEndpoint.post("accept", "/repos/:owner/:slug/transfer/accept", {
      params: repositoryPath,
      success: RepositoryView,
      error: problemsOf(...opening, ...moving, ...renaming, "QuotaExceeded", "RepositoryFull", "TransferUnknown")
    }).annotateMerge(
      about({
        summary: "Accept a repository that is offered to the caller",
        description:
          "The caller becomes its owner, and the former owner keeps the role `write`. Needs an unlimited token. The " +
          "former name leads to the new one.",
        access: "participate"
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Repositories" })) {}
