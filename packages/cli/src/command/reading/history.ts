/** `musehub history`: lists the commits that touched a file. */
import { pathHistory, type PathTouch } from "@musehub/domain/usecase/browse/pathHistory"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { columns, firstItems, firstLine, print } from "../../output.ts"
import { musehub } from "../musehub.ts"
import { limitFlag, opened } from "../repository.ts"
import { derivingAll, fileInput, reading, sayIncomplete } from "./input.ts"

const changeOf = ({ kind, renamedFrom }: PathTouch): string =>
  renamedFrom === undefined ? kind : `renamed from ${renamedFrom}`

const linesText = ({ lines }: PathTouch): string =>
  lines === undefined || lines.added === undefined || lines.removed === undefined
    ? lines?.binary === true
      ? "binary"
      : "?"
    : `+${lines.added} -${lines.removed}`

export const history = Command.make(
  "history",
  { ...fileInput, limit: limitFlag },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const { pending } = yield* derivingAll(json, [open.id], ["touches", "lines"])
    const query = { path: given.path, ref: Option.getOrUndefined(given.ref) }
    const touches = yield* firstItems(given.limit, (page) => pathHistory(open, query, page))
    const complete = pending === 0
    yield* print(
      json,
      {
        complete,
        pending,
        items: touches.map(({ after = null, before = null, lines, renamedFrom = null, ...said }) => ({
          ...said,
          before,
          after,
          renamedFrom,
          added: lines?.added ?? null,
          removed: lines?.removed ?? null,
          binary: lines?.binary ?? null
        }))
      },
      columns([
        ["COMMIT", "TIME", "AUTHOR", "CHANGE", "LINES", "MESSAGE"],
        ...touches.map((touch) => [
          touch.commitId,
          touch.at,
          firstLine(touch.author),
          changeOf(touch),
          linesText(touch),
          firstLine(touch.message)
        ])
      ])
    )
    yield* sayIncomplete(complete)
  })
).pipe(
  Command.withDescription(
    "List the commits that touched a file, children before parents; the file may be gone by now. A merge is listed " +
      "only if it resolved the file in its own way. Derives first what is left to derive in the repository. With " +
      "--json: an object with complete, pending (commits that could not be derived), and items, each with commitId, " +
      "kind (added, deleted, modified or renamed), before, after (blobs, or null), renamedFrom, added, removed " +
      "(lines, or null where they are not counted), binary, message, author, at."
  ),
  Command.withShortDescription("List the commits that touched a file"),
  Command.withExamples([
    { command: "musehub history ada/symphony score/violin.txt", description: "On the default branch" },
    { command: "musehub history ada/symphony score/violin.txt --ref finale --limit 5", description: "On another one" }
  ]),
  Command.provide(reading)
)
