/**
 * `musehub repo create`: creates a repository as its owner. It can be named in two ways: users type `OWNER/NAME`, and
 * scripts pass the two apart, with a name that may contain spaces.
 */
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { createRepository } from "@musehub/domain/usecase/repositories/createRepository"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Option, Schema } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { owned, userFlag } from "../names.ts"
import { repositoryJson } from "./view.ts"

const usage = "name the repository either as OWNER/NAME or with both --owner and --name, in 1 to 255 characters"

const decodeName = Schema.decodeUnknownOption(RepositoryName)

const input = {
  path: Argument.String("OWNER/NAME").pipe(
    Argument.withDescription("The owner and the name, unless --owner and --name give them"),
    Argument.filterMap(owned, () => "OWNER/NAME"),
    Argument.optional
  ),
  owner: userFlag("owner").pipe(Flag.withDescription("The owner; created if there is no such user"), Flag.optional),
  name: Flag.String("name").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("Any text; the name in URLs is derived from it"),
    Flag.filterMap(decodeName, () => "1 to 255 characters"),
    Flag.optional
  ),
  visibility: Flag.Literals("visibility", Visibility.literals).pipe(
    Flag.withDescription("Who may read it without a role"),
    Flag.withDefault("private")
  ),
  domain: Flag.String("domain").pipe(
    Flag.withDescription(
      "The client's plugin for its files, as in the repository that will be pushed. A clone takes it over, and " +
        "nothing changes it later: it decides which files muse tracks, compares and merges, and how"
    ),
    Flag.filterMap(Schema.decodeUnknownOption(Domain), () => "a lower-case letter, then up to 62 of a-z 0-9 _ -"),
    Flag.withDefault(Domain.make("code"))
  ),
  defaultBranch: Flag.String("default-branch").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("The branch that a clone checks out"),
    Flag.withDefault("main")
  ),
  description: Flag.String("description").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("A description"),
    Flag.filterMap(Schema.decodeUnknownOption(Description), () => "at most 10,000 characters"),
    Flag.withDefault(Description.make(""))
  ),
  initialize: Flag.Boolean("initialize").pipe(
    Flag.withDescription(
      "Create a first, empty commit on the default branch. Use --no-initialize to push an existing history, " +
        "which does not descend from that commit"
    ),
    Flag.withDefault(true)
  )
}

const invalid = () => new CliError.ValidationError({ message: usage })

/** Returns the owner and the name, if exactly one of the two ways was used. */
const ownerAndName = (given: Pick<Command.Command.Config.Infer<typeof input>, "path" | "owner" | "name">) => {
  if (Option.isNone(given.path)) return Option.all({ owner: given.owner, name: given.name })
  if (Option.isSome(given.owner) || Option.isSome(given.name)) return Option.none()
  const { owner, rest } = given.path.value
  return Option.map(decodeName(rest), (name) => ({ owner, name }))
}

export const create = Command.make(
  "create",
  input,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { owner, name } = yield* Effect.mapError(Effect.fromOption(ownerAndName(given)), invalid)
    yield* ensureUser(owner)
    const { visibility, domain, defaultBranch, description, initialize } = given
    const made = yield* createRepository(actingAs(owner), {
      owner,
      name,
      visibility,
      domain,
      defaultBranch,
      description,
      initialize
    })
    yield* print(json, repositoryJson(made), `${made.owner}/${made.slug}  ${made.visibility}  ${made.id}`)
  })
).pipe(
  Command.withDescription(
    "Create a repository. With --json: repoId, owner, slug, name, visibility, archived, forkOf, domain, " +
      "defaultBranch, description, createdAt."
  ),
  Command.withShortDescription("Create a repository"),
  Command.withExamples([
    {
      command: "musehub repo create ada/symphony --no-initialize",
      description: "An empty repository, to push an existing history to"
    },
    {
      command: 'musehub repo create --owner ada --name "Symphony No. 1" --visibility public',
      description: "A public repository ada/symphony-no-1, with a first commit"
    }
  ]),
  Command.provide(storage),
  Command.validate((given) => Effect.mapError(Effect.fromOption(ownerAndName(given)), invalid))
)
