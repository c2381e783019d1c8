/** Handlers of proposals. */
import { Discourse } from "@musehub/domain/repository/Proposal"
import { seenOf } from "@musehub/domain/repository/rule/SeenFields"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { proposalJson, proposalRowJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { showProposal, viewOf } from "@musehub/domain/usecase/proposals/showProposal"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import {
  CreatedComment,
  CreatedProposal,
  MergeAnswer,
  MergeRequest,
  NewComment,
  NewProposal,
  NewReview,
  ProposalEdit
} from "./contract/proposals.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

/** The maximum size of a body with a text, in bytes: the longest text in its longest JSON form. */
const discourseBytesMax = 512 * 1024

/** The same of an edit that says what it was begun on. */
const editBytesMax = 2 * discourseBytesMax

const nothing = Discourse.make("")

export const proposals = HttpApiBuilder.group(Api, "proposals", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query: { state, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          return yield* paged(yield* listProposals(open, { state }, yield* pageRequest(page)), proposalRowJson)
        })
      )
    )
    .handleRaw(
      "open",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "participate")
          const { bytes, value } = yield* jsonBody(NewProposal, discourseBytesMax)
          const { body = nothing, fromBranch: from, title, toBranch: to } = value
          const made = openProposal(open, { title, body, from, to })
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedProposal,
            status: 201,
            work: Effect.gen(function* () {
              const proposal = yield* made
              return proposalJson(yield* viewOf(open, open.root.value, { ...proposal, proposal }))
            })
          })
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          return proposalJson(yield* showProposal(yield* opened(params, "read"), params.number))
        })
      )
    )
    .handleRaw(
      "edit",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "participate")
          const { expect, ...edit } = (yield* jsonBody(ProposalEdit, editBytesMax)).value
          return proposalJson(yield* editProposal(open, params.number, edit, expect && seenOf(expect)))
        })
      )
    )
    .handle(
      "close",
      answering(({ params }) =>
        Effect.gen(function* () {
          return proposalJson(yield* closeProposal(yield* opened(params, "participate"), params.number))
        })
      )
    )
    .handle(
      "reopen",
      answering(({ params }) =>
        Effect.gen(function* () {
          return proposalJson(yield* reopenProposal(yield* opened(params, "participate"), params.number))
        })
      )
    )
    .handleRaw(
      "comment",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "participate")
          const { bytes, value } = yield* jsonBody(NewComment, discourseBytesMax)
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedComment,
            status: 201,
            work: commentOnProposal(open, params.number, value.body)
          })
        })
      )
    )
    .handleRaw(
      "review",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "participate")
          const { bytes, value } = yield* jsonBody(NewReview, discourseBytesMax)
          const { body = nothing, commitId: commit, verdict } = value
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedProposal,
            status: 201,
            work: Effect.map(reviewProposal(open, params.number, { verdict, body, commit }), proposalJson)
          })
        })
      )
    )
    .handle(
      "preview",
      answering(({ params }) =>
        Effect.gen(function* () {
          return yield* previewMerge(yield* opened(params, "read"), params.number)
        })
      )
    )
    .handleRaw(
      "merge",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { bytes, value } = yield* jsonBody(MergeRequest, discourseBytesMax)
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: MergeAnswer,
            status: 200,
            work: mergeProposal(open, params.number, value)
          })
        })
      )
    )
)
