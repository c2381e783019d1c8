/** `musehub intel`: what the newest commits of a ref tell of its files and authors. */
import type { ReleaseItem } from "@musehub/domain/reading/intel/release"
import { itemsMax } from "@musehub/domain/reading/intel/Window"
import { deriversOf, intelKinds, subjects } from "@musehub/domain/usecase/intel/kinds"
import { chosenWay, type KindItems, readIntel } from "@musehub/domain/usecase/intel/readIntel"
import { windowCommitsMax } from "@musehub/domain/usecase/intel/windowOf"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { columns, counted, firstLine, hint, type Json, print } from "../../output.ts"
import { musehub } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { refFlag } from "../read/input.ts"
import { derivingAll, reading, sayIncomplete } from "./input.ts"

const percent = (share: number): string => `${Math.round(100 * share)} %`

type Table = ReadonlyArray<ReadonlyArray<string | number>>

type Placed = { readonly path: string } | { readonly symbol: string }

const placeOf = (item: Placed): string => ("path" in item ? item.path : item.symbol)

const subject = ([first]: ReadonlyArray<Placed>): string => (first === undefined || "path" in first ? "PATH" : "SYMBOL")

const reportRows = (report: ReleaseItem): Table => [
  ...report.languages.map(({ files, language }) => ["files", files, language ?? "other"]),
  ...report.symbols.map(({ count, kind }) => ["symbols", count, kind]),
  ...Object.entries(report.apiChanges).map(([change, count]) => ["public", count, change]),
  ...report.api.map(({ change, symbol }) => [change, "", symbol]),
  ...report.hotspots.map(({ commits, path }) => ["commits", commits, path]),
  ...report.refactorings.map(({ change, former, symbol }) => [change, "", `${former} to ${symbol}`]),
  ...report.contributors.map(({ author, commits }) => ["commits", commits, firstLine(author)])
]

const tableOf = (found: KindItems): Table => {
  switch (found.kind) {
    case "activity":
      return [
        ["DAY", "COMMITS", "CONTRIBUTORS", "HUMANS", "AGENTS", "BREAKING"],
        ...found.items.map(({ agents, breaking, commits, contributors, day, humans }) => [
          day,
          commits,
          contributors,
          humans,
          agents,
          breaking
        ])
      ]
    case "api":
      return [["CHANGE", "KIND", "SYMBOL"], ...found.items.map(({ change, kind, symbol }) => [change, kind, symbol])]
    case "churn":
      return [["ADDED", "REMOVED", "PATH"], ...found.items.map(({ added, path, removed }) => [added, removed, path])]
    case "coupling":
      return [
        ["TOGETHER", "CONFIDENCE", "PATH", "PATH"],
        ...found.items.map(({ a, b, confidence, support }) => [support, percent(confidence), a, b])
      ]
    case "dead":
      return [["KIND", "SYMBOL"], ...found.items.map(({ kind, symbol }) => [kind, symbol])]
    case "entanglement":
      return [
        ["TOGETHER", "CONFIDENCE", "SYMBOL", "SYMBOL"],
        ...found.items.map(({ a, b, confidence, support }) => [support, percent(confidence), a, b])
      ]
    case "hotspots":
      return [["COMMITS", subject(found.items)], ...found.items.map((item) => [item.commits, placeOf(item)])]
    case "languages":
      return [
        ["FILES", "SYMBOLS", "LANGUAGE"],
        ...found.items.map(({ files, language, symbols }) => [files, symbols ?? "-", language ?? "other"])
      ]
    case "ownership":
      return [
        ["BUS FACTOR", "PATH", "OWNERS"],
        ...found.items.map(({ busFactor, owners, path }) => [
          busFactor,
          path,
          owners.map(({ author, share }) => `${firstLine(author)} ${percent(share)}`).join(", ")
        ])
      ]
    case "release":
      return [["WHAT", "COUNT", "OF"], ...found.items.flatMap(reportRows)]
    case "stable":
      return [["UNCHANGED FOR", subject(found.items)], ...found.items.map((item) => [item.unchangedFor, placeOf(item)])]
  }
}

export const intel = Command.make(
  "intel",
  {
    ...repositoryInput,
    kind: Argument.String("KIND").pipe(Argument.withDescription(`One of ${intelKinds.join(", ")}`)),
    of: Flag.Literals("of", subjects).pipe(
      Flag.withDescription("What it tells of, where a kind may tell of files and of symbols"),
      Flag.optional
    ),
    ref: refFlag,
    since: Flag.String("since").pipe(
      Flag.withMetavar("REF"),
      Flag.withDescription("Leave out the commits that this ref has"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withMetavar("COUNT"),
      Flag.withDescription(`The most lines to show, up to ${itemsMax} (default 20)`),
      Flag.filter(
        (count) => count >= 1 && count <= itemsMax,
        () => `a whole number from 1 to ${itemsMax}`
      ),
      Flag.withDefault(20)
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const { kind, limit } = given
    const of = Option.getOrUndefined(given.of)
    const { way } = yield* chosenWay({ kind, of })
    yield* derivingAll(json, [open.id], deriversOf(way.needs))
    const query = { kind, limit, of, ref: Option.getOrUndefined(given.ref), since: Option.getOrUndefined(given.since) }
    const { found, window, ...read } = yield* readIntel(open, query)
    const items: ReadonlyArray<Json> = found.items.map((item): Json => JSON.parse(JSON.stringify(item)))
    yield* print(
      json,
      { ...read, kind: found.kind, window: { ...window }, items },
      columns(tableOf(found).map((row) => row.map(String)))
    )
    if (window.truncated) yield* hint(`of the newest ${counted(window.commits, "commit")}`)
    yield* sayIncomplete(read.complete)
  })
).pipe(
  Command.withDescription(
    `Show what the newest ${windowCommitsMax} commits tell of the files of a ref and their authors. hotspots: ` +
      "files that most commits touch; stable: those that none touched for long; coupling: pairs that commits touch " +
      "together; churn: files by the lines that commits add and remove; ownership: the authors of a file by the " +
      "lines that they added, with a half-life of 180 days; activity: commits a day; languages: files by their " +
      "suffixes, and the symbols in them; api: public symbols that were removed, changed or added since a ref; " +
      "dead: functions whose name no file calls, in files that no other one imports; entanglement: pairs of " +
      "symbols that commits change together without a call or import between their files. With --of symbols, " +
      "hotspots and stable tell of symbols. Derives first what is left to derive in the repository. With " +
      "--json: ref, commitId, since, kind, version, window (commits, truncated), of, extractor, complete, " +
      "pending, and items."
  ),
  Command.withShortDescription("Show what the newest commits tell of files and authors"),
  Command.withExamples([
    { command: "musehub intel ada/symphony hotspots", description: "Files that most commits touch" },
    { command: "musehub intel ada/symphony api --since v1.0.0", description: "What became of the public symbols" },
    {
      command: "musehub intel ada/symphony release --ref v1.1.0 --since v1.0.0",
      description: "What is new in a release"
    },
    { command: "musehub intel ada/symphony activity --since v1.0.0", description: "Commits a day since a release" }
  ]),
  Command.provide(reading)
)
