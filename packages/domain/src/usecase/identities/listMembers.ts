/** Lists the members and teams of an organisation. */
import { Effect } from "effect"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { CommitId } from "../../object/Id.ts"
import { type Page, pageOf, type PageRequest } from "../../port/Page.ts"
import { type Member, membersKind, type Team } from "../../reading/document/Members.ts"
import { byText } from "../../base/text/byText.ts"
import { isInForce, Organizations } from "../access/Organizations.ts"
import type { Identity, OpenIdentityServices } from "./openIdentity.ts"

export interface MembersPage extends Page<Member> {
  readonly commitId: CommitId | null
  readonly teams: ReadonlyArray<Team>
  /** What is wrong with `members.json`, which counts as absent then; null if nothing is. */
  readonly invalid: string | null
  /** Whether the teams give roles. */
  readonly effective: boolean
}

/** Lists the members of an organisation in ascending order of name, with all teams. */
export const listMembers = Effect.fn("listMembers")(function* (
  { commitId, document, open }: Identity,
  page: PageRequest
): Effect.fn.Return<MembersPage, ObjectReadError, OpenIdentityServices> {
  const found = yield* document(membersKind)
  const { isOn } = yield* Organizations
  const isValid = found.state === "valid"
  const { members, teams } = isValid ? found.value : { members: [], teams: [] }
  const { after } = page
  const later = members
    .filter(({ user }) => after === undefined || user > after)
    .toSorted((a, b) => byText(a.user, b.user))
  const listed: MembersPage = {
    ...pageOf(later, ({ user }) => user, page),
    commitId,
    teams,
    invalid: found.state === "invalid" ? found.reason : null,
    effective: isOn && isValid && isInForce(open.root.value)
  }
  return listed
})
