/** `musehub rebuild`: fills the index from the store. */
import { fullNameText } from "@musehub/domain/repository/Names"
import {
  type RebuiltIndex,
  type RebuiltRepository,
  rebuildIndex
} from "@musehub/domain/usecase/operations/rebuildIndex"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { StoreIncomplete } from "../../errors.ts"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"

const lineOf = ({ losses, name, packs }: RebuiltRepository): string =>
  `${fullNameText(name)}: ${packs} ${packs === 1 ? "pack" : "packs"}` +
  (losses.length === 0 ? "" : `, ${losses.length} of which cannot be read`)

const readable = ({ domains, losses, packs, repositories, tokens, users }: RebuiltIndex): string =>
  [
    ...losses.map(({ reason, what }) => `${shown(what)}: ${shown(reason)}`),
    `${users} users, ${tokens} tokens, ${domains} domains, ${repositories} repositories, ${packs} packs: ${
      losses.length === 0 ? "nothing is missing" : "the store lost what is listed above"
    }`
  ].join("\n")

export const rebuild = Command.make(
  "rebuild",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const rebuilt = yield* rebuildIndex((repository) => (json ? Effect.void : Console.error(shown(lineOf(repository)))))
    const { domains, packs, repositories, tokens, users } = rebuilt
    const losses = rebuilt.losses.map(({ reason, what }) => ({ what, reason }))
    yield* print(json, { users, tokens, domains, repositories, packs, losses }, readable(rebuilt))
    if (losses.length > 0) yield* new StoreIncomplete({ losses: losses.length })
  })
).pipe(
  Command.withDescription(
    "Fill the index from the object store: users, tokens, domains, and every repository with its history. For an " +
      "empty index after the old one was lost, and safe on any other, also while hubs serve: what the index has is " +
      "not read again, so a run that was ended goes on where it was. Without it each repository comes back when it " +
      "is next opened, and lists of repositories lack it until then. Each repository is a line on stderr. What " +
      "cannot be read is left out and listed; exit code 1 then, 3 if store or index do not answer. With --json: " +
      "users, tokens, domains, repositories, packs, losses (what and reason each)."
  ),
  Command.withShortDescription("Fill an empty index from the object store"),
  Command.withExamples([
    { command: "musehub rebuild --index postgres://hub@db/new", description: "Fill a new database" }
  ]),
  Command.provide(storage)
)
