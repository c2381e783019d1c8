/** `musehub archive`: writes the files of a commit into one file. */
import { archiveFormats, archiveTree } from "@musehub/domain/usecase/browse/archiveTree"
import { Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { counted, print, shown } from "../../output.ts"
import { musehub } from "../musehub.ts"
import { writeNewFile } from "../../newFile.ts"
import { opened, repositoryInput } from "../repository.ts"
import { readers, refFlag } from "./input.ts"

export const archive = Command.make(
  "archive",
  {
    ...repositoryInput,
    ref: refFlag,
    format: Flag.Literals("format", archiveFormats).pipe(
      Flag.withDescription("What to write (default tar.gz)"),
      Flag.withDefault("tar.gz")
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("FILE"),
      Flag.withDescription("A file that does not exist yet; default: SLUG-COMMIT.FORMAT in this folder"),
      Flag.optional
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { format } = given
    const open = yield* opened(given, "read")
    const { commitId, content, files, name } = yield* archiveTree(open, {
      format,
      ref: Option.getOrUndefined(given.ref)
    })
    const file = Option.getOrElse(given.output, () => `${name}.${format}`)
    yield* writeNewFile(
      file,
      Stream.mapError(content, ({ readError }) => readError),
      () => Effect.void
    )
    yield* print(
      json,
      { file, format, commitId, folder: name, files },
      `${shown(file)}: ${counted(files, "file")} of commit ${commitId}, in the folder ${name}`
    )
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Write all files of a commit into one file, a gzipped tar or a zip. They are in a folder that is named after the " +
      "repository and the commit, and as old as the commit, so the same commit gives the same bytes. The file gets " +
      "its name when it is whole. With --json: file, format, commitId, folder, files."
  ),
  Command.withShortDescription("Write the files of a commit into one file"),
  Command.withExamples([
    { command: "musehub archive ada/symphony", description: "The newest commit, as a gzipped tar" },
    { command: "musehub archive ada/symphony --ref v1.0.0 --format zip -o symphony.zip", description: "A release" }
  ]),
  Command.provide(readers)
)
