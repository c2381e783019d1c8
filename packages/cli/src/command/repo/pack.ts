/** `musehub repo pack`: merges the packs of a repository now. */
import { mergePacks, type MergedPacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"

/** Packs from which on merging is worth it, when an operator asks. */
const packsMin = 2

const textOf = ({ into, merged }: MergedPacks): string =>
  into === undefined
    ? "nothing to merge"
    : `merged: ${merged.length} packs into pack ${into.sha256} of ${into.size} bytes with ${into.objects} objects`

export const pack = Command.make(
  "pack",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { id } = yield* opened(given, "admin")
    const done = yield* mergePacks(id, packsMin)
    const names = { merged: done.merged.map(({ sha256 }) => sha256), into: done.into ?? null }
    yield* print(json, names, textOf(done))
  })
).pipe(
  Command.withDescription(
    "Merge the small packs of a repository into a larger one, so that reading takes fewer requests. A serving hub " +
      "does this itself some time after a push. The replaced packs stay in the store. With --json: one object with " +
      "merged, the names of the replaced packs, and into, the sha256, size and objects of the new one, or null."
  ),
  Command.withShortDescription("Merge small packs, so that clones are fast"),
  Command.withExamples([{ command: "musehub repo pack ada/symphony", description: "Merge its packs now" }]),
  Command.provide(presentStorage)
)
