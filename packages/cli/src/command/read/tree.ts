/** `musehub tree`: lists a folder of a commit, or all files below it. */
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import type { TreeItem } from "@musehub/domain/reading/Tree"
import { treeItemJson } from "@musehub/domain/usecase/browse/treeItemJson"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { firstItems, shown } from "../../output.ts"
import { paint } from "../../terminal/paint.ts"
import { printPaged } from "../../terminal/printPaged.ts"
import { musehub } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { readers, refFlag } from "./input.ts"

const itemLine = (item: TreeItem): string =>
  item.type === "dir" ? paint("folder", `${shown(item.path)}/`) : shown(item.path)

export const tree = Command.make(
  "tree",
  {
    ...repositoryInput,
    path: Argument.String("PATH").pipe(
      Argument.withDescription("The folder; default: the root"),
      Argument.withDefault("")
    ),
    ref: refFlag,
    recursive: Flag.Boolean("recursive").pipe(
      Flag.withDescription("List all files below the folder, and no folders"),
      Flag.withDefault(false)
    ),
    limit: limitFlag
  },
  Effect.fn(function* ({ limit, path, recursive, ref, ...given }) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const query = { path, recursive, ref: Option.getOrUndefined(ref) }
    const { commitId, snapshotId } = yield* listTree(open, query, { limit: 1 })
    const items = yield* firstItems(limit, (page) => listTree(open, { ...query, ref: commitId }, page))
    yield* printPaged(
      json,
      { commitId, snapshotId, path, items: items.map(treeItemJson) },
      items.map(itemLine).join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "List a folder of a commit in code point order, folders with a slash at the end. On a terminal, through $PAGER. " +
      "With --json: commitId, snapshotId, path and items, an array of objects with type, name, path and, of a file, " +
      "blobId and language."
  ),
  Command.withShortDescription("List the files of a commit"),
  Command.withExamples([
    { command: "musehub tree ada/symphony", description: "The root of the default branch" },
    { command: "musehub tree ada/symphony score --ref finale --recursive", description: "All files below a folder" }
  ]),
  Command.provide(readers)
)
