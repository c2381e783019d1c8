/** `members.json` of a repository `<handle>/identity`: who is in an organisation, and what its teams may do. */
import { Schema } from "effect"
import { type FullName, Slug, UserName } from "../../repository/Names.ts"
import { identitySlug } from "../../repository/rule/isIdentity.ts"
import { Role } from "../../repository/Root.ts"
import { greaterRole } from "../../repository/rule/roles.ts"
import { type DocumentKind, repeatedIn } from "./DocumentKind.ts"

export const Member = Schema.Struct({
  user: UserName,
  /** What the organisation says of the member. Rights come from teams alone. */
  role: Schema.Literals(["owner", "member"]),
  teams: Schema.Array(Slug).check(Schema.isMaxLength(100))
})
export type Member = typeof Member.Type

export const Team = Schema.Struct({
  name: Slug,
  /** Roles in repositories of the handle. */
  grants: Schema.Array(Schema.Struct({ slug: Slug, role: Role })).check(Schema.isMaxLength(1000))
})
export type Team = typeof Team.Type

export const Members = Schema.Struct({
  members: Schema.Array(Member).check(Schema.isMaxLength(5000)),
  teams: Schema.Array(Team).check(Schema.isMaxLength(200))
})
export type Members = typeof Members.Type

const wrongIn = ({ members, teams }: Members): string | undefined => {
  const names = new Set(teams.map(({ name }) => name))
  const member = repeatedIn(members.map(({ user }) => user))
  if (member !== undefined) return `${member} is there twice`
  const team = repeatedIn(teams.map(({ name }) => name))
  if (team !== undefined) return `two teams are called ${team}`
  for (const { grants, name } of teams) {
    const slugs = grants.map(({ slug }) => slug)
    const twice = repeatedIn(slugs)
    if (twice !== undefined) return `the team ${name} has two roles in ${twice}`
    if (slugs.includes(identitySlug)) {
      return `the team ${name} cannot have a role in ${identitySlug}: who changes that gives roles`
    }
  }
  for (const { teams: theirs, user } of members) {
    const unknown = theirs.find((name) => !names.has(name))
    if (unknown !== undefined) return `${user} is in the team ${unknown}, which is not in teams`
  }
  return undefined
}

export const membersKind: DocumentKind<Members> = { path: "members.json", schema: Members, wrong: wrongIn }

const memberOf = ({ members }: Members, user: UserName): Member | undefined =>
  members.find((member) => member.user === user)

export const isInTeam = (members: Members, team: Slug, user: UserName): boolean =>
  memberOf(members, user)?.teams.includes(team) === true

/** Returns the greatest role that the teams of a user have in a repository of the handle. */
export const roleOfMember = (members: Members, slug: Slug, user: UserName): Role | undefined => {
  const member = memberOf(members, user)
  if (member === undefined) return undefined
  let greatest: Role | undefined
  for (const { grants, name } of members.teams) {
    if (!member.teams.includes(name)) continue
    greatest = greaterRole(greatest, grants.find((grant) => grant.slug === slug)?.role)
  }
  return greatest
}

/** Lists the repositories of the handle in which the teams of a user have roles. */
export const repositoriesOfMember = (members: Members, handle: UserName, user: UserName): ReadonlyArray<FullName> => {
  const member = memberOf(members, user)
  if (member === undefined) return []
  const teams = members.teams.filter(({ name }) => member.teams.includes(name))
  const slugs = new Set(teams.flatMap(({ grants }) => grants.map(({ slug }) => slug)))
  return Array.from(slugs, (slug) => ({ owner: handle, slug }))
}
