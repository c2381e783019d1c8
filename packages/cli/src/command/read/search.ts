/** `musehub search`: finds commits, paths or lines. */
import {
  foundCommitJson,
  foundLineJson,
  foundPathJson,
  foundSymbolJson
} from "@musehub/domain/usecase/search/foundJson"
import { searchCommits } from "@musehub/domain/usecase/search/searchCommits"
import { searchContent } from "@musehub/domain/usecase/search/searchContent"
import { searchSymbols } from "@musehub/domain/usecase/search/searchSymbols"
import { searchPaths } from "@musehub/domain/usecase/search/searchPaths"
import { soughtLengthMax } from "@musehub/domain/usecase/search/SearchPage"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { firstItems, firstLine, shown } from "../../output.ts"
import { paint } from "../../terminal/paint.ts"
import { printPaged } from "../../terminal/printPaged.ts"
import { musehub } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { deriving, sayIncomplete } from "../reading/input.ts"
import { readers, refFlag } from "./input.ts"

export const search = Command.make(
  "search",
  {
    ...repositoryInput,
    text: Argument.String("TEXT").pipe(
      Argument.filter(
        (text) => text !== "" && text.length <= soughtLengthMax && !text.includes("\n"),
        () => `a text of 1 to ${soughtLengthMax} characters on one line`
      )
    ),
    in: Flag.Literals("in", ["content", "paths", "commits", "symbols"]).pipe(
      Flag.withDescription(
        "Where to look: at the lines of files, letter by letter (default); at paths, at the messages and authors of " +
          "commits, or at the names of symbols, all without regard to case"
      ),
      Flag.withDefault("content" as const)
    ),
    ref: refFlag,
    limit: limitFlag
  },
  Effect.fn(function* ({ in: place, limit, ref, text: sought, ...given }) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const query = { sought, ref: Option.getOrUndefined(ref) }
    switch (place) {
      case "content": {
        const found = yield* firstItems(limit, (page) => searchContent(open, query, page))
        const lines = found.map(
          ({ line, path, preview }) => `${paint("place", `${shown(path)}:${line}`)}: ${shown(preview)}`
        )
        return yield* printPaged(json, found.map(foundLineJson), lines.join("\n"))
      }
      case "paths": {
        const found = yield* firstItems(limit, (page) => searchPaths(open, query, page))
        return yield* printPaged(json, found.map(foundPathJson), found.map(({ path }) => shown(path)).join("\n"))
      }
      case "commits": {
        const found = yield* firstItems(limit, (page) => searchCommits(open, query, page))
        const lines = found.map(({ id, record }) => `${paint("id", id)} ${shown(firstLine(record.message))}`)
        return yield* printPaged(json, found.map(foundCommitJson), lines.join("\n"))
      }
      case "symbols": {
        const { pending } = yield* deriving(json, { deriver: "symbols", repositories: [open.id] })
        const found = yield* firstItems(limit, (page) => searchSymbols(open, query, page))
        const lines = found.map(
          ({ address, kind, line, path }) => `${paint("place", `${shown(path)}:${line}`)}: ${kind} ${shown(address)}`
        )
        yield* printPaged(json, found.map(foundSymbolJson), lines.join("\n"))
        return yield* sayIncomplete(pending === 0)
      }
    }
  })
).pipe(
  Command.withDescription(
    "Find the lines, paths, commits or symbols that have a text. On a terminal, through $PAGER. With --json: an " +
      "array of objects: type, path, line, column and preview of a line; type, path, blobId and language of a file; " +
      "type, commitId, author, committedAt and message of a commit; type, address, kind, name, path and line of a " +
      "symbol."
  ),
  Command.withShortDescription("Find lines, paths, commits or symbols"),
  Command.withExamples([
    { command: "musehub search ada/symphony largo", description: "Lines of the default branch" },
    { command: "musehub search ada/symphony score --in paths --ref finale", description: "Files of another branch" }
  ]),
  Command.provide(readers)
)
