/** Tags: labels on commits. */
import { CommitId } from "@musehub/domain/object/Id"
import { Tag, TagId, TagLabel } from "@musehub/domain/repository/Tag"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

export const TagView = Schema.Struct({
  tagId: TagId,
  tag: TagLabel,
  commitId: CommitId,
  createdAt: Tag.fields.created_at
}).annotate({ identifier: "Tag" })

export const CreatedTag = TagView.pipe(HttpApiSchema.status(201))

export const NewTag = Schema.Struct({
  /** Free text; several commits may have the same label. */
  tag: TagLabel,
  commitId: CommitId
}).annotate({ identifier: "NewTag" })

export class TagsGroup extends HttpApiGroup.make("tags")
  .add(
    HttpApiEndpoint.get("list", "/tags", {
      params: repositoryPath,
      query: pageQuery,
      success: pageSchema(TagView),
      error: problemsOf(...opening, ...paging)
    }).annotateMerge(about({ summary: "List tags in order of id", access: "read" })),
    HttpApiEndpoint.post("create", "/tags", {
      params: repositoryPath,
      payload: NewTag,
      success: CreatedTag,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "CommitUnknown",
        "RepositoryFull",
        "TagConflict"
      )
    }).annotateMerge(about({ summary: "Tag a commit", access: "write", repeatable: true })),
    HttpApiEndpoint.delete("delete", "/tags/:id", {
      params: { ...repositoryPath, id: Schema.String },
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving, "TagUnknown")
    }).annotateMerge(about({ summary: "Delete a tag", access: "write" }))
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Tags" })) {}
