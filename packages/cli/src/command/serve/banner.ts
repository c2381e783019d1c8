/**
 * The text that `musehub serve` prints once it serves: address and storage, and on the first start every step to a
 * first push.
 */
import { linkUrl } from "@musehub/domain/usecase/people/signIn/linkUrl"
import { Option, Redacted } from "effect"
import type { StorageConfiguration } from "../../config/Configuration.ts"
import { invocation } from "../../installation.ts"
import { shown } from "../../output.ts"
import type { FirstUser } from "./firstStart.ts"
import { localUrl } from "./localUrl.ts"

/** The contents of the banner. */
export interface Serving {
  readonly url: string
  /** Undefined if clients reach the hub at `url`. */
  readonly publicUrl: string | undefined
  readonly objectStore: string
  readonly index: string
  readonly storage: StorageConfiguration
  readonly first: Option.Option<FirstUser>
}

/** The hosts to which the client sends a token without TLS. */
const plainHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

const inMemory = ({ storage }: Serving) =>
  [storage.objectStore, storage.index].some(({ value }) => value.scheme === "memory")

const makeRepository = (serving: Serving, base: string, user: string): ReadonlyArray<string> => {
  const { storage } = serving
  // Another process would not see the data in this one's memory, so the request must go to the running hub.
  if (inMemory(serving)) {
    const body = JSON.stringify({ owner: user, name: "my-project", initialize: false })
    return [
      `curl --request POST --header 'Authorization: Bearer TOKEN' --header 'Content-Type: application/json' \\`,
      `     --data '${body}' ${base}/api/v1/repos`
    ]
  }
  const flagged = [storage.objectStore, storage.index].filter(({ source }) => source.startsWith("--"))
  const same = flagged.length === 0 ? "" : ` ${flagged.map(({ source }) => `${source} …`).join(" ")}`
  return [`${invocation}${same} repo create ${user}/my-project --no-initialize`]
}

const tokenLines = ({ token }: FirstUser): ReadonlyArray<string> =>
  token._tag === "Shown"
    ? ["It is shown only once:", "", `  ${Redacted.value(token.secret)}`]
    : [
        "This output is not a terminal, so the token is in a file that only the hub's user can read. Delete the",
        "file once the token is stored elsewhere:",
        "",
        `  ${shown(token.path)}`
      ]

const linkLines = ({ token, user }: FirstUser, base: string): ReadonlyArray<string> =>
  token._tag === "Shown"
    ? [
        `To be signed in as ${user} in a browser, open this within 10 minutes; ${invocation} login makes another:`,
        "",
        `  ${linkUrl(base, token.link.code)}`
      ]
    : [`To be signed in as ${user} in a browser, open the link that ${invocation} login prints.`]

const firstSteps = (serving: Serving, first: FirstUser): ReadonlyArray<string> => {
  const { user } = first
  const base = serving.publicUrl ?? localUrl(serving.url)
  return [
    "",
    `This is the first start, so the user ${user} was created, with a token that allows everything.`,
    ...tokenLines(first),
    "",
    ...linkLines(first, base),
    "",
    "To push a muse repository to this hub:",
    "",
    `  1. Store the token for the host ${new URL(base).host} with the client's login command.`,
    "  2. Create an empty repository here:",
    ...makeRepository(serving, base, user).map((line) => `       ${line}`),
    "  3. In your repository, point the client at it and push:",
    `       muse remote add origin ${base}/${user}/my-project`,
    "       muse push origin main"
  ]
}

/** Formats the banner. */
export const banner = (serving: Serving): string => {
  const { hostname, protocol } = new URL(serving.publicUrl ?? serving.url)
  const lines = [
    `MuseHub serves ${serving.url}${serving.publicUrl === undefined ? "" : `, known as ${serving.publicUrl}`}`,
    `  objects  ${serving.objectStore}`,
    `  index    ${serving.index}`,
    ...(Option.isSome(serving.first)
      ? firstSteps(serving, serving.first.value)
      : [`  tokens   ${invocation} token create --user NAME`, `  browser  ${invocation} login --user NAME`]),
    ...(inMemory(serving) ? ["", "Data in memory: is lost when the hub stops."] : []),
    ...(protocol === "https:" || plainHosts.has(hostname)
      ? []
      : [
          "",
          "The client sends a token over plain http only to localhost, 127.0.0.1 and ::1.",
          "For other machines, put a proxy that speaks https in front of this address (docs/deployment.md)."
        ]),
    "",
    "Ctrl-C stops the hub when the requests in flight are done."
  ]
  return lines.join("\n")
}
