/**
 * `musehub repo create`: makes a repository as its owner would. Both ways to name it are there because people type
 * `OWNER/NAME` and scripts have the two apart, with a name that may hold spaces.
 */
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
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
  owner: userFlag("owner").pipe(Flag.withDescription("Who owns it; the user is made if there is none"), Flag.optional),
  name: Flag.String("name").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("Free text; the name in URLs is made from it"),
    Flag.filterMap(decodeName, () => "1 to 255 characters"),
    Flag.optional
  ),
  visibility: Flag.Literals("visibility", Visibility.literals).pipe(
    Flag.withDescription("Who may read it without being granted it"),
    Flag.withDefault("private")
  ),
  domain: Flag.String("domain").pipe(
    Flag.withDescription("The client's plugin that understands its files"),
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
    Flag.withDescription("What it is for"),
    Flag.filterMap(Schema.decodeUnknownOption(Description), () => "at most 10,000 characters"),
    Flag.withDefault(Description.make(""))
  ),
  initialize: Flag.Boolean("initialize").pipe(
    Flag.withDescription(
      "Make a first, empty commit on the default branch. Use --no-initialize to push a history that exists " +
        "already: it does not descend from that commit"
    ),
    Flag.withDefault(true)
  )
}

const invalid = () => new CliError.ValidationError({ message: usage })

/** The owner and the name, if they were given in exactly one of the two ways. */
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
    const principal: Principal = { user: owner, scope: "admin", repository: null }
    yield* ensureUser(owner)
    const { visibility, domain, defaultBranch, description, initialize } = given
    const made = yield* createRepository(principal, {
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
    "Make a repository. With --json: repoId, owner, slug, name, visibility, domain, defaultBranch, " +
      "description, createdAt."
  ),
  Command.withShortDescription("Make a repository"),
  Command.withExamples([
    {
      command: "musehub repo create ada/symphony --no-initialize",
      description: "An empty repository, to push an existing history to"
    },
    {
      command: 'musehub repo create --owner ada --name "Symphony No. 1" --visibility public',
      description: "A public one under ada/symphony-no-1, with a first commit"
    }
  ]),
  Command.provide(storage),
  Command.validate((given) => Effect.mapError(Effect.fromOption(ownerAndName(given)), invalid))
)
