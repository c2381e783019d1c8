/** `musehub repo import`: makes a repository of a file that `repo export` wrote. */
import { Meter } from "@musehub/client/Progress"
import { orDefault } from "@musehub/domain/base/expected"
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { estimateImport, type ImportEstimate } from "@musehub/domain/usecase/repositories/estimateImport"
import type { Prices } from "@musehub/domain/usecase/operations/cost/Prices"
import { importHistory } from "@musehub/domain/usecase/repositories/importHistory"
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { counted, print } from "../../../output.ts"
import { musehub, storage } from "../../musehub.ts"
import { owned } from "../../names.ts"
import { repositoryJson } from "../view.ts"
import { costOf, dryRunFlags, dryRunPrices, storedBy } from "../../operation/dryRun.ts"
import { goingOn } from "../../operation/goingOn.ts"
import { watched } from "../../transfer/progressView.ts"
import { counting, fileStream } from "./export.ts"
import { fileBytes } from "../../../newFile.ts"

const decodeName = Schema.decodeUnknownOption(RepositoryName)

/** Says what an import would make, and what it would cost. */
const printEstimate = Effect.fnUntraced(function* (json: boolean, estimate: ImportEstimate, prices: Prices) {
  const { branches, commits, isNewOwner, largeBlobs, packs, requests, storedBytes } = estimate
  const cost = yield* costOf(requests, prices)
  const stored = yield* storedBy(storedBytes, prices)
  yield* print(
    json,
    { dryRun: true, commits, branches, newOwner: isNewOwner, packs, largeBlobs, stored: stored.json, ...cost.json },
    `would make ${counted(commits, "commit")}, ${counted(branches, "branch")}` +
      `${isNewOwner ? ", and their owner" : ""}: ` +
      `${counted(packs, "pack")}, ${counted(largeBlobs, "large blob")}\n${stored.text}\n${cost.text}`
  )
})

export const importCommand = Command.make(
  "import",
  {
    file: Argument.String("FILE").pipe(Argument.withDescription("A file in the form of docs/mpack.md")),
    repository: Argument.String("OWNER/NAME").pipe(
      Argument.withDescription("The owner, who is created if there is no such user, and the name of the repository"),
      Argument.filterMap(
        (text) =>
          Option.flatMap(owned(text), ({ owner, rest }) => Option.map(decodeName(rest), (name) => ({ owner, name }))),
        () => "OWNER/NAME"
      )
    ),
    visibility: Flag.Literals("visibility", Visibility.literals).pipe(
      Flag.withDescription("Who may read it without a role"),
      Flag.withDefault("private")
    ),
    domain: Flag.String("domain").pipe(
      Flag.withDescription("The client's plugin for its files, as in the repository that was exported"),
      Flag.filterMap(Schema.decodeUnknownOption(Domain), () => "a lower-case letter, then up to 62 of a-z 0-9 _ -"),
      Flag.withDefault(Domain.make("code"))
    ),
    defaultBranch: Flag.String("default-branch").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("The branch that a clone checks out; default: main, else the first one"),
      Flag.optional
    ),
    ...dryRunFlags
  },
  Effect.fn(function* ({ defaultBranch, domain, dryRun, file, prices, repository: { name, owner }, visibility }) {
    const { json } = yield* musehub
    const given = yield* dryRunPrices(dryRun, prices)
    const settings = {
      owner,
      name,
      visibility,
      domain,
      description: Description.make(""),
      ...(Option.isSome(defaultBranch) ? { defaultBranch: defaultBranch.value } : {})
    }
    const bytes = yield* fileBytes(file)
    const reading = <A, E, R>(verb: string, read: (file: ReturnType<typeof fileStream>) => Effect.Effect<A, E, R>) =>
      watched({ verb, hidden: json }, (onProgress) => {
        const meter = new Meter(orDefault(onProgress, () => undefined))
        meter.promised(0, bytes)
        return Effect.scoped(read(counting(fileStream(file), meter)))
      })
    if (dryRun) {
      const estimate = yield* reading("reading", (stream) => estimateImport(actingAs(owner), settings, stream))
      return yield* printEstimate(json, estimate, given)
    }
    yield* ensureUser(owner)
    const made = yield* reading("importing", (stream) => importHistory(actingAs(owner), settings, stream)).pipe(
      goingOn("the repository was not made: run it again")
    )
    yield* print(json, repositoryJson(made), `${made.owner}/${made.slug}  ${made.visibility}  ${made.id}`)
  })
).pipe(
  Command.withDescription(
    "Make a repository of a file that musehub repo export wrote: its branches, with their whole history. Each object " +
      "is verified as it is read, and the repository is there only if the file is whole. With --json: repoId, owner, " +
      "slug, name, visibility, archived, forkOf, domain, defaultBranch, description, createdAt. With --dry-run the " +
      "file is read and verified to its end and nothing is made: which requests the import would make, what the " +
      "store would have more, and what both cost at the prices that are named; with --json: dryRun, commits, " +
      "branches, newOwner, packs, largeBlobs, stored (bytes, moneyPerMonth), requests (list, get, head, put, " +
      "delete), bytes, money, currency, prices."
  ),
  Command.withShortDescription("Make a repository of a file"),
  Command.withExamples([
    { command: "musehub repo import symphony.mpack grace/symphony", description: "A repository that belongs to grace" }
  ]),
  Command.provide(storage)
)
