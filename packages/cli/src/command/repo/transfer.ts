/**
 * `musehub repo transfer`: gives a repository to another user. The operator speaks for both of them; with `--as` the
 * command does one user's part, the offer of the owner or the acceptance of the new one.
 */
import { fullNameText } from "@musehub/domain/repository/Names"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { acceptTransfer, offerTransfer } from "@musehub/domain/usecase/repositories/transferRepository"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

export const transfer = Command.make(
  "transfer",
  {
    ...repositoryInput,
    user: Argument.String("USER").pipe(Argument.withDescription("The new owner, who must exist on the hub"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { name: user } = yield* showUser(given.user)
    const isAccepting = Option.contains(given.as, user)
    if (!isAccepting) {
      const offered = yield* offerTransfer(yield* opened(given, "admin"), user)
      if (Option.isSome(given.as)) {
        return yield* print(json, repositoryJson(offered), `${fullNameText(offered)} is offered to ${user}`)
      }
    }
    const accepted = yield* acceptTransfer(yield* opened({ ...given, as: Option.some(user) }, "participate"))
    yield* print(json, repositoryJson(accepted), fullNameText(accepted))
  })
).pipe(
  Command.withDescription(
    "Give a repository to another user, under the same slug. The former owner keeps the role write, and the former " +
      "name leads to the new one. With --as, only that user's part is done: the owner offers, and USER accepts. With " +
      "--json, after the change: repoId, owner, slug, name, visibility, archived, forkOf, domain, defaultBranch, " +
      "description, createdAt."
  ),
  Command.withShortDescription("Give a repository to another user"),
  Command.withExamples([
    { command: "musehub repo transfer ada/symphony grace", description: "ada/symphony is grace/symphony from now on" },
    { command: "musehub repo transfer ada/symphony grace --as ada", description: "Offer it to grace" },
    { command: "musehub repo transfer ada/symphony grace --as grace", description: "Accept it" }
  ]),
  Command.provide(storage)
)
