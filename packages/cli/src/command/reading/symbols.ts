/** `musehub symbols`: lists what the files of a commit declare, or what commits did to one of these symbols. */
import { symbolKinds } from "@musehub/domain/port/extractor/Extraction"
import { listSymbols, requireExtractor } from "@musehub/domain/usecase/symbols/listSymbols"
import { symbolHistory, type SymbolTouch } from "@musehub/domain/usecase/symbols/symbolHistory"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { columns, firstItems, firstLine, print } from "../../output.ts"
import { musehub } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { refFlag } from "../read/input.ts"
import { deriving, reading, sayIncomplete } from "./input.ts"

const input = {
  ...repositoryInput,
  path: Argument.String("PATH").pipe(
    Argument.withDescription("A file, or a folder with all below it; default: everything"),
    Argument.withDefault("")
  ),
  ref: refFlag,
  kind: Flag.Literals("kind", symbolKinds).pipe(Flag.withDescription("Only symbols of this kind"), Flag.optional),
  name: Flag.String("name").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("Only symbols whose qualified name has this text, in any case"),
    Flag.optional
  ),
  history: Flag.String("history").pipe(
    Flag.withMetavar("ADDRESS"),
    Flag.withDescription("List what commits did to the symbol at this address, such as src/song.py::Song.play"),
    Flag.optional
  ),
  limit: limitFlag
}

const changeOf = ({ body, change, former, signature }: SymbolTouch): string => {
  if (former !== undefined) return `${change} from ${former}`
  const parts = [...(body ? ["body"] : []), ...(signature ? ["signature"] : [])]
  return parts.length === 0 ? change : `${change} (${parts.join(", ")})`
}

export const symbols = Command.make(
  "symbols",
  input,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    yield* requireExtractor
    const open = yield* opened(given, "read")
    const { pending } = yield* deriving(json, { deriver: "symbols", repositories: [open.id] })
    const complete = pending === 0
    const ref = Option.getOrUndefined(given.ref)
    const kind = Option.getOrUndefined(given.kind)
    const sought = Option.getOrUndefined(given.name)
    if (Option.isSome(given.history)) {
      const address = given.history.value
      const touches = yield* firstItems(given.limit, (page) => symbolHistory(open, { address, ref }, page))
      const rows = touches.map((touch) => [
        touch.commitId,
        touch.at,
        firstLine(touch.author),
        changeOf(touch),
        firstLine(touch.message)
      ])
      yield* print(
        json,
        { complete, pending, items: touches.map(({ former = null, ...touch }) => ({ ...touch, former })) },
        columns([["COMMIT", "TIME", "AUTHOR", "CHANGE", "MESSAGE"], ...rows])
      )
    } else {
      const query = { path: given.path, ref, kind, sought }
      const found = yield* firstItems(given.limit, (page) => listSymbols(open, query, page))
      yield* print(
        json,
        { complete, pending, items: found.map((symbol) => ({ ...symbol })) },
        columns([
          ["KIND", "LINES", "ADDRESS"],
          ...found.map((symbol) => [symbol.kind, `${symbol.line}-${symbol.endLine}`, symbol.address])
        ])
      )
    }
    yield* sayIncomplete(complete)
  })
).pipe(
  Command.withDescription(
    "List the functions, classes and other symbols that the files of a commit declare, or with --history the commits " +
      "that created, modified, renamed, moved or deleted one of them. Derives first what is left to derive in the " +
      "repository, which parses each file once. Hashes of bodies and signatures are this hub's own, not those of the " +
      "muse client. With --json: an object with complete, pending (commits that could not be derived), and items: " +
      "each with address, path, name, kind, visibility, line, endLine, bodyHash and signatureHash; with --history " +
      "each with commitId, change, kind, body and signature (whether it changed), former, message, author, at."
  ),
  Command.withShortDescription("List the functions, classes and other symbols of a commit"),
  Command.withExamples([
    { command: "musehub symbols ada/symphony src --kind class", description: "The classes below a folder" },
    {
      command: "musehub symbols ada/symphony --history src/song.py::Song.play",
      description: "What commits did to a method"
    }
  ]),
  Command.provide(reading)
)
