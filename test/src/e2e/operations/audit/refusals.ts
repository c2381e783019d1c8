/** Calls that a rule of the repository or of the hub refuses. Those by roles and scopes are in `api/policy.test.ts`. */
import { Effect } from "effect"
import type { Answer } from "../../hub/Http.ts"
import { commitTo } from "../../muse/history.ts"
import { bundleFor, pushBody } from "../../muse/LocalRepository.ts"
import { ok, post } from "../../muse/MuseClient.ts"
import { archive, grant, idOf, loose, protect, protection, repos, type Scene } from "./Scene.ts"

export interface Refused {
  readonly what: string
  readonly route: string
  readonly by: "ada" | "bob"
  readonly first?: (scene: Scene) => Effect.Effect<unknown>
  readonly run: (scene: Scene) => Effect.Effect<Answer>
  readonly status: number
  readonly about?: string
  readonly reason: RegExp
}

const propose = (scene: Scene) =>
  ok(scene.at("ada", "POST", "/proposals", { title: "t", body: "", fromBranch: "side", toBranch: "main" }))

const forwardOnly = /^branch "main" is protected: it only moves forward$/
const onlyProposals = /^branch "main" is protected: it changes only by merging approved proposals$/
const otherDefault = ({ at }: Scene) => ok(at("ada", "PATCH", "", { defaultBranch: "side" }))

export const refused: ReadonlyArray<Refused> = [
  {
    what: "a forced push to a protected branch",
    route: "POST /:owner/:slug/push",
    by: "ada",
    first: protect(loose),
    run: ({ pushBack }) => pushBack,
    status: 403,
    reason: forwardOnly
  },
  {
    what: "a push to a branch that needs approvals",
    route: "POST /:owner/:slug/push",
    by: "ada",
    first: protect(protection),
    run: ({ local, target }) => {
      const tip = commitTo(local, "main", { "a.txt": "one" })
      return post(target, "push", pushBody(local, bundleFor(local, tip, local.heads.values()), "main"))
    },
    status: 403,
    reason: onlyProposals
  },
  {
    what: "deleting a protected branch",
    route: `DELETE ${repos}/branches/:name`,
    by: "ada",
    first: (scene) => Effect.andThen(otherDefault(scene), protect(loose)(scene)),
    run: ({ at }) => at("ada", "DELETE", "/branches/main"),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "renaming a protected branch",
    route: `PATCH ${repos}/branches/:name`,
    by: "ada",
    first: protect(loose),
    run: ({ at }) => at("ada", "PATCH", "/branches/main", { name: "other" }),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "restoring a protected branch",
    route: `POST ${repos}/branches/:name/restore`,
    by: "ada",
    first: protect(loose),
    run: ({ at, first }) => at("ada", "POST", "/branches/main/restore", { commitId: first }),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "a commit of files to a branch that needs approvals",
    route: `POST ${repos}/commits`,
    by: "ada",
    first: protect(protection),
    run: ({ at }) =>
      at("ada", "POST", "/commits", {
        branch: "main",
        message: "m",
        changes: [{ op: "put", path: "b.txt", contentBase64: "Yg==" }]
      }),
    status: 403,
    reason: onlyProposals
  },
  {
    what: "a merge without the approvals that protection asks for",
    route: `POST ${repos}/proposals/:number/merge`,
    by: "ada",
    first: (scene) => Effect.andThen(protect(protection)(scene), propose(scene)),
    run: ({ at }) => at("ada", "POST", "/proposals/1/merge", { strategy: "squash" }),
    status: 409,
    reason: /^proposal 1 has 0 of 1 approvals/
  },
  {
    what: "an approval of one's own work",
    route: `POST ${repos}/proposals/:number/reviews`,
    by: "ada",
    first: (scene) => Effect.andThen(protect(protection)(scene), propose(scene)),
    run: ({ at }) => at("ada", "POST", "/proposals/1/reviews", { verdict: "approve", body: "" }),
    status: 403,
    reason: /ada/
  },
  {
    what: "a change of an archived repository",
    route: `POST ${repos}/branches`,
    by: "ada",
    first: archive,
    run: ({ at }) => at("ada", "POST", "/branches", { name: "new", from: "main" }),
    status: 403,
    reason: /is archived/
  },
  {
    what: "a transfer by another administrator than the owner",
    route: `POST ${repos}/transfer`,
    by: "bob",
    first: grant("admin"),
    run: ({ at }) => at("bob", "POST", "/transfer", { owner: "bob" }),
    status: 403,
    reason: /^only its owner can transfer/
  },
  {
    what: "a public fork of a private repository",
    route: `POST ${repos}/forks`,
    by: "bob",
    first: (scene) => Effect.andThen(ok(scene.at("ada", "PATCH", "", { visibility: "private" })), grant("read")(scene)),
    run: ({ at }) => at("bob", "POST", "/forks", { visibility: "public" }),
    status: 403,
    reason: /^a fork of a private repository is private$/
  },
  {
    what: "a push by an older agent without write access",
    route: "POST /api/v1/repos/:repoId/push",
    by: "bob",
    run: ({ rest, target }) =>
      Effect.flatMap(idOf(target), (id) => rest("bob", "POST", `/repos/${id}/push`, { branch: "main" })),
    status: 403,
    about: "its id",
    reason: /^bob has no write access to ada\//
  },
  {
    what: "a repository for another owner",
    route: "POST /api/v1/repos",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/repos", { owner: "bob", name: "brand-new", visibility: "private" }),
    status: 403,
    about: "ada",
    reason: /^ada cannot create repositories of bob$/
  },
  {
    what: "a token made with one that only writes",
    route: "POST /api/v1/user/tokens",
    by: "ada",
    run: ({ rest }) => rest("ada's writer", "POST", "/user/tokens", { scope: "admin" }),
    status: 403,
    about: "ada",
    reason: /^tokens are managed with a token of admin scope/
  }
]
