/** `musehub repo import`: makes a repository of a file that `repo export` wrote. */
import { Meter } from "@musehub/client/Progress"
import { orDefault } from "@musehub/domain/base/expected"
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { importHistory } from "@musehub/domain/usecase/repositories/importHistory"
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print } from "../../../output.ts"
import { musehub, storage } from "../../musehub.ts"
import { owned } from "../../names.ts"
import { repositoryJson } from "../view.ts"
import { goingOn } from "../../operation/goingOn.ts"
import { watched } from "../../transfer/progressView.ts"
import { counting, fileStream } from "./export.ts"
import { fileBytes } from "../../../newFile.ts"

const decodeName = Schema.decodeUnknownOption(RepositoryName)

export const importCommand = Command.make(
  "import",
  {
    file: Argument.String("FILE").pipe(Argument.withDescription("A file in the form of docs/mpack.md")),
    repository: Argument.String("OWNER/NAME").pipe(
      Argument.withDescription("The owner, who is created if there is no such user, and the name of the repository"),
      Argument.filterMap(
        (text) =>
          Option.flatMap(owned(text), ({ owner, rest }) => Option.map(decodeName(rest), (name) => ({ owner, name }))),
        () => "OWNER/NAME"
      )
    ),
    visibility: Flag.Literals("visibility", Visibility.literals).pipe(
      Flag.withDescription("Who may read it without a role"),
      Flag.withDefault("private")
    ),
    domain: Flag.String("domain").pipe(
      Flag.withDescription("The client's plugin for its files, as in the repository that was exported"),
      Flag.filterMap(Schema.decodeUnknownOption(Domain), () => "a lower-case letter, then up to 62 of a-z 0-9 _ -"),
      Flag.withDefault(Domain.make("code"))
    ),
    defaultBranch: Flag.String("default-branch").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("The branch that a clone checks out; default: main, else the first one"),
      Flag.optional
    )
  },
  Effect.fn(function* ({ defaultBranch, domain, file, repository: { name, owner }, visibility }) {
    const { json } = yield* musehub
    yield* ensureUser(owner)
    const settings = {
      owner,
      name,
      visibility,
      domain,
      description: Description.make(""),
      ...(Option.isSome(defaultBranch) ? { defaultBranch: defaultBranch.value } : {})
    }
    const bytes = yield* fileBytes(file)
    const made = yield* watched({ verb: "importing", hidden: json }, (onProgress) => {
      const meter = new Meter(orDefault(onProgress, () => undefined))
      meter.promised(0, bytes)
      return Effect.scoped(importHistory(actingAs(owner), settings, counting(fileStream(file), meter)))
    }).pipe(goingOn("the repository was not made: run it again"))
    yield* print(json, repositoryJson(made), `${made.owner}/${made.slug}  ${made.visibility}  ${made.id}`)
  })
).pipe(
  Command.withDescription(
    "Make a repository of a file that musehub repo export wrote: its branches, with their whole history. Each object " +
      "is verified as it is read, and the repository is there only if the file is whole. With --json: repoId, owner, " +
      "slug, name, visibility, archived, forkOf, domain, defaultBranch, description, createdAt."
  ),
  Command.withShortDescription("Make a repository of a file"),
  Command.withExamples([
    { command: "musehub repo import symphony.mpack grace/symphony", description: "A repository that belongs to grace" }
  ]),
  Command.provide(storage)
)
