/** `musehub org`: lists the members of an organisation and what its teams may do. */
import { listMembers } from "@musehub/domain/usecase/identities/listMembers"
import { openIdentity } from "@musehub/domain/usecase/identities/openIdentity"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { columns, firstItems, hint, print } from "../../output.ts"
import { readers } from "../read/input.ts"
import { musehub } from "../musehub.ts"
import { limitFlag } from "../repository.ts"
import { actingUser, asFlag, warnOf } from "./input.ts"

export const org = Command.make(
  "org",
  {
    handle: Argument.String("HANDLE").pipe(Argument.withDescription("The organisation")),
    as: asFlag,
    limit: limitFlag
  },
  Effect.fn(function* ({ as, handle, limit }) {
    const { json } = yield* musehub
    const opened = yield* openIdentity(handle, yield* actingUser(handle, as))
    const { commitId, effective, invalid, teams } = yield* listMembers(opened, { limit: 1 })
    const members = yield* firstItems(limit, (page) => listMembers(opened, page))
    yield* warnOf(invalid === null ? [] : [invalid])
    yield* print(
      json,
      {
        commitId,
        effective,
        invalid,
        teams: teams.map(({ grants, name }) => ({ name, grants: grants.map((grant) => ({ ...grant })) })),
        items: members.map((member) => ({ ...member }))
      },
      columns([
        ["MEMBER", "ROLE", "TEAMS"],
        ...members.map(({ role, teams: theirs, user }) => [user, role, theirs.join(", ")]),
        ["TEAM", "", "GRANTS"],
        ...teams.map(({ grants, name }) => [name, "", grants.map(({ role, slug }) => `${slug}: ${role}`).join(", ")])
      ])
    )
    if (!effective) yield* hint("The teams give no roles: see docs/people.md.")
  })
).pipe(
  Command.withDescription(
    "List the members of an organisation, and the roles of its teams, as its repository `identity` says. With " +
      "--json: commitId, effective (whether the teams give roles), invalid (what is wrong with members.json, or " +
      "null), teams (name and grants, each with slug and role) and items (the members: user, role, teams)."
  ),
  Command.withShortDescription("List the members and teams of an organisation"),
  Command.withExamples([{ command: "musehub org ada", description: "Who may do what in Ada's repositories?" }]),
  Command.provide(readers)
)
