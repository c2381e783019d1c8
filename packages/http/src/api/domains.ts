/** Handlers of published domains. */
import { manifestHashOf, type PublishedDomain, scopedIdOf } from "@musehub/domain/hub/PublishedDomain"
import { Description } from "@musehub/domain/repository/Names"
import { findDomains, showDomain } from "@musehub/domain/usecase/domains/findDomains"
import { publishDomain } from "@musehub/domain/usecase/domains/publishDomain"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { knownVisitor, visitor } from "../signIn/visitor.ts"
import { Api } from "./Api.ts"
import { type DomainView, NewDomain } from "./contract/domains.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody } from "./request.ts"

/** The maximum size of the body, in bytes: a long description, and capabilities of many items. */
const domainBytesMax = 256 * 1024

const defaults = { description: Description.make(""), viewer_type: "generic" }

const view = (domain: PublishedDomain): DomainView => ({
  domain_id: domain.domain_id,
  scoped_id: scopedIdOf(domain),
  author_slug: domain.author_slug,
  slug: domain.slug,
  display_name: domain.display_name,
  description: domain.description,
  capabilities: domain.capabilities,
  viewer_type: domain.viewer_type,
  version: domain.version,
  manifest_hash: manifestHashOf(domain),
  created_at: domain.created_at,
  updated_at: domain.updated_at
})

export const domains = HttpApiBuilder.group(Api, "domains", (handlers) =>
  handlers
    .handleRaw(
      "publish",
      answering(() =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("publishing a domain")
          const { value } = yield* jsonBody(NewDomain, domainBytesMax)
          return view(yield* publishDomain(principal, { ...defaults, ...value }))
        })
      )
    )
    .handle(
      "list",
      answering(({ query: { q: text, ...page } }) =>
        Effect.gen(function* () {
          yield* visitor
          return yield* paged(yield* findDomains({ text }, yield* pageRequest(page)), view)
        })
      )
    )
    .handle(
      "show",
      answering(({ params: { author, slug } }) =>
        Effect.gen(function* () {
          yield* visitor
          return view(yield* showDomain(author.replace(/^@/, ""), slug))
        })
      )
    )
)
