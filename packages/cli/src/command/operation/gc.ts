/** `musehub gc`: plans what of the store is garbage, or with `--apply` deletes what a plan lists. */
import { Meter } from "@musehub/client/Progress"
import { estimateGc } from "@musehub/domain/usecase/operations/cost/estimateGc"
import type { Prices } from "@musehub/domain/usecase/operations/cost/Prices"
import { applyGc, type Collected } from "@musehub/domain/usecase/operations/gc/applyGc"
import type { Told } from "@musehub/domain/usecase/operations/gc/marking"
import { decodePlan, encodePlan, type Plan, type PlanEntry } from "@musehub/domain/usecase/operations/gc/Plan"
import { planGc, type PlanOptions } from "@musehub/domain/usecase/operations/gc/planGc"
import { Effect, FileSystem, Option, Stream } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import { access, constants } from "node:fs/promises"
import { dirname } from "node:path"
import { PlanUnusable, RepositoriesLeft } from "../../errors.ts"
import { writeNewFile } from "../../newFile.ts"
import { counted, hint, print, shown } from "../../output.ts"
import { spanMillis } from "../moments.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { idsOf, repositoriesFlag } from "../names.ts"
import { bytesText } from "../transfer/progressLine.ts"
import { watched } from "../transfer/progressView.ts"
import { compactHeap } from "./compactHeap.ts"
import { costOf, pricesFlag, pricesOf, savedBy } from "./dryRun.ts"
import { goingOn } from "./goingOn.ts"

/** Asks for a span of time, in milliseconds, with one that serves unless it is given. */
const spanFlag = (name: string, usual: string, what: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("SPAN"),
    Flag.withDescription(`${what}, such as ${usual} (the default)`),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(spanMillis(text)),
      () => `a span such as ${usual}`
    ),
    Flag.optional
  )

const input = {
  apply: Flag.String("apply").pipe(
    Flag.withMetavar("PLAN"),
    Flag.withDescription("Delete what this plan lists, as far as it is still garbage"),
    Flag.optional
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Where the plan is written; the default is a new file in this folder, named after the time"),
    Flag.optional
  ),
  retention: spanFlag("retention", "30d", "How far back the reflog keeps commits"),
  grace: spanFlag("grace", "14d", "How old what belongs to nothing must be"),
  repositories: repositoriesFlag("Look at this repository alone; may be repeated"),
  prices: pricesFlag("What applying the plan costs"),
  yesReally: Flag.Boolean("yes-really").pipe(
    Flag.withDescription("Take more than half of the bytes of a repository, too, or what is younger than an hour"),
    Flag.withDefault(false)
  )
}

/** The least grace period that is taken without a word more: what is at work with something is done by then. */
const graceMillisMin = 60 * 60 * 1000

const kinds = ["pack", "blob", "drop", "unfinished", "upload", "repository", "answer"] as const

const whats: { readonly [kind in (typeof kinds)[number]]: string } = {
  pack: "packs that no root names",
  blob: "large blobs that no snapshot has",
  drop: "repositories whose packs are written again without what nothing leads to",
  unfinished: "collections to finish that were stopped",
  upload: "uploads that no push took in",
  repository: "repositories that were deleted, for good",
  answer: "answers kept for longer than their idempotency key counts"
}

const sizeOf = (entry: PlanEntry): number => ("size" in entry && entry.kind !== "drop" ? entry.size : 0)

const summaryOf = ({ entries }: Plan) =>
  kinds.flatMap((kind) => {
    const some = entries.filter((entry) => entry.kind === kind)
    return some.length === 0
      ? []
      : [{ kind, count: some.length, bytes: some.reduce((sum, entry) => sum + sizeOf(entry), 0) }]
  })

const readable = (plan: Plan, file: string, cost: ReadonlyArray<string>): string =>
  [
    ...summaryOf(plan).map(
      ({ bytes, count, kind }) => `${count} ${whats[kind]}${bytes === 0 ? "" : ` (${bytesText(bytes)})`}`
    ),
    plan.entries.length === 0
      ? `nothing to delete in ${counted(plan.repositories.length, "repository")}; the plan is ${file}`
      : [...cost, `nothing was deleted; to delete this: musehub gc --apply ${file}`].join("\n")
  ].join("\n")

/** Shows how much of the repositories was read. `apart` tells on a line of its own what is left, and counts it. */
const looking = <A, E, R>(
  json: boolean,
  use: (told: Told, apart: (line: string) => Effect.Effect<void>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  watched({ verb: "looking", hidden: json }, (onProgress, _, found) => {
    const meter = new Meter(onProgress ?? (() => undefined))
    const told: Told = {
      promised: (objects, bytes) => meter.promised(objects, bytes),
      passed: (objects, bytes) => meter.passed(objects, bytes)
    }
    return use(told, (line) => Effect.andThen(Effect.sync(found), hint(shown(line))))
  })

const unwritable = (file: string) => (cause: unknown) => new PlanUnusable({ file, what: "cannot be written", cause })

/** Refuses a file for the plan before the store is read, which may take hours. */
const requirePlace = (file: string | undefined) =>
  Effect.tryPromise({
    try: async () => {
      if (file !== undefined && existsSync(file)) throw new Error("there is already a file of that name")
      await access(dirname(file ?? "plan"), constants.W_OK | constants.X_OK)
    },
    catch: unwritable(file ?? "in this folder")
  })

const encoder = new TextEncoder()

const makePlan = Effect.fnUntraced(function* (
  options: Omit<PlanOptions, "onRefused" | "told"> & { readonly out: string | undefined },
  prices: Prices,
  json: boolean
) {
  yield* requirePlace(options.out)
  let refused = 0
  const plan = yield* looking(json, (told, apart) =>
    planGc({
      ...options,
      told,
      onRefused: ({ message }) =>
        Effect.andThen(
          Effect.sync(() => (refused += 1)),
          apart(message)
        )
    })
  ).pipe(goingOn("nothing was deleted, and no plan was written: run it again"))
  const file = options.out ?? `musehub-gc-${plan.at.replaceAll(/[-:]|\.[0-9]+/g, "")}.json`
  const written = writeNewFile(file, Stream.make(encoder.encode(encodePlan(plan))), () => Effect.void)
  yield* Effect.mapError(written, unwritable(file))
  const { freedBytes, requests } = estimateGc(plan)
  const [cost, saved] = [yield* costOf(requests, prices), yield* savedBy(freedBytes, prices)]
  const text = readable(plan, file, [...cost.text.split("\n"), saved.text])
  yield* print(
    json,
    {
      plan: file,
      repositories: plan.repositories.length,
      summary: summaryOf(plan),
      apply: cost.json,
      freed: saved.json
    },
    text.split("\n").map(shown).join("\n")
  )
  if (refused > 0) yield* new RepositoriesLeft({ repositories: refused })
})

const collectedText = ({ answers, blobs, bytes, dropped, left, packs, repositories, uploads }: Collected): string =>
  `deleted: ${packs} packs, ${blobs} large blobs, ${uploads} uploads, ` +
  `${counted(repositories, "repository")} (${bytesText(bytes)}), ${answers} answers; ` +
  `dropped from packs: ${dropped} objects; left: ${left}`

const lineOf = (entry: PlanEntry, reason: string): string => {
  const name = "id" in entry ? entry.id : entry.kind === "answer" ? entry.name : ""
  const place = "repository" in entry ? ` of repository ${entry.repository}` : ""
  return `left: ${entry.kind} ${name}${place}: ${reason}`
}

const applyPlan = Effect.fnUntraced(function* (file: string, isSure: boolean, json: boolean) {
  const files = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    files.readFileString(file),
    (cause) => new PlanUnusable({ file, what: "cannot be read", cause })
  )
  const plan = yield* Effect.mapError(
    Effect.fromResult(decodePlan(text)),
    (cause) => new PlanUnusable({ file, what: "is not a plan of musehub gc", cause })
  )
  const left: Array<{ readonly entry: PlanEntry; readonly reason: string }> = []
  const collected = yield* looking(json, (told, apart) =>
    applyGc(plan, {
      isSure,
      told,
      onLeft: (entry, reason) =>
        Effect.andThen(
          Effect.sync(() => void left.push({ entry, reason })),
          json ? Effect.void : apart(lineOf(entry, reason))
        )
    })
  ).pipe(goingOn(shown(`to go on: musehub gc --apply ${file}`)))
  yield* print(json, { ...collected, entriesLeft: left }, collectedText(collected))
})

export const gc = Command.make(
  "gc",
  input,
  Effect.fn(function* ({ apply, grace, out, prices, repositories, retention, yesReally }) {
    const { json } = yield* musehub
    yield* compactHeap(40)
    if (Option.isSome(apply)) {
      if ([grace, out, prices, retention].some(({ _tag }) => _tag === "Some") || repositories.length > 0) {
        return yield* new CliError.ValidationError({
          message: "--apply takes a plan as it is: --out, --grace, --retention, --prices and --repo are for making one"
        })
      }
      return yield* applyPlan(apply.value, yesReally, json)
    }
    if (!yesReally && Option.exists(grace, (millis) => millis < graceMillisMin)) {
      return yield* new CliError.ValidationError({
        message:
          "--grace is less than an hour: a push that is under way is refused then, and what it puts into a " +
          "repository whose bytes go may stay unseen for good; stop all hubs, and add --yes-really"
      })
    }
    yield* makePlan(
      {
        out: Option.getOrUndefined(out),
        isSure: yesReally,
        graceMillis: Option.getOrUndefined(grace),
        retentionMillis: Option.getOrUndefined(retention),
        repositories: repositories.length === 0 ? undefined : yield* idsOf(repositories)
      },
      yield* pricesOf(prices),
      json
    )
  })
).pipe(
  Command.withDescription(
    "Find what of the store is garbage, and write a plan: packs that no root names and large blobs that no snapshot " +
      "has, and uploads that no push took in, once they are 14 days old by the store's clock; answers " +
      "kept under idempotency keys for as long; repositories that were deleted that long ago, which cannot be " +
      "brought back then; and repositories of whose " +
      "objects nothing leads to a tenth or more. Branches, tags, releases, proposals, remarks and the reflog of the " +
      "last 30 days lead to objects. A repository that is damaged, or of which more than half " +
      "would go, is left out. Nothing is deleted then, and it says which requests applying the plan takes, what they " +
      "cost, and what the freed bytes cost a month, at the prices that are named. With --apply, each entry of the " +
      "plan is looked at again and deleted, unless it is needed again; " +
      "packs are written again without what nothing leads to, and the old ones " +
      "go by a later plan. Both run beside serving hubs, which may do so by themselves (MUSEHUB_GC_EVERY). Exit code " +
      "1 where it refuses by name and with what to do, 3 if store or index do not answer. With --json: plan, " +
      "repositories, summary (kind, count, bytes), apply (requests (list, get, head, put, delete), bytes, money, " +
      "currency, prices), freed (bytes, moneyPerMonth); with --apply: packs, blobs, answers, uploads, repositories, " +
      "dropped, bytes, left, entriesLeft."
  ),
  Command.withShortDescription("Find what is garbage in the store, and delete it by a plan"),
  Command.withExamples([
    { command: "musehub gc --out plan.json", description: "Write a plan" },
    { command: "musehub gc --apply plan.json", description: "Delete what it lists" }
  ]),
  Command.provide(presentStorage)
)
