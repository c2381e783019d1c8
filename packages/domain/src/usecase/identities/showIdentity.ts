/** Shows what a handle says of itself, and its repositories. */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { orDefault } from "../../base/expected.ts"
import { cut } from "../../base/text/cut.ts"
import type { CommitId } from "../../object/Id.ts"
import type { MarkIndex } from "../../port/index/derived/MarkIndex.ts"
import type { Page, PageRequest } from "../../port/Page.ts"
import type { FoundDocument } from "../../reading/document/DocumentKind.ts"
import { type Profile, profileKind, type Social, socialKind } from "../../reading/document/Profile.ts"
import { UserName } from "../../repository/Names.ts"
import type { Repository } from "../../repository/Root.ts"
import type { Principal } from "../access/policy.ts"
import { visibleRepositories, type VisibleRepositoriesError } from "../repositories/visibleRepositories.ts"
import { countFollowers } from "./countMarks.ts"
import { openIdentity, type OpenIdentityServices, type OpenIdentityError } from "./openIdentity.ts"

/** The caller sees nothing of this handle. */
export class IdentityUnknown extends Schema.TaggedError<IdentityUnknown>()("IdentityUnknown", {
  kind: errorKind("not found"),
  handle: Schema.String
}) {
  override get message() {
    return `there is nothing of ${JSON.stringify(cut(this.handle, 100))} that you can see`
  }
}

export interface ShownIdentity {
  readonly handle: UserName
  /** The commit of the documents; null without any that the caller may read. */
  readonly commitId: CommitId | null
  readonly profile: Profile | null
  readonly social: Social | null
  /** What is wrong with documents, which count as absent then. */
  readonly invalid: ReadonlyArray<string>
  /** How many public identities follow the handle, as far as that was derived; null while the index is unavailable. */
  readonly followers: number | null
  /** The repositories of the handle that the caller may see. */
  readonly repositories: Page<Repository>
}

const decodeName = Schema.decodeUnknownOption(UserName)

const valueOf = <A>(found: FoundDocument<A>): A | null => (found.state === "valid" ? found.value : null)

const reasonsOf = (found: FoundDocument<unknown>): ReadonlyArray<string> =>
  found.state === "invalid" ? [found.reason] : []

const nothing = { commitId: null, profile: null, social: null, invalid: [] }

const documentsOf = Effect.fnUntraced(function* (handle: UserName, principal: Principal | null) {
  const { commitId, document } = yield* openIdentity(handle, principal)
  const profile = yield* document(profileKind)
  const social = yield* document(socialKind)
  const documents: Omit<ShownIdentity, "followers" | "handle" | "repositories"> = {
    commitId,
    profile: valueOf(profile),
    social: valueOf(social),
    invalid: [...reasonsOf(profile), ...reasonsOf(social)]
  }
  return documents
})

export type ShowIdentityError = IdentityUnknown | OpenIdentityError | VisibleRepositoriesError

/** Shows an identity with a page of its repositories. A handle of which the caller sees nothing is unknown. */
export const showIdentity = Effect.fn("showIdentity")(function* (
  handleText: string,
  principal: Principal | null,
  page: PageRequest
): Effect.fn.Return<ShownIdentity, ShowIdentityError, MarkIndex | OpenIdentityServices> {
  const unknown = new IdentityUnknown({ handle: handleText })
  const handle = yield* Effect.mapError(Effect.fromOption(decodeName(handleText)), () => unknown)
  const documents = yield* Effect.catchTag(documentsOf(handle, principal), "RepositoryUnknown", () =>
    Effect.succeed(undefined)
  )
  const repositories = yield* visibleRepositories(principal, { owner: handle }, page)
  const isHidden = documents === undefined && repositories.items.length === 0 && Option.isNone(repositories.next)
  if (isHidden && page.after === undefined) return yield* unknown
  const followers = yield* countFollowers(handle)
  const shown: ShownIdentity = { handle, ...orDefault(documents, nothing), followers, repositories }
  return shown
})
