/** `musehub adopt`: takes over the repositories of a legacy hub. */
import { type AdoptedHub, adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import type { AdoptedRepository } from "@musehub/domain/usecase/operations/adopt/adoptRepository"
import { estimateAdoption } from "@musehub/domain/usecase/operations/cost/estimateAdoption"
import type { Prices } from "@musehub/domain/usecase/operations/cost/Prices"
import { receiptsOf, ReceiptsUnwritten } from "@musehub/domain/usecase/operations/adopt/Receipt"
import { nowIso } from "@musehub/domain/object/now"
import type { StoredPack } from "@musehub/domain/port/Stored"
import { noteAdoption } from "@musehub/domain/usecase/operations/adoptionNote"
import type { Quarantined } from "@musehub/domain/usecase/operations/adopt/Quarantined"
import { Effect, Layer, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { writeFile } from "node:fs/promises"
import manifest from "../../../package.json" with { type: "json" }
import { legacyLayer } from "../../Composition.ts"
import { legacyDatabaseSetting, legacyObjectsSetting, readLegacy } from "../../config/Configuration.ts"
import { AdoptionIncomplete } from "../../errors.ts"
import { counted, hint, print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { repositoriesFlag } from "../names.ts"
import { bytesText } from "../transfer/progressLine.ts"
import { watched } from "../transfer/progressView.ts"
import { compactHeap } from "./compactHeap.ts"
import { costOf, dryRunFlags, dryRunPrices, storedBy } from "./dryRun.ts"
import { goingOn } from "./goingOn.ts"

const input = {
  database: Flag.Redacted(legacyDatabaseSetting.flag.slice(2)).pipe(
    Flag.withMetavar("URL"),
    Flag.withDescription(
      `The legacy hub's database, ${legacyDatabaseSetting.accepts} (${legacyDatabaseSetting.variable}, which keeps a ` +
        "password out of the list of processes). It is only read"
    ),
    Flag.optional
  ),
  objects: Flag.String(legacyObjectsSetting.flag.slice(2)).pipe(
    Flag.withMetavar("DIR|URL"),
    Flag.withDescription(
      `The legacy hub's folder of objects, or the URL of their bucket, as of an object store: ` +
        `s3://bucket/prefix?endpoint=…, where prefix is what precedes the ids of repositories ` +
        `(${legacyObjectsSetting.variable}). It is only read`
    ),
    Flag.optional
  ),
  receipts: Flag.String("receipts").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "Append to this file where each commit and snapshot was put, a JSON object on a line: repository, type, id, " +
        "pack, block, offset, size, sha256, at, version"
    ),
    Flag.optional
  ),
  remint: Flag.Boolean("remint").pipe(
    Flag.withDescription(
      "Give commits that the legacy server made, its first commits and merges, an id of their own and the empty or " +
        "merged tree, and new ids to what is built upon them; the old ids go on being understood"
    ),
    Flag.withDefault(false)
  ),
  ...dryRunFlags,
  repositories: repositoriesFlag("Take over this repository alone; may be repeated")
}

const lineOf = ({ branches, bytes, commits, isClosed, name }: AdoptedRepository): string => {
  if (isClosed) return `${name}: was archived or deleted here, and stays as it is`
  if (commits + branches === 0) return `${name}: nothing new`
  return `${name}: ${counted(commits, "commit")}, ${counted(branches, "branch")} (${bytesText(bytes)})`
}

/** Appends the receipts of packs to a file, and has them on the disk before a root names the packs. */
const writingReceipts =
  (file: string) =>
  (repository: string, packs: ReadonlyArray<StoredPack>): Effect.Effect<void, ReceiptsUnwritten> =>
    Effect.gen(function* () {
      const at = yield* nowIso
      const { version } = manifest
      const lines = function* () {
        for (const pack of packs) {
          for (const receipt of receiptsOf(pack)) yield `${JSON.stringify({ repository, ...receipt, at, version })}\n`
        }
      }
      yield* Effect.tryPromise({
        try: () => writeFile(file, lines(), { flag: "a", flush: true }),
        catch: (cause) => new ReceiptsUnwritten({ cause })
      })
    })

const quarantinedLine = ({ reason, repository, row }: Quarantined): string => `${repository}: ${row}: ${reason}`

const readable = ({ repositories, users }: AdoptedHub, rows: ReadonlyArray<Quarantined>): string => {
  const commits = repositories.reduce((sum, each) => sum + each.commits, 0)
  const of = repositories.length === 1 ? "1 repository" : `${repositories.length} repositories`
  const left =
    rows.length === 0
      ? "nothing stays behind"
      : `${counted(rows.length, "row")} ${rows.length === 1 ? "stays" : "stay"} behind, see above`
  return `${of}, ${counted(users, "new user")}, ${counted(commits, "new commit")}: ${left}`
}

/** Builds what reads the legacy hub, which must be given. */
const legacy = (flags: Parameters<typeof readLegacy>[0]) =>
  Layer.unwrap(
    Effect.flatMap(readLegacy(flags), (given) =>
      Option.isSome(given)
        ? Effect.succeed(legacyLayer(given.value))
        : Effect.fail(new CliError.ValidationError({ message: "--database and --objects say what to take over" }))
    )
  )

/** Says about what a first adoption would read and put, and what that costs. */
const estimate = Effect.fnUntraced(function* (json: boolean, names: ReadonlyArray<string>, prices: Prices) {
  const { bytes, known, repositories, requests } = yield* estimateAdoption(names)
  const cost = yield* costOf(requests, prices)
  const stored = yield* storedBy(bytes, prices)
  const lines = repositories.map(
    (each) =>
      `${shown(each.name)}: ${counted(each.commits, "commit")}, ${counted(each.snapshots, "snapshot")}, ` +
      `${counted(each.objects, "object")} (${bytesText(each.bytes)})`
  )
  const here = known.length === 0 ? "" : `, and without what is new in ${known.length} that are here already`
  yield* print(
    json,
    { dryRun: true, repositories: repositories.map((each) => ({ ...each })), known, stored: stored.json, ...cost.json },
    [...lines, `about, for these${here}:`, stored.text, cost.text].join("\n")
  )
})

export const adopt = Command.make(
  "adopt",
  input,
  Effect.fn(function* ({ database, dryRun, objects, prices, receipts, remint, repositories }) {
    const { json } = yield* musehub
    const given = yield* dryRunPrices(dryRun, prices)
    yield* compactHeap(40)
    const names = repositories.map(({ owner, rest }) => `${owner}/${rest}`)
    if (dryRun) return yield* Effect.provide(estimate(json, names, given), legacy({ database, objects }))
    const adopted = yield* watched({ verb: "adopting", what: "commits", hidden: json }, (onProgress, clear, found) =>
      adoptHub({
        names,
        mayMint: remint,
        ...(Option.isSome(receipts) ? { onPut: writingReceipts(receipts.value) } : {}),
        onWaiting: (waiting) =>
          Effect.suspend(() => {
            clear()
            return hint(shown(`waiting for other runs, which are at ${waiting.join(", ")}`))
          }),
        onAdopting: (_, done, all, bytes) => onProgress?.({ objects: done, objectsTotal: all, bytes, bytesTotal: 0 }),
        onAdopted: (repository) =>
          Effect.suspend(() => {
            clear()
            for (const _ of repository.quarantined) found()
            const lines = [lineOf(repository), ...repository.quarantined.map(quarantinedLine)]
            return json ? Effect.void : Effect.forEach(lines, (line) => hint(shown(line)), { discard: true })
          })
      })
    ).pipe(
      goingOn("run it again to go on: what was brought is not brought again"),
      Effect.provide(legacy({ database, objects }))
    )
    yield* noteAdoption(adopted.repositories, names.length === 0, manifest.version)
    const quarantined = adopted.repositories.flatMap((repository) => repository.quarantined)
    const counts = adopted.repositories.map(({ branches, bytes, commits, isClosed, isOwn, name }) => ({
      name,
      own: isOwn,
      closed: isClosed,
      commits,
      branches,
      bytes
    }))
    const rows = quarantined.map(({ reason, repository, row }) => ({ repository, row, reason }))
    yield* print(
      json,
      { users: adopted.users, repositories: counts, quarantined: rows },
      readable(adopted, quarantined)
    )
    if (quarantined.length > 0) yield* new AdoptionIncomplete({ rows: quarantined.length })
  })
).pipe(
  Command.withDescription(
    "Take over the repositories of a legacy hub, which kept commits as rows of a database: users, " +
      "repositories, history, branches, tags, releases, proposals and roles. Every object is rebuilt from its " +
      "row or its file, checked against its id and put into the object store. The legacy hub is only read and " +
      "may go on meanwhile; run it again to bring what is new, until the hubs are switched. What was done here " +
      "meanwhile stays: a branch that moved in both hubs is named, and stays as it is here. A row that does not " +
      "give its id stays behind with all that is " +
      "built upon it, and so does a branch that leads there; each is a line on stderr, and musehub status lists it. " +
      "A run that was stopped " +
      "goes on where it was, and several runs beside each other share the work, on any number of machines: each " +
      "repository is taken by one. Exit code 0 if nothing stays behind, 1 if something does, 2 for a wrong command " +
      "line, 3 if the legacy hub, the store or the index does not answer. With --json: users, repositories " +
      "(name, own, closed, commits, branches, bytes each), quarantined (repository, row, reason each). " +
      "With --dry-run rows are counted alone: what a first run reads of the legacy hub, and about what it puts " +
      "here, where packs are compressed and users, tags, releases and proposals are a few requests more, and what " +
      "that costs at the prices that are named; with --json: dryRun, repositories (name, commits, snapshots, " +
      "objects, bytes, largeObjects, largeBytes each), known (those that are here), stored (bytes, moneyPerMonth), " +
      "requests (list, get, head, put, delete), bytes, money, currency, prices."
  ),
  Command.withShortDescription("Take over the repositories of a legacy hub"),
  Command.withExamples([
    {
      command: "musehub adopt --database postgres://reader@db/musehub --objects /srv/musehub/objects",
      description: "Everything, or what is new"
    },
    {
      command: "musehub adopt --objects 's3://old-bucket/objects?region=eu-central-1' --repo ada/symphony",
      description: "One repository, with objects in a bucket"
    }
  ]),
  Command.provide(storage)
)
