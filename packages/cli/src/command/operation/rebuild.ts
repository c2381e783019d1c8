/** `musehub rebuild`: fills the index from the store. */
import { fullNameText } from "@musehub/domain/repository/Names"
import type { RebuiltRepository } from "@musehub/domain/usecase/operations/rebuild/rebuildRepository"
import { type RebuiltIndex, rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { StoreIncomplete } from "../../errors.ts"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { prove } from "./prove.ts"

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
  {
    prove: Flag.Boolean("prove").pipe(
      Flag.withDescription(
        "Leave the index alone: fill a second one beside it, compare the two row by row, and delete the second"
      ),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* ({ prove: isProof }) {
    const { json } = yield* musehub
    const onRebuilt = (repository: RebuiltRepository) => (json ? Effect.void : Console.error(shown(lineOf(repository))))
    if (isProof) return yield* prove(json, onRebuilt)
    const rebuilt = yield* rebuildIndex(onRebuilt)
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
      "users, tokens, domains, repositories, packs, losses (what and reason each). With --prove each row that " +
      "differs is a line on stdout, and the number of them is the last; exit code 1 if there are any; with --json a " +
      "JSON object a line, difference (missing, extra or changed), table, repository, key, values (column, live, " +
      "rebuilt); the last one has difference null, the counts, losses, differences."
  ),
  Command.withShortDescription("Fill an empty index from the object store"),
  Command.withExamples([
    { command: "musehub rebuild --index postgres://hub@db/new", description: "Fill a new database" },
    { command: "musehub rebuild --prove", description: "Is every row what the store gives?" }
  ]),
  Command.provide(storage)
)
