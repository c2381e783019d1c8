/** How much a proposal and a repository hold. */
import { assert, describe, it } from "@effect/vitest"
import { BranchName } from "@musehub/domain/repository/Names"
import { Discourse } from "@musehub/domain/repository/Proposal"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { conversationBytesMax, openProposalsMax } from "@musehub/domain/usecase/proposals/proposalRules"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { Effect } from "effect"
import { at } from "../support/hubSamples.ts"
import { number, changeRoot, world, asking, propose, show, close, listed } from "../support/proposalSamples.ts"

describe("proposals, limits", () => {
  it.effect("a conversation is limited, and a full one can still be closed", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const open = yield* asking(hub, repository)
      const long = Discourse.make("x".repeat(65_536))
      const say = at(hub)(commentOnProposal(open, number(1), long))
      const whole = Math.floor(conversationBytesMax / 65_536) - 1
      const comments = yield* Effect.replicateEffect(say, whole)
      assert.deepStrictEqual(
        comments.map(({ id }) => id),
        Array.from({ length: whole }, (_, place) => place + 1)
      )
      for (const refused of [
        Effect.flip(say),
        Effect.flip(at(hub)(reviewProposal(open, number(1), { verdict: "approve", body: long }))),
        Effect.flip(at(hub)(editProposal(open, number(1), { body: long })))
      ]) {
        const full = yield* refused
        assert.deepInclude(full, { _tag: "ProposalRefused", reason: "the conversation is full" })
      }
      assert.strictEqual((yield* close(hub, repository)).comments.length, whole)
    })
  )

  it.effect("text may contain any Unicode character", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const odd =
        'NUL \0, bell \u{7}, "quotes\\", \u{2028}, \u{feff}, \u{1f9d1}\u{200d}\u{1f3a4}, e\u{301}, \u{202e}rtl'
      yield* propose(hub, repository, { title: odd })
      const open = yield* asking(hub, repository)
      yield* at(hub)(commentOnProposal(open, number(1), Discourse.make(`${odd}\n`)))
      const shown = yield* show(hub, repository)
      assert.strictEqual(shown.title, odd)
      assert.strictEqual(shown.comments[0]?.body, `${odd}\n`)
      assert.deepStrictEqual(
        (yield* listed(hub, repository)).map(({ title }) => title),
        [odd]
      )
    })
  )

  it.effect("a repository has a limit of open proposals", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* changeRoot(hub, repository, () => ({
        proposals: {
          last: openProposalsMax,
          open: Array.from({ length: openProposalsMax }, (_, place) => ({
            number: number(place + 1),
            from: BranchName.make(`topic-${place}`),
            to: BranchName.make("main")
          }))
        }
      }))
      assert.deepInclude(yield* Effect.flip(propose(hub, repository)), { _tag: "ProposalRefused" })
    })
  )
})
