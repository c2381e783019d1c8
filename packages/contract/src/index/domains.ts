/** What every index promises about published domains. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { domainDocument, DomainSlug, type PublishedDomain } from "@musehub/domain/hub/PublishedDomain"
import { changeDomain } from "@musehub/domain/invariant/HubDocuments"
import { Description, DocumentName, type UserName } from "@musehub/domain/repository/Names"
import { wholeIndex } from "@musehub/domain/port/index/wholeIndex"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import { newUser } from "../IndexSamples.ts"
import { allPages, type Suite } from "../IndexSuite.ts"

const domainOf = (author: UserName, slug: string, fields: Partial<PublishedDomain> = {}): PublishedDomain => ({
  domain_id: randomUUID(),
  author_slug: author,
  slug: DomainSlug.make(slug),
  display_name: "Title",
  description: Description.make(""),
  capabilities: {},
  viewer_type: "generic",
  version: "1.0.0",
  revision: 1,
  created_at: "2026-11-22T15:08:10.000Z",
  updated_at: "2026-11-22T15:08:10.000Z",
  ...fields
})

/** Stores the domain, or its next state, and makes evidence. */
const stored = (domain: PublishedDomain) => changeDomain(domain, () => Effect.succeed(domain))

export const domains = (it: Suite) => {
  it.effect("domains are found by any part of their name, title or description, in upper or lower case", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const author = newUser()
      const mark = randomUUID()
      const made = [
        domainOf(author, "a", { display_name: `Ünder ${mark} 100%_'` }),
        domainOf(author, "b", { description: Description.make(`line\n${mark}\0ends \\ here`) }),
        domainOf(author, "c")
      ]
      for (const domain of made) yield* index.recordDomain(yield* stored(domain))
      const found = (text: string) => allPages((page) => index.searchDomains(text, page))
      const names = made.map(domainDocument)
      assert.deepStrictEqual(yield* found(mark.toUpperCase()), names.slice(0, 2))
      assert.deepStrictEqual(yield* found(`@${author}/`), names)
      assert.deepStrictEqual(yield* found(`ÜNDER ${mark} 100%_'`), names.slice(0, 1))
      assert.deepStrictEqual(yield* found(`${mark}\0ENDS \\`), names.slice(1, 2))
      // Neither is a wildcard.
      assert.deepStrictEqual(yield* found(`@${author}/%`), [])
      assert.deepStrictEqual(yield* found(`@${author}/_`), [])
      assert.deepStrictEqual(yield* found(randomUUID()), [])
    })
  )

  it.effect("domains are listed in order of name, in pages, and an invented cursor is no failure", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const author = newUser()
      // A hyphen sorts before digits and letters by code point, and after them in many locales.
      const slugs = ["b", "a-b", "a", "ab", "a0", "z_9"]
      for (const slug of slugs) yield* index.recordDomain(yield* stored(domainOf(author, slug)))
      const list = (page: { readonly after?: string | undefined; readonly limit: number }) =>
        index.searchDomains(`@${author}/`, page)
      assert.deepStrictEqual(
        yield* allPages(list),
        slugs.toSorted().map((slug) => DocumentName.make(`${author}.${slug}`))
      )
      assert.deepStrictEqual(yield* list({ limit: 5, after: `${author}.z_9` }), { items: [], next: Option.none() })
      for (const after of ["", "\0", "a\0b", "💥", "/", "9".repeat(400)]) yield* list({ limit: 1, after })
    })
  )

  it.effect("a domain follows its document, and late evidence of an earlier version changes nothing", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [before, after] = [randomUUID(), randomUUID()]
      const first = domainOf(newUser(), "d", { display_name: before })
      const second = { ...first, display_name: after, version: "1.1.0", revision: 2 }
      const name = domainDocument(first)
      const old = yield* stored(first)
      assert.deepStrictEqual(yield* index.knownDomains([name]), new Set())
      yield* index.recordDomain(old)
      assert.deepStrictEqual((yield* index.searchDomains(before, { limit: 9 })).items, [name])
      const current = yield* stored(second)
      yield* index.recordDomain(current)
      yield* index.recordDomain(old)
      yield* index.recordDomain(current)
      assert.deepStrictEqual((yield* index.searchDomains(before, { limit: 9 })).items, [])
      assert.deepStrictEqual((yield* index.searchDomains(after, { limit: 9 })).items, [name])
      const absent = DocumentName.make(`${newUser()}.d`)
      assert.deepStrictEqual(yield* index.knownDomains([absent, name, absent]), new Set([name]))
      assert.deepStrictEqual(yield* index.knownDomains([]), new Set())
    })
  )
}
