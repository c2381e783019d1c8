/** `musehub blame`: says of each line of a file which commit brought it. */
import { blame as readBlame, type BlameRange } from "@musehub/domain/usecase/browse/blame/blame"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { columns, firstLine, print } from "../../output.ts"
import { musehub } from "../musehub.ts"
import { opened } from "../repository.ts"
import { deriving, fileInput, reading, sayIncomplete } from "./input.ts"

/** Digits of a commit's id beside a line. */
const idDigits = 12

const rowsOf = (ranges: ReadonlyArray<BlameRange>, text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = text.split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines.map((line, place) => {
    const range = ranges.find(({ from, to }) => from <= place + 1 && place + 1 <= to)
    return range === undefined
      ? ["", "", "", String(place + 1), line]
      : [range.commitId.slice(0, idDigits), range.at.slice(0, 10), firstLine(range.author), String(place + 1), line]
  })
}

export const blame = Command.make(
  "blame",
  fileInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    yield* deriving(json, { repositories: [open.id] })
    const query = { path: given.path, ref: Option.getOrUndefined(given.ref) }
    const blamed = yield* readBlame(open, query)
    const { text = "" } = yield* Effect.flatMap(openFile(open, { ...query, ref: blamed.commitId }), readText)
    const ranges = blamed.ranges.map((range) => ({ ...range }))
    yield* print(json, { ...blamed, ranges }, columns(rowsOf(ranges, text)))
    yield* sayIncomplete(blamed.complete)
  })
).pipe(
  Command.withDescription(
    "Show the lines of a file, each with the commit that brought it, its date and its author. At a merge a line is " +
      "of the first parent that has it; a file that was moved unchanged is followed. Looks at the last 1,000 commits " +
      "that touched the file, for 2 seconds at most, and says if that was not enough. Derives first what is left to " +
      "derive in the repository. With --json: an object with commitId, path, blobId, complete, and ranges, each with " +
      "from and to (lines), commitId, author, at, path and line (where the first line is in that commit)."
  ),
  Command.withShortDescription("Show which commit brought which line of a file"),
  Command.withExamples([{ command: "musehub blame ada/symphony README.md", description: "On the default branch" }]),
  Command.provide(reading)
)
