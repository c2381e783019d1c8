import { Effect } from "effect"
import { type AppliedRule, isTeam, type TeamReference } from "../../../reading/document/Governance.ts"
import { isInTeam, type Members } from "../../../reading/document/Members.ts"
import type { Slug, UserName } from "../../../repository/Names.ts"
import { Organizations } from "../../access/Organizations.ts"

/** Returns the organisation and the name of a team. */
const partsOf = (team: TeamReference) => {
  const [handle = "", name = ""] = team.slice(1).split("/", 2)
  // Both have the form of such names. A reserved handle is that of no organisation.
  return { handle: handle as UserName, name: name as Slug }
}

/** Looks up the teams that these rules name, each organisation once, and returns who is in them. */
export const membershipsOf = Effect.fnUntraced(function* (rules: ReadonlyArray<AppliedRule>) {
  const { members } = yield* Organizations
  const organizations = new Map<UserName, Members>()
  const teams = new Set(rules.flatMap(({ reviewers }) => (reviewers === null ? [] : reviewers.filter(isTeam))))
  for (const handle of new Set([...teams].map((team) => partsOf(team).handle))) {
    const found = yield* members(handle)
    if (found !== undefined) organizations.set(handle, found)
  }
  return (team: TeamReference, user: UserName): boolean => {
    const { handle, name } = partsOf(team)
    const found = organizations.get(handle)
    return found !== undefined && isInTeam(found, name, user)
  }
})
