/** `musehub user list`: lists the users in the index, in order of name. */
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { allPages, columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"

export const list = Command.make(
  "list",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const index = yield* PeopleIndex
    const users = yield* allPages(index.users)
    yield* print(
      json,
      users.map(({ createdAt, name }) => ({ name, createdAt })),
      columns([["NAME", "CREATED"], ...users.map(({ createdAt, name }) => [name, createdAt])])
    )
  })
).pipe(
  Command.withDescription("List the users in order of name. With --json: an array of objects with name and createdAt."),
  Command.withShortDescription("List the users"),
  Command.withExamples([{ command: "musehub user list", description: "All users" }]),
  Command.provide(presentStorage)
)
