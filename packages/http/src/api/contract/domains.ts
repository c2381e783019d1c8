/**
 * Published domains: what the client's plugins for kinds of files can do. Members are in snake_case, as the client
 * sends and reads them (docs/wire.md, section 4.2).
 */
import { Sha256 } from "@musehub/domain/object/Id"
import { domainFields, PublishedDomain } from "@musehub/domain/hub/PublishedDomain"
import { boundedText } from "@musehub/domain/repository/boundedText"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { paging, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"

export const NewDomain = Schema.Struct({
  ...domainFields,
  /** Empty by default. */
  description: Schema.optionalKey(domainFields.description),
  /** `generic` by default. */
  viewer_type: Schema.optionalKey(domainFields.viewer_type)
}).annotate({ identifier: "NewDomain" })

const { created_at, domain_id, updated_at } = PublishedDomain.fields

export const DomainView = Schema.Struct({
  domain_id,
  /** `@author/slug`. */
  scoped_id: Schema.String,
  ...domainFields,
  /** SHA-256 of the capabilities in canonical JSON. */
  manifest_hash: Sha256,
  created_at,
  updated_at
}).annotate({ identifier: "Domain" })
export type DomainView = typeof DomainView.Type

export const CreatedDomain = DomainView.pipe(HttpApiSchema.status(201))

export class DomainsGroup extends HttpApiGroup.make("domains")
  .add(
    HttpApiEndpoint.post("publish", "/domains", {
      payload: NewDomain,
      success: CreatedDomain,
      error: problemsOf(...sending, "DocumentConflict", "DomainVersionTaken", "Forbidden")
    }).annotateMerge(
      about({
        summary: "Publish a domain, or a newer version of one",
        description:
          "`author_slug` is the caller. A newer version replaces the published one. The same version with the same " +
          "content changes nothing; with other content it is refused, and so is an older version.",
        access: "token:write"
      })
    ),
    HttpApiEndpoint.get("list", "/domains", {
      query: { q: Schema.optionalKey(boundedText(200, 1)), ...pageQuery },
      success: pageSchema(DomainView),
      error: problemsOf(...paging)
    }).annotateMerge(
      about({
        summary: "List domains in order of author and slug, or search them",
        description:
          "With `q`, those whose scoped id, display name or description contains it, in upper or lower case. A page " +
          "may be short before the end of the list.",
        access: "anyone"
      })
    ),
    HttpApiEndpoint.get("show", "/domains/:author/:slug", {
      params: { author: Schema.String, slug: Schema.String },
      success: DomainView,
      error: problemsOf("DomainUnknown")
    }).annotateMerge(
      about({ summary: "Show a domain", description: "The author may have an `@` before the name.", access: "anyone" })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Domains" })) {}
