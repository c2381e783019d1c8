/** Rows of the pages about people, and of what people set. */
import { callJson, type Stage } from "../Stage.ts"
import { row, type Row } from "./Row.ts"
import { begun, signedIn } from "./signInRows.ts"

/** A user with more tokens than a page lists, and as many sessions as there may be. */
const account = async (stage: Stage) => {
  for (let token = 0; token < 40; token++) await callJson(stage.hub, "POST", "/api/v1/user/tokens", { scope: "read" })
  for (let session = 0; session < 20; session++) await begun(stage)
  return await signedIn(stage)
}

export const peopleRows: ReadonlyArray<Row> = [
  row("GET /-/account", "pages of 30 tokens, 20 sessions", async (stage) => (await account(stage))("/-/account")),
  row("POST /-/account", "a new token", async (stage) =>
    (await signedIn(stage))("/-/account", { do: "make-token", scope: "read", seen: "once" })
  )
]
