/** Rows of the pages about people, and of what people set. */
import { once } from "node:events"
import { createRepository, send } from "../../load/client/client.ts"
import { hubUser } from "../../load/Hub.ts"
import { callJson, type Stage } from "../Stage.ts"
import { type Asked, row, type Row, text } from "./Row.ts"
import { begun, signedIn } from "./signInRows.ts"

const repository = "/{owner}/{slug}"
const rulesMax = 1000

/** A user with more tokens than a page lists, and as many sessions as there may be. */
const account = async (stage: Stage) => {
  for (let token = 0; token < 40; token++) await callJson(stage.hub, "POST", "/api/v1/user/tokens", { scope: "read" })
  for (let session = 0; session < 20; session++) await begun(stage)
  return await signedIn(stage)
}

const names = (count: number, name: (place: number) => string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, place) => name(place))

/** An identity whose documents are as large as they may be. */
const identity = async ({ hub }: Stage): Promise<void> => {
  const { path } = await createRepository(hub, hubUser, "identity")
  const documents = {
    "profile.json": {
      type: "org",
      displayName: text(255),
      bio: text(10_000)
    },
    "social.json": {
      follows: names(5000, (place) => `user-${place}`),
      stars: names(5000, (place) => `user/star-${place}`)
    },
    "members.json": {
      members: names(5000, (place) => `user-${place}`).map((user) => ({ user, role: "member", teams: [] })),
      teams: names(200, (place) => `team-${place}`).map((name) => ({ name, grants: [] }))
    }
  }
  const changes = Object.entries(documents).map(([file, document]) => ({
    op: "put",
    path: file,
    contentBase64: Buffer.from(JSON.stringify(document)).toString("base64")
  }))
  await callJson(hub, "POST", `/api/v1/repos${path}/commits`, { branch: "main", message: "m", changes })
}

/** A repository with as many rules as there may be. */
const ruled = async (stage: Stage): Promise<string> => {
  const { path } = await stage.empty()
  for (const branch of names(rulesMax, (place) => `rule-${place}-${text(100)}`)) {
    const rule = { approvals: 1, selfApproval: false }
    await callJson(stage.hub, "PUT", `/api/v1/repos${path}/branches/${branch}/protection`, rule)
  }
  return path
}

const form = (part: string, fields?: { readonly [name: string]: string }) => async (stage: Stage) =>
  (await signedIn(stage))(`${stage.full.path}/-/${part}`, fields)

/** Sends the form of a page, and reads its answer. */
const sendForm = async ({ hub }: Stage, { body, media, path }: Asked): Promise<void> => {
  const answer = await send(hub, "POST", path, body, media)
  answer.resume()
  await once(answer, "end")
}

const gone = async (stage: Stage, fields?: { readonly [name: string]: string }) => {
  const { path } = await stage.empty()
  const ask = await signedIn(stage)
  const body = ask(`${path}/-/settings/danger`, { do: "delete", name: path.slice(1) })
  await sendForm(stage, body)
  return ask(`${path}/-/deleted`, fields)
}

export const peopleRows: ReadonlyArray<Row> = [
  row("GET /-/account", "pages of 30 tokens, 20 sessions", async (stage) => (await account(stage))("/-/account")),
  row("POST /-/account", "a new token", async (stage) =>
    (await signedIn(stage))("/-/account", { do: "make-token", scope: "read", seen: "once" })
  ),
  row("GET /-/people/{handle}", "documents at their limits", async (stage) => {
    await identity(stage)
    return { path: `/-/people/${hubUser}`, media: { accept: "text/html" } }
  }),
  row("GET /-/people/{handle}/members", "5,000 members, 200 teams", () => ({
    path: `/-/people/${hubUser}/members`,
    media: { accept: "text/html" }
  })),
  row(`GET ${repository}/-/settings`, "{branches} branches", form("settings")),
  row(`POST ${repository}/-/settings`, "{branches} branches, 10,000 characters", async (stage) =>
    form("settings", { do: "save", name: "full", description: text(10_000), defaultBranch: "main" })(stage)
  ),
  row(`GET ${repository}/-/settings/collaborators`, "{branches} branches", form("settings/collaborators")),
  row(
    `POST ${repository}/-/settings/collaborators`,
    "{branches} branches",
    form("settings/collaborators", { do: "remove", user: "nobody" })
  ),
  row(`GET ${repository}/-/settings/branches`, "1,000 protected branches", async (stage) =>
    (await signedIn(stage))(`${await ruled(stage)}/-/settings/branches`)
  ),
  row(
    `POST ${repository}/-/settings/branches`,
    "{branches} branches",
    form("settings/branches", { do: "protect", branch: "rule", approvals: "1" })
  ),
  row(`GET ${repository}/-/settings/danger`, "{branches} branches", form("settings/danger")),
  row(`POST ${repository}/-/settings/danger`, "archiving", async (stage) => {
    const { path } = await stage.empty()
    return (await signedIn(stage))(`${path}/-/settings/danger`, { do: "archive" })
  }),
  row(`GET ${repository}/-/transfer`, "{branches} branches", form("transfer")),
  row(`POST ${repository}/-/transfer`, "by its owner", form("transfer", {})),
  row(`GET ${repository}/-/deleted`, "", (stage) => gone(stage)),
  row(`POST ${repository}/-/deleted`, "", (stage) => gone(stage, {})),
  row("GET /-/account/deleted", "100 deleted repositories", async (stage) => {
    const ask = await signedIn(stage)
    for (let place = 0; place < 100; place++) {
      const { path } = await stage.empty()
      await sendForm(stage, ask(`${path}/-/settings/danger`, { do: "delete", name: path.slice(1) }))
    }
    return ask("/-/account/deleted")
  })
]
