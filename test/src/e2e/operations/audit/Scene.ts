/** What calls that the audit log tells of begin with, and the parts of them that several have. */
import { Effect } from "effect"
import type { Answer } from "../../hub/Http.ts"
import type { Hub } from "../../hub/Hub.ts"
import type { Growing } from "../../muse/history.ts"
import { ok, refs, type Target } from "../../muse/MuseClient.ts"
import type { Sendable } from "../../muse/Value.ts"

/** The tokens: each user's own, and one of ada's that may only write. */
export type Who = "ada" | "bob" | "ada's writer"

/** What a row begins with: a repository of ada's with the branches `main` and `side`, which has a commit more. */
export interface Scene {
  readonly hub: Hub
  readonly target: Target
  readonly local: Growing
  readonly first: string
  readonly rest: (who: Who, method: string, path: string, body?: Sendable) => Effect.Effect<Answer>
  /** The same of a path below the repository. */
  readonly at: (who: Who, method: string, path: string, body?: Sendable) => Effect.Effect<Answer>
  readonly pushBack: Effect.Effect<Answer>
  readonly secrets: Set<string>
}

export const repos = "/api/v1/repos/:owner/:slug"
export const protection = { approvals: 1, selfApproval: false }
export const loose = { approvals: 0, selfApproval: true }
export const protect = (rule: Sendable) => (scene: Scene) =>
  ok(scene.at("ada", "PUT", "/branches/main/protection", rule))
export const grant = (role: string) => (scene: Scene) => ok(scene.at("ada", "PUT", "/collaborators/bob", { role }))
export const archive = (scene: Scene) => ok(scene.at("ada", "PUT", "/archive"))
export const idOf = (target: Target) => Effect.map(refs(target), ({ id }) => id)
