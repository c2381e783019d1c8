/**
 * A domain that an author published: what the client's plugin for a kind of files can do (docs/wire.md, section 4.2).
 * Stored as `hub/domains/<author>.<slug>`, with the client's field names.
 */
import { Result, Schema } from "effect"
import { semVerSource } from "../base/text/semVer.ts"
import { encodeJson } from "../object/CanonicalJson.ts"
import { sha256 } from "../object/Digest.ts"
import type { Sha256 } from "../object/Id.ts"
import { boundedText } from "../repository/boundedText.ts"
import { Description, DocumentName, UserName } from "../repository/Names.ts"

/** The name of a domain among those of its author. */
export const DomainSlug = Schema.String.check(
  Schema.isPattern(/^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/, {
    expected: "1 to 64 lower-case letters, digits, and inner hyphens and underscores"
  })
).pipe(Schema.brand("DomainSlug"))
export type DomainSlug = typeof DomainSlug.Type

const Word = boundedText(255, 1)
/** The most items of each list. */
const itemsMax = 256
const Words = Schema.Array(Word).check(Schema.isMaxLength(itemsMax))

export const Capabilities = Schema.Struct({
  dimensions: Schema.optionalKey(
    Schema.Array(Schema.Struct({ name: Word, description: Schema.optionalKey(boundedText(10_000)) })).check(
      Schema.isMaxLength(itemsMax)
    )
  ),
  artifact_types: Schema.optionalKey(Words),
  merge_semantics: Schema.optionalKey(boundedText(255)),
  supported_commands: Schema.optionalKey(Words)
})
export type Capabilities = typeof Capabilities.Type

/** How a page shows files of the domain. Clients may know others than this hub. */
export const ViewerType = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_-]{0,62}$/, { expected: "a lower-case letter, then up to 62 of a-z 0-9 _ -" })
)

export const PublishedVersion = Schema.String.check(
  Schema.isMaxLength(100),
  Schema.isPattern(new RegExp(`^${semVerSource}$`), { expected: "a semantic version such as 1.2.3 or 1.0.0-rc.1" })
)

/** What an author says of a domain. */
export const domainFields = {
  author_slug: UserName,
  slug: DomainSlug,
  display_name: Word,
  description: Description,
  capabilities: Capabilities,
  viewer_type: ViewerType,
  version: PublishedVersion
}

export const PublishedDomain = Schema.Struct({
  /** The same for every version. */
  domain_id: Schema.String,
  ...domainFields,
  /** Counts the versions that were published here, from 1. */
  revision: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** ISO 8601, UTC: when the first version was published, and this one. */
  created_at: Schema.String,
  updated_at: Schema.String
})
export type PublishedDomain = typeof PublishedDomain.Type

/** A domain's author and slug. */
export type DomainAddress = Pick<PublishedDomain, "author_slug" | "slug">

/** Returns the name that a domain has for people, `@author/slug`. */
export const scopedIdOf = ({ author_slug, slug }: DomainAddress): string => `@${author_slug}/${slug}`

/** Returns the name of the domain's document. Neither part can contain the dot. */
export const domainDocument = ({ author_slug, slug }: DomainAddress): DocumentName =>
  DocumentName.make(`${author_slug}.${slug}`)

/** Returns the SHA-256 of the capabilities in canonical JSON. */
export const manifestHashOf = ({ capabilities }: Pick<PublishedDomain, "capabilities">): Sha256 =>
  sha256(Result.getOrThrow(encodeJson(capabilities)))

/** Returns a text as searches compare it, without regard to case. */
export const searchable = (text: string): string => text.toLowerCase()

/** Returns the text in which a search looks for a domain. */
export const searchTextOf = (domain: PublishedDomain): string =>
  searchable([scopedIdOf(domain), domain.display_name, domain.description].join("\n"))
