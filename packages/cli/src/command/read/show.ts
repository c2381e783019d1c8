/** `musehub show`: shows a commit, and what it changed. */
import { diffCommit } from "@musehub/domain/usecase/browse/compare"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { fileDiffJson } from "@musehub/domain/usecase/browse/fileDiffJson"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { firstItems, shown, shownLines } from "../../output.ts"
import { paint } from "../../terminal/paint.ts"
import { printPaged } from "../../terminal/printPaged.ts"
import { musehub } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { commitJson } from "./commitJson.ts"
import { diffText } from "./diffView.ts"
import { filesFlag, pathFlag, readers, refArgument } from "./input.ts"

const parentFlag = Flag.Int("parent").pipe(
  Flag.withMetavar("NUMBER"),
  Flag.withDescription("Compare with this parent, counted from 1 (default 1)"),
  Flag.filter(
    (number) => number >= 1,
    () => "a whole number from 1"
  ),
  Flag.withDefault(1)
)

const indented = (text: string): string =>
  shownLines(text.trimEnd())
    .split("\n")
    .map((line) => `    ${line}`.trimEnd())
    .join("\n")

export const show = Command.make(
  "show",
  {
    ...repositoryInput,
    ref: Argument.optional(refArgument("REF")),
    parent: parentFlag,
    path: pathFlag,
    limit: filesFlag
  },
  Effect.fn(function* ({ limit, parent, path, ref, ...given }) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const commit = yield* commitAt(open, Option.getOrUndefined(ref))
    const { id, parents, record } = commit
    const of = { path: Option.getOrUndefined(path) }
    const files = yield* firstItems(limit, (page) => diffCommit(open, { commit: id, parent }, { ...of, ...page }))
    yield* printPaged(
      json,
      { ...commitJson(commit), files: files.map(fileDiffJson) },
      [
        `${paint("heading", "commit")} ${paint("id", id)}`,
        ...parents.map((each) => `parent ${paint("id", each)}`),
        ...(record.author === "" ? [] : [`author ${shown(record.author)}`]),
        `time   ${record.committed_at}`,
        "",
        indented(record.message),
        "",
        diffText(files)
      ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Show a commit, by default the newest one of the default branch, and the files and lines in which it differs " +
      "from its parent. On a terminal, through $PAGER. With --json: commitId, parents, snapshotId, committedAt, " +
      "author, message and files, as `musehub diff` has them."
  ),
  Command.withShortDescription("Show a commit and what it changed"),
  Command.withExamples([
    { command: "musehub show ada/symphony", description: "The newest commit" },
    { command: "musehub show ada/symphony finale --parent 2", description: "A merge, against what was merged in" }
  ]),
  Command.provide(readers)
)
