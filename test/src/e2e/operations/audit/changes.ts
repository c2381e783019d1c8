/** The calls that change rights or take history away, and the lines that each adds to the audit log. */
import { claimName } from "@musehub/domain/invariant/NameClaims"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Slug, UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { Effect, Redacted } from "effect"
import type { Answer } from "../../hub/Http.ts"
import { call, createRepository, ok } from "../../muse/MuseClient.ts"
import { Browser } from "../../signIn/Browser.ts"
import { archive, grant, idOf, loose, protect, protection, repos, type Scene } from "./Scene.ts"

interface Line {
  readonly action: string
  /** Without it, what the row's repository is called. */
  readonly about?: string | RegExp
  /** One for each detail. */
  readonly details: ReadonlyArray<string | RegExp>
}

export interface Row {
  /** The method and the route of the call. */
  readonly route: string
  readonly by: "ada" | "bob"
  readonly first?: (scene: Scene) => Effect.Effect<unknown>
  readonly run: (scene: Scene) => Effect.Effect<Answer>
  readonly lines: ReadonlyArray<Line>
}

const hex = "[0-9a-f]{64}"
const offer = (scene: Scene) => ok(scene.at("ada", "POST", "/transfer", { owner: "bob" }))
const field = (answer: Answer, name: string): string =>
  String((JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>)[name])
const release = (scene: Scene) => scene.at("ada", "POST", "/releases", { tag: "v1.0.0", commitId: scene.first })
const tag = (scene: Scene) => scene.at("ada", "POST", "/tags", { tag: "best take", commitId: scene.first })
const token = (scene: Scene) =>
  Effect.tap(scene.rest("ada", "POST", "/user/tokens", { scope: "read" }), (answer) =>
    Effect.sync(() => scene.secrets.add(field(answer, "secret")))
  )
export const done: ReadonlyArray<Row> = [
  {
    route: "POST /api/v1/repos",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/repos", { owner: "ada", name: "brand-new", visibility: "private" }),
    lines: [{ action: "create-repository", about: "ada/brand-new", details: [] }]
  },
  {
    route: `PATCH ${repos}`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "", { visibility: "private" }),
    lines: [{ action: "change-settings", details: ['setting visibility: "private"'] }]
  },
  {
    route: `PATCH ${repos}`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "", { name: "another-name" }),
    lines: [{ action: "rename", details: ['setting name: "another-name"', 'setting slug: "another-name"'] }]
  },
  {
    // Another repository was about to take the name, and its hub ended in between.
    route: `PATCH ${repos}`,
    by: "ada",
    first: ({ hub, target }) =>
      Effect.gen(function* () {
        const other = yield* createRepository(hub.url, target.token ?? "", "ada/overtaken")
        const name = { owner: UserName.make("ada"), slug: Slug.make("wanted") }
        yield* claimName(name, RepositoryId.make(yield* idOf(other)), 0, UserName.make("ada")).pipe(
          Effect.provideContext(hub.services),
          Effect.orDie
        )
      }),
    run: ({ at }) => at("ada", "PATCH", "", { name: "wanted" }),
    lines: [
      { action: "abandon-rename", about: "ada/overtaken", details: [] },
      { action: "rename", details: ['setting name: "wanted"', 'setting slug: "wanted"'] }
    ]
  },
  {
    route: `PUT ${repos}/archive`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/archive"),
    lines: [{ action: "archive", details: ["setting archived: true"] }]
  },
  {
    route: `DELETE ${repos}/archive`,
    by: "ada",
    first: archive,
    run: ({ at }) => at("ada", "DELETE", "/archive"),
    lines: [{ action: "unarchive", details: ["setting archived: false"] }]
  },
  {
    route: `POST ${repos}/forks`,
    by: "bob",
    run: ({ at }) => at("bob", "POST", "/forks", {}),
    lines: [{ action: "fork", about: /^bob\/scene-\d+$/, details: [] }]
  },
  {
    route: `POST ${repos}/transfer`,
    by: "ada",
    run: ({ at }) => at("ada", "POST", "/transfer", { owner: "bob" }),
    lines: [{ action: "offer-transfer", details: ['offer to: "bob"'] }]
  },
  {
    route: `DELETE ${repos}/transfer`,
    by: "ada",
    first: offer,
    run: ({ at }) => at("ada", "DELETE", "/transfer"),
    lines: [{ action: "offer-transfer", details: ["offer to: null"] }]
  },
  {
    route: `POST ${repos}/transfer/accept`,
    by: "bob",
    first: offer,
    run: ({ at }) => at("bob", "POST", "/transfer/accept"),
    lines: [{ action: "transfer", details: ['grant of ada: "write"', 'setting owner: "bob"', "offer to: null"] }]
  },
  {
    route: `PATCH ${repos}/branches/:name`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "/branches/side", { name: "other" }),
    lines: [
      {
        action: "rename-branch",
        details: [new RegExp(`^refs/heads/side: ${hex} to none$`), new RegExp(`^refs/heads/other: none to ${hex}$`)]
      }
    ]
  },
  {
    route: `DELETE ${repos}/branches/:name`,
    by: "bob",
    first: grant("write"),
    run: ({ at }) => at("bob", "DELETE", "/branches/side"),
    lines: [{ action: "delete-branch", details: [new RegExp(`^refs/heads/side: ${hex} to none$`)] }]
  },
  {
    route: `POST ${repos}/branches/:name/restore`,
    by: "ada",
    first: ({ at }) => at("ada", "DELETE", "/branches/side"),
    run: ({ at, local }) => at("ada", "POST", "/branches/side/restore", { commitId: local.heads.get("side") ?? "" }),
    lines: [{ action: "restore-branch", details: [new RegExp(`^refs/heads/side: none to ${hex}$`)] }]
  },
  {
    route: `PUT ${repos}/branches/:name/protection`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/branches/main/protection", protection),
    lines: [{ action: "protect-branch", details: [`protection of main: ${JSON.stringify(protection)}`] }]
  },
  {
    route: `DELETE ${repos}/branches/:name/protection`,
    by: "ada",
    first: protect(loose),
    run: ({ at }) => at("ada", "DELETE", "/branches/main/protection"),
    lines: [{ action: "protect-branch", details: ["protection of main: none"] }]
  },
  {
    route: `DELETE ${repos}/tags/:id`,
    by: "ada",
    run: (scene) => Effect.flatMap(tag(scene), (made) => scene.at("ada", "DELETE", `/tags/${field(made, "tagId")}`)),
    lines: [{ action: "delete-tag", details: [new RegExp(`^tag best take at ${hex}: none$`)] }]
  },
  {
    route: `DELETE ${repos}/releases/:tag`,
    by: "ada",
    first: release,
    run: ({ at }) => at("ada", "DELETE", "/releases/v1.0.0"),
    lines: [{ action: "delete-release", details: ["release v1.0.0: none"] }]
  },
  {
    route: "DELETE /:owner/:slug/releases/:tag",
    by: "ada",
    first: release,
    run: ({ target }) => call(target, "DELETE", "releases/v1.0.0"),
    lines: [{ action: "delete-release", details: ["release v1.0.0: none"] }]
  },
  {
    route: `PUT ${repos}/collaborators/:user`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/collaborators/bob", { role: "admin" }),
    lines: [{ action: "change-collaborators", details: ['grant of bob: "admin"'] }]
  },
  {
    route: `DELETE ${repos}/collaborators/:user`,
    by: "ada",
    first: grant("read"),
    run: ({ at }) => at("ada", "DELETE", "/collaborators/bob"),
    lines: [{ action: "change-collaborators", details: ["grant of bob: none"] }]
  },
  {
    route: "POST /api/v1/user/tokens",
    by: "ada",
    run: token,
    lines: [
      {
        action: "create-token",
        about: /^[0-9a-f]{12}$/,
        details: ["of ada", "scope read", "repository any", "expires never"]
      }
    ]
  },
  {
    route: "POST /api/v1/sign-in-links",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/sign-in-links"),
    lines: [{ action: "create-sign-in-link", about: /^[0-9a-f]{12}$/, details: ["of ada", /^expires /] }]
  },
  {
    route: "DELETE /api/v1/sessions/:id",
    by: "ada",
    run: ({ hub, rest }) =>
      Effect.gen(function* () {
        const { code } = yield* Effect.provideContext(createLink(UserName.make("ada"), null), hub.services)
        yield* new Browser(hub.url).signIn(Redacted.value(code))
        const { items } = JSON.parse(new TextDecoder().decode((yield* rest("ada", "GET", "/sessions")).body)) as {
          readonly items: ReadonlyArray<{ readonly id: string }>
        }
        return yield* rest("ada", "DELETE", `/sessions/${items[0]?.id}`)
      }).pipe(Effect.orDie),
    lines: [{ action: "end-session", about: /^[0-9a-f]{12}$/, details: ["of ada"] }]
  },
  {
    route: "DELETE /api/v1/user/tokens/:id",
    by: "ada",
    run: (scene) =>
      Effect.gen(function* () {
        const path = `/user/tokens/${field(yield* token(scene), "id")}`
        const answer = yield* scene.rest("ada", "DELETE", path)
        // Revoking it again changes nothing.
        yield* scene.rest("ada", "DELETE", path)
        return answer
      }),
    lines: [
      {
        action: "revoke-token",
        about: /^[0-9a-f]{12}$/,
        details: ["of ada", "scope read", "repository any", "expires never"]
      }
    ]
  },
  {
    route: "POST /:owner/:slug/push",
    by: "ada",
    run: ({ pushBack }) => pushBack,
    lines: [{ action: "force-push", details: [new RegExp(`^refs/heads/main: ${hex} to ${hex}$`)] }]
  }
]
