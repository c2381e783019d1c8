/** `musehub repo show`: shows one repository, from its root in the store. */
import { countStars } from "@musehub/domain/usecase/identities/countMarks"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, print, shownLines } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

export const show = Command.make(
  "show",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const stars = yield* countStars(open)
    const { heads, proposals, repository } = open.root.value
    const { archived, createdAt, defaultBranch, description, domain, id, name, owner, slug, visibility } = repository
    const table = columns([
      ["repository", `${owner}/${slug}`],
      ["name", name],
      ["visibility", archived ? `${visibility}, archived` : visibility],
      ["domain", domain],
      ["default branch", defaultBranch],
      ["branches", String(heads.count)],
      ["open proposals", String(proposals.open.length)],
      ["stars", stars === null ? "unknown while the index is unavailable" : String(stars)],
      ["created", createdAt],
      ["id", id]
    ])
    yield* print(
      json,
      { ...repositoryJson(repository), branches: heads.count, openProposals: proposals.open.length, stars },
      description === "" ? table : `${table}\n\n${shownLines(description)}`
    )
  })
).pipe(
  Command.withDescription(
    "Show one repository. With --json: repoId, owner, slug, name, visibility, archived, forkOf, domain, " +
      "defaultBranch, description, createdAt, branches and openProposals (their counts), and stars (how many public " +
      "identities star it, as far as that was derived; null while the index is unavailable)."
  ),
  Command.withShortDescription("Show one repository"),
  Command.withExamples([{ command: "musehub repo show ada/symphony", description: "Its settings and counts" }]),
  Command.provide(presentStorage)
)
