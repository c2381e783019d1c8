/** Branches, their reflogs and their protection. */
import { CommitId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { NameWarning } from "@musehub/domain/repository/NameWarning"
import { ProposalNumber } from "@musehub/domain/repository/Proposal"
import { Protection, RootAction } from "@musehub/domain/repository/Root"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

/** Slashes in a name are percent-encoded, so that it is one segment. */
const branchPath = { ...repositoryPath, name: Schema.String }

/** A name that means a commit (docs/names.md, "What a name means"). */
export const revision = Schema.String.annotate({
  description:
    "64 lower-case hex digits are always the id of a commit; any other text is the name of a branch, and means its " +
    "head. Tags, releases and shortened ids are no revisions."
})

/** In the answers of all calls that make, list or preview what has names. */
export const warnings = Schema.Array(NameWarning.annotate({ identifier: "NameWarning" })).annotate({
  description:
    "Pairs of names that some file systems take for one, since they differ only in case or Unicode normalisation: " +
    "branches, paths of the tree, or folders in them. They are accepted. At most 100 for each branch and each tree."
})

export const BranchView = Schema.Struct({
  name: BranchName,
  head: CommitId,
  isDefault: Schema.Boolean,
  protection: Schema.NullOr(Protection),
  warnings
}).annotate({ identifier: "Branch" })

export const CreatedBranch = BranchView.pipe(HttpApiSchema.status(201))

export const NewBranch = Schema.Struct({
  name: Schema.String,
  /** Where it begins. */
  from: revision
}).annotate({ identifier: "NewBranch" })

export const BranchRename = Schema.Struct({ name: Schema.String }).annotate({ identifier: "BranchRename" })

export const ProtectionRule = Protection.annotate({ identifier: "Protection" })

export const NewProtection = Protection.annotate({ identifier: "NewProtection" })

export const Restoration = Schema.Struct({
  commitId: CommitId,
  /** The expected head, null if the branch must not exist; absent accepts any head. */
  expect: Schema.optionalKey(Schema.NullOr(CommitId))
}).annotate({ identifier: "Restoration" })

export const ReflogEntry = Schema.Struct({
  /** The sequence of the root that holds the move. */
  sequence: Schema.Int,
  action: RootAction,
  by: UserName,
  at: Schema.String,
  /** Null if the branch was created here. */
  from: Schema.NullOr(CommitId),
  /** Null if the branch was deleted here. */
  to: Schema.NullOr(CommitId),
  /** The merged proposal, if any. */
  proposal: Schema.NullOr(ProposalNumber)
}).annotate({ identifier: "ReflogEntry" })

export class BranchesGroup extends HttpApiGroup.make("branches")
  .add(
    HttpApiEndpoint.get("list", "/branches", {
      params: repositoryPath,
      query: pageQuery,
      success: pageSchema(BranchView),
      error: problemsOf(...opening, ...paging)
    }).annotateMerge(about({ summary: "List branches in order of name", access: "read" })),
    HttpApiEndpoint.post("create", "/branches", {
      params: repositoryPath,
      payload: NewBranch,
      success: CreatedBranch,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "BranchClash",
        "BranchExists",
        "BranchNameRefused",
        "BranchProtected",
        "BranchUnknown",
        "CommitUnknown",
        "RepositoryFull"
      )
    }).annotateMerge(about({ summary: "Create a branch", access: "write", repeatable: true })),
    HttpApiEndpoint.get("show", "/branches/:name", {
      params: branchPath,
      success: BranchView,
      error: problemsOf(...opening, "BranchUnknown")
    }).annotateMerge(about({ summary: "Show a branch", access: "read" })),
    HttpApiEndpoint.patch("rename", "/branches/:name", {
      params: branchPath,
      payload: BranchRename,
      success: BranchView,
      error: problemsOf(
        ...opening,
        ...sending,
        ...moving,
        "BranchClash",
        "BranchExists",
        "BranchNameRefused",
        "BranchProtected",
        "BranchUnknown",
        "RepositoryFull"
      )
    }).annotateMerge(
      about({
        summary: "Rename a branch",
        description: "The default branch and open proposals follow. A protected branch cannot be renamed.",
        access: "write"
      })
    ),
    HttpApiEndpoint.delete("delete", "/branches/:name", {
      params: branchPath,
      query: { expect: Schema.optionalKey(CommitId) },
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving, "BranchProtected", "BranchUnknown", "DefaultBranchKept", "HeadMoved")
    }).annotateMerge(
      about({
        summary: "Delete a branch",
        description:
          "With `expect`, only if its head is that commit. Its reflog is kept, and the branch can be restored.",
        access: "write"
      })
    ),
    HttpApiEndpoint.put("protect", "/branches/:name/protection", {
      params: branchPath,
      payload: NewProtection,
      success: ProtectionRule,
      error: problemsOf(...opening, ...sending, ...moving, "BranchNameRefused", "RepositoryFull")
    }).annotateMerge(about({ summary: "Protect a branch, which may not exist yet", access: "admin" })),
    HttpApiEndpoint.delete("unprotect", "/branches/:name/protection", {
      params: branchPath,
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving, "BranchNameRefused", "RepositoryFull")
    }).annotateMerge(about({ summary: "Remove the protection of a branch", access: "admin" })),
    HttpApiEndpoint.get("reflog", "/branches/:name/reflog", {
      params: branchPath,
      query: pageQuery,
      success: pageSchema(ReflogEntry),
      error: problemsOf(...opening, ...paging, "BranchUnknown", "ReflogUnfinished")
    }).annotateMerge(
      about({
        summary: "List the former heads of a branch, newest first",
        description:
          "Works for deleted branches too. A page reads at most 1000 changes of the repository and 8 MiB, so it may " +
          "be short, even empty, before the end of the list. Where there is no such branch, and the first page found " +
          "no former one, the 404 has the cursor that goes on with older changes (`next`).",
        access: "read"
      })
    ),
    HttpApiEndpoint.post("restore", "/branches/:name/restore", {
      params: branchPath,
      payload: Restoration,
      success: BranchView,
      error: problemsOf(
        ...opening,
        ...sending,
        ...moving,
        "BranchClash",
        "BranchNameRefused",
        "BranchProtected",
        "BranchUnknown",
        "CommitUnknown",
        "HeadMoved",
        "NotInReflog",
        "RepositoryFull"
      )
    }).annotateMerge(
      about({ summary: "Move a branch back to a former head, or restore a deleted one", access: "write" })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Branches" })) {}
