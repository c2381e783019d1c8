/** Publishes a domain, or a newer version of one. */
import { Effect, Schema } from "effect"
import { isSame } from "../../base/Bytes.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import { compareVersions } from "../../base/text/semVer.ts"
import { domainCodec } from "../../hub/codecs.ts"
import { type PublishedDomain, scopedIdOf } from "../../hub/PublishedDomain.ts"
import { changeDomain } from "../../invariant/HubDocuments.ts"
import { nowIso } from "../../object/now.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { DomainIndex } from "../../port/index/DomainIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import { Forbidden, type Principal } from "../access/policy.ts"

/** The hub has a version of the domain that this one does not replace: a newer one, or the same with other content. */
export class DomainVersionTaken extends Schema.TaggedError<DomainVersionTaken>()("DomainVersionTaken", {
  kind: errorKind("conflict"),
  scopedId: Schema.String,
  published: Schema.String,
  version: Schema.String
}) {
  static readonly details = ["published", "version"] as const
  override get message() {
    const reason =
      compareVersions(this.version, this.published) < 0
        ? `is already published as the newer version ${this.published}`
        : `is already published as version ${this.published}, with other content`
    return `${this.scopedId} ${reason}; publish version ${this.version} as one that is newer than ${this.published}`
  }
}

/** What an author publishes. */
export type NewDomain = Omit<PublishedDomain, "domain_id" | "revision" | "created_at" | "updated_at">

/** Allows a caller to publish in their own name, with a token of write scope that is not limited to a repository. */
const mayPublish = ({ repository, scope, user }: Principal, wanted: NewDomain): Effect.Effect<void, Forbidden> => {
  const forbidden = (reason: string) => Effect.fail(new Forbidden({ reason }))
  if (user !== wanted.author_slug) {
    return forbidden(`${user} cannot publish ${scopedIdOf(wanted)}: only ${wanted.author_slug} publishes in that name`)
  }
  if (scope === "read" || repository !== null) {
    return forbidden("domains are published with a token of write scope that is not limited to a repository")
  }
  return Effect.void
}

/** Returns the state that follows the present one, which is returned as it is if it says the same. */
const stateAfter = Effect.fnUntraced(function* (present: PublishedDomain | undefined, wanted: NewDomain) {
  const now = yield* nowIso
  if (present === undefined) {
    const randomId = yield* RandomId
    return { domain_id: randomId(), ...wanted, revision: 1, created_at: now, updated_at: now }
  }
  const { created_at, domain_id, revision, updated_at } = present
  const same: PublishedDomain = { domain_id, ...wanted, revision, created_at, updated_at }
  if (isSame(domainCodec.encode(same), domainCodec.encode(present))) return present
  if (compareVersions(wanted.version, present.version) <= 0) {
    const { version } = wanted
    return yield* new DomainVersionTaken({ scopedId: scopedIdOf(wanted), published: present.version, version })
  }
  return { ...same, revision: revision + 1, updated_at: now }
})

export type PublishDomainError =
  | Forbidden
  | DomainVersionTaken
  | DocumentConflict
  | ObjectCorrupt
  | StoreUnavailable
  | IndexUnavailable

/**
 * Publishes a domain of the caller's. A newer version replaces the published one. The same version with the same
 * content changes nothing, so a call whose answer was lost can be repeated.
 */
export const publishDomain = Effect.fn("publishDomain")(function* (
  principal: Principal,
  wanted: NewDomain
): Effect.fn.Return<PublishedDomain, PublishDomainError, DomainIndex | ObjectStore> {
  yield* mayPublish(principal, wanted)
  const index = yield* DomainIndex
  const stored = yield* changeDomain(wanted, (present) => stateAfter(present, wanted))
  yield* index.recordDomain(stored)
  return stored.value
})
