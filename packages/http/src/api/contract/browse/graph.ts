/** The graph of commits. */
import { CommitId } from "@musehub/domain/object/Id"
import { graphRefsMax } from "@musehub/domain/usecase/commits/readGraph"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { cursor, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { ref, treeLimitMax } from "./files.ts"

export const GraphNode = Schema.Struct({
  id: CommitId,
  parents: Schema.Array(CommitId),
  /** 1 for a commit without parents, else one more than the greatest among its parents. */
  generation: Schema.Int,
  /** Those of the refs that name this commit now. */
  refs: Schema.Array(Schema.String)
}).annotate({ identifier: "GraphNode" })

export class GraphGroup extends HttpApiGroup.make("graph")
  .add(
    HttpApiEndpoint.get("graph", "/graph", {
      params: repositoryPath,
      query: {
        /** Each in a parameter of its own: `refs=main&refs=topic`. */
        refs: Schema.optionalKey(Schema.Array(ref).check(Schema.isMaxLength(graphRefsMax))),
        cursor,
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: treeLimitMax })))
      },
      success: pageSchema(GraphNode).annotate({ identifier: "Graph" }),
      error: problemsOf(...opening, ...paging, ...referring)
    }).annotateMerge(
      about({
        summary: "List the commits below refs with their parents, for drawing",
        description:
          `Children before parents, by generation. Below the first ${graphRefsMax} branches if no \`refs\` are ` +
          "given. A cursor goes on below the commits at which the list began.",
        access: "read"
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Graph" })) {}
