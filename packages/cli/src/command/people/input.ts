/** What the commands about people share. */
import type { UserName } from "@musehub/domain/repository/Names"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { hint, shown } from "../../output.ts"
import { userFlag } from "../names.ts"

export const asFlag = userFlag("as").pipe(
  Flag.withDescription("Act as this user, with that user's access; default: the handle itself"),
  Flag.optional
)

/** Returns who asks. The acting user must exist on the hub. */
export const actingUser = (handle: string, as: Option.Option<UserName>) =>
  Effect.map(showUser(Option.getOrElse(as, () => handle)), ({ name }) => actingAs(name))

/** Says on stderr what is wrong with documents. */
export const warnOf = (invalid: ReadonlyArray<string>) =>
  Effect.forEach(invalid, (reason) => hint(`warning: it counts as absent, since it is not valid: ${shown(reason)}`), {
    discard: true
  })
