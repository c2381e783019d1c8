/** `musehub repo pack`: packs a repository now. */
import { packHistory } from "@musehub/domain/usecase/packs/packHistory"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"

export const pack = Command.make(
  "pack",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { id } = yield* opened(given, "admin")
    const packed = yield* packHistory(id)
    yield* print(
      json,
      { ...packed },
      packed.packs === 0
        ? "nothing to pack"
        : `packed: ${packed.objects} objects, ${packed.commits} commits; new packs: ${packed.packs}`
    )
  })
).pipe(
  Command.withDescription(
    "Pack the small objects of a repository that are not packed yet, so that clones read fewer and larger " +
      "objects. A serving hub does this by itself some time after a push. The packed objects stay, so losing a " +
      "pack only costs time. The last few objects of a history wait for more. With --json: " +
      "one object with packs, objects and commits, counts of what was packed."
  ),
  Command.withShortDescription("Pack small objects, so that clones are fast"),
  Command.withExamples([{ command: "musehub repo pack ada/symphony", description: "Pack it now" }]),
  Command.provide(storage)
)
