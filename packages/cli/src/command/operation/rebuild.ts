/** `musehub rebuild`: fills the index from the store. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { estimateRebuild } from "@musehub/domain/usecase/operations/cost/estimateRebuild"
import type { Prices } from "@musehub/domain/usecase/operations/cost/Prices"
import { type RebuiltIndex, rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { Effect } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { StoreIncomplete } from "../../errors.ts"
import { counted, print } from "../../output.ts"
import { musehub, usedStorage } from "../musehub.ts"
import { idsOf, repositoriesFlag } from "../names.ts"
import { compactHeap } from "./compactHeap.ts"
import { goingOn } from "./goingOn.ts"
import { costOf, dryRunFlags, dryRunPrices } from "./dryRun.ts"
import { prove } from "./prove.ts"
import { rebuilding } from "./rebuilding.ts"

const readable = ({ domains, losses, packs, repositories, tokens, users }: RebuiltIndex): string =>
  `${counted(users, "user")}, ${counted(tokens, "token")}, ${counted(domains, "domain")}, ` +
  `${counted(repositories, "repository")}, ${counted(packs, "pack")}: ` +
  (losses === 0 ? "nothing is missing" : "the store lost what is listed above")

/** Says what a rebuild would cost. */
const estimate = Effect.fnUntraced(function* (
  json: boolean,
  prices: Prices,
  ids: ReadonlyArray<RepositoryId> | undefined
) {
  const { packs, repositories, requests, unreadable } = yield* estimateRebuild(ids)
  const cost = yield* costOf(requests, prices)
  yield* print(
    json,
    { dryRun: true, repositories, packs, unreadable, ...cost.json },
    `would record ${counted(packs, "pack")} of ${counted(repositories, "repository")}` +
      `${unreadable === 0 ? "" : `, ${unreadable} of which cannot be read`}\n${cost.text}`
  )
})

export const rebuild = Command.make(
  "rebuild",
  {
    prove: Flag.Boolean("prove").pipe(
      Flag.withDescription(
        "Leave the index alone: fill a second one beside it, compare the two row by row, and delete the second"
      ),
      Flag.withDefault(false)
    ),
    ...dryRunFlags,
    repositories: repositoriesFlag("Record the rows of this repository alone; may be repeated")
  },
  Effect.fn(function* ({ dryRun, prices, prove: isProof, repositories }) {
    const { json } = yield* musehub
    if (isProof && dryRun) {
      return yield* new CliError.ValidationError({ message: "--prove and --dry-run exclude each other" })
    }
    const given = yield* dryRunPrices(dryRun, prices)
    yield* compactHeap(40)
    if (isProof && repositories.length > 0) {
      return yield* new CliError.ValidationError({ message: "--prove and --repo exclude each other" })
    }
    if (isProof) return yield* prove(json)
    const ids = repositories.length === 0 ? undefined : yield* idsOf(repositories)
    if (dryRun) return yield* estimate(json, given, ids)
    const rebuilt = yield* rebuilding(json, (told) => rebuildIndex({ ...told, repositories: ids })).pipe(
      goingOn("run it again to go on: what was recorded is not read again")
    )
    yield* print(json, { loss: null, ...rebuilt }, readable(rebuilt))
    if (rebuilt.losses > 0) yield* new StoreIncomplete({ losses: rebuilt.losses })
  })
).pipe(
  Command.withDescription(
    "Fill the index from the object store: users, tokens, domains, and every repository with its history. For an " +
      "empty index after the old one was lost, and safe on any other, also while hubs serve: what the index has is " +
      "not read again, so a run that was ended goes on where it was. Without it each repository comes back when it " +
      "is next opened, and lists of repositories lack it until then. All repositories are listed and " +
      "served before the first pack is read. Each that is complete is a line on stderr. What cannot be read is left " +
      "out, and a line on stdout; exit code 1 then, 3 if store or index do not answer. With --json: a JSON object a " +
      "line, loss (what was lost) and reason; the last one has loss null, users, tokens, domains, repositories, " +
      "packs, losses (how many). With --prove each row that " +
      "differs is a line on stdout, and the number of them is the last; exit code 1 if there are any; with --json a " +
      "JSON object a line, difference (missing, extra or changed), table, repository, key, values (column, live, " +
      "rebuilt); the last one has difference null, the counts, losses, differences. With --dry-run nothing is " +
      "recorded: roots, listings and the ends of packs are read, to say which requests a rebuild into this index " +
      "would make, how many bytes it would read, and what that costs at the prices that are named; with --json: " +
      "dryRun, repositories, packs, unreadable, requests (list, get, head, put, delete), bytes, money, currency, " +
      "prices."
  ),
  Command.withShortDescription("Fill an empty index from the object store"),
  Command.withExamples([
    { command: "musehub rebuild --index postgres://hub@db/new", description: "Fill a new database" },
    { command: "musehub rebuild --prove", description: "Is every row what the store gives?" },
    { command: "musehub rebuild --dry-run", description: "What would it cost?" }
  ]),
  Command.provide(usedStorage)
)
