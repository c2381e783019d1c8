/** `musehub diff`: shows what one ref changed since it left another. */
import { compare } from "@musehub/domain/usecase/browse/compare"
import { fileDiffJson } from "@musehub/domain/usecase/browse/fileDiffJson"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { counted, firstItems } from "../../output.ts"
import { paint } from "../../terminal/paint.ts"
import { printPaged } from "../../terminal/printPaged.ts"
import { musehub } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { diffText } from "./diffView.ts"
import { filesFlag, pathFlag, readers, refArgument } from "./input.ts"

export const diff = Command.make(
  "diff",
  { ...repositoryInput, base: refArgument("BASE"), head: refArgument("HEAD"), path: pathFlag, limit: filesFlag },
  Effect.fn(function* ({ base, head, limit, path, ...given }) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const of = { path: Option.getOrUndefined(path) }
    const first = yield* compare(open, { base, head }, { ...of, limit: 1 })
    // The commits of the first page, since the refs may move meanwhile.
    const commits = { base: first.base, head: first.head }
    const files = yield* firstItems(limit, (page) => compare(open, commits, { ...of, ...page }))
    const { ahead, behind, mergeBase } = first
    yield* printPaged(
      json,
      { ...commits, mergeBase, ahead, behind, files: files.map(fileDiffJson) },
      [
        `${paint("id", first.head)} has ${counted(ahead, "commit")} more than ${paint("id", first.base)}, ` +
          `and lacks ${behind}`,
        mergeBase === null ? "they have no commit in common" : `since ${paint("id", mergeBase)}:`,
        diffText(files)
      ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Show what HEAD changed since it left BASE: the files and lines that differ from the nearest commit that both " +
      "have. On a terminal, through $PAGER. With --json: base, head, mergeBase, ahead, behind and files, an array of " +
      "objects with status, path, oldPath, oldBlobId, newBlobId, binary, added, removed, hunks and truncated."
  ),
  Command.withShortDescription("Show what one ref changed since it left another"),
  Command.withExamples([
    { command: "musehub diff ada/symphony main finale", description: "What the branch finale changed" },
    { command: "musehub diff ada/symphony v1.0.0 main --path score", description: "What changed in a folder" }
  ]),
  Command.provide(readers)
)
