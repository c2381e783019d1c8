/** Handlers of repositories. */
import { Description, Domain } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { seenOf } from "@musehub/domain/repository/rule/SeenFields"
import { createRepository } from "@musehub/domain/usecase/repositories/createRepository"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { setArchived } from "@musehub/domain/usecase/repositories/archiveRepository"
import { checkCreator } from "@musehub/domain/usecase/repositories/establish"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import {
  acceptTransfer,
  offerTransfer,
  withdrawTransfer
} from "@musehub/domain/usecase/repositories/transferRepository"
import { visibleRepositories } from "@musehub/domain/usecase/repositories/visibleRepositories"
import { countStars } from "@musehub/domain/usecase/identities/countMarks"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { publicUrl } from "../proxy/Proxies.ts"
import { knownVisitor, visitor } from "../signIn/visitor.ts"
import { Api } from "./Api.ts"
import {
  CreatedRepository,
  NewFork,
  NewRepository,
  RepositoryChanges,
  RepositoryView,
  TransferOffer
} from "./contract/repositories.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

const defaults = {
  visibility: "private",
  description: Description.make(""),
  domain: Domain.make("code"),
  defaultBranch: "main",
  initialize: true
} as const

/** Returns how a repository is shown at a hub with this URL. */
export const repositoryView =
  (base: string) =>
  ({
    id,
    owner,
    name,
    slug,
    visibility,
    description,
    domain,
    defaultBranch,
    archived,
    forkOf,
    createdAt
  }: Repository): typeof RepositoryView.Type => ({
    repoId: id,
    owner,
    name,
    slug,
    visibility,
    description,
    domain,
    defaultBranch,
    archived,
    forkOf: forkOf === null ? null : forkOf.repository,
    cloneUrl: `${base}/${owner}/${slug}`,
    createdAt
  })

export const repositories = HttpApiBuilder.group(Api, "repositories", (handlers) =>
  handlers
    .handleRaw(
      "create",
      answering(() =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("creating a repository")
          const { bytes, value } = yield* jsonBody(NewRepository)
          const created = createRepository(principal, { ...defaults, ...value })
          return yield* idempotent({
            by: yield* checkCreator(principal, value.owner),
            content: bytes,
            schema: CreatedRepository,
            status: 201,
            work: Effect.map(created, repositoryView(yield* publicUrl))
          })
        })
      )
    )
    .handle(
      "list",
      answering(({ query: { owner, ...page } }) =>
        Effect.gen(function* () {
          const found = yield* visibleRepositories(yield* visitor, { owner }, yield* pageRequest(page))
          return yield* paged(found, repositoryView(yield* publicUrl))
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const view = repositoryView(yield* publicUrl)(open.root.value.repository)
          return { ...view, stars: yield* countStars(open) }
        })
      )
    )
    .handleRaw(
      "change",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "admin")
          const { expect, ...wanted } = (yield* jsonBody(RepositoryChanges)).value
          return repositoryView(yield* publicUrl)(yield* changeSettings(open, wanted, expect && seenOf(expect)))
        })
      )
    )
    .handle(
      "archive",
      answering(({ params }) =>
        Effect.gen(function* () {
          return repositoryView(yield* publicUrl)(yield* setArchived(yield* opened(params, "oversee"), true))
        })
      )
    )
    .handle(
      "unarchive",
      answering(({ params }) =>
        Effect.gen(function* () {
          return repositoryView(yield* publicUrl)(yield* setArchived(yield* opened(params, "oversee"), false))
        })
      )
    )
    .handleRaw(
      "fork",
      answering(({ params }) =>
        Effect.gen(function* () {
          const principal = yield* knownVisitor("forking a repository")
          const open = yield* opened(params, "read")
          const { bytes, value } = yield* jsonBody(NewFork)
          return yield* idempotent({
            by: yield* checkCreator(principal, principal.user),
            content: bytes,
            schema: CreatedRepository,
            status: 201,
            work: Effect.map(forkRepository(open, value), repositoryView(yield* publicUrl))
          })
        })
      )
    )
    .handleRaw(
      "offer",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "admin")
          const { bytes, value } = yield* jsonBody(TransferOffer)
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: RepositoryView,
            status: 200,
            work: Effect.map(offerTransfer(open, value.owner), repositoryView(yield* publicUrl))
          })
        })
      )
    )
    .handle(
      "withdraw",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* withdrawTransfer(yield* opened(params, "admin"))
        })
      )
    )
    .handle(
      "accept",
      answering(({ params }) =>
        Effect.gen(function* () {
          return repositoryView(yield* publicUrl)(yield* acceptTransfer(yield* opened(params, "participate")))
        })
      )
    )
)
