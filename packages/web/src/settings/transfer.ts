/** The offer of a repository, as the user sees it who may accept. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { acceptTransfer } from "@musehub/domain/usecase/repositories/transferRepository"
import { Effect } from "effect"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Empty, PostForm } from "../html/parts.ts"
import { page } from "../page/page.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, submission, untouched } from "../page/submission.ts"
import { framed, opened } from "../repository/Frame.ts"

const readOffer = ({ principal, root }: OpenRepository, draft: Draft) => {
  const { offeredTo, repository } = root.value
  const { owner, slug } = repository
  const isOffered = principal !== null && offeredTo === principal.user
  return {
    title: "Offer",
    body: isOffered
      ? h(
          PostForm,
          { to: repositoryAddress(repository, "transfer"), class: "panel form", label: "Offer" },
          h("h2", null, `${owner} offers you this repository`),
          h(Refusal, { problem: draft.refused }),
          h(
            "p",
            null,
            `It becomes ${principal.user}/${slug}, with all that is in it, and counts as yours. ${owner} keeps the ` +
              "role write, which you can take away. The former address leads to the new one."
          ),
          h("button", { class: "primary" }, "Accept it")
        )
      : h(Empty, { title: "This repository is not offered to you" })
  }
}

const offerPage = (draft: Draft) =>
  framed(opened("read"), { tab: null, isLive: draft.refused === null }, (open) =>
    Effect.succeed(readOffer(open, draft))
  )

export const transfer = page(offerPage(untouched))

export const acceptedTransfer = submission(offerPage, () =>
  Effect.map(Effect.flatMap(opened("participate"), acceptTransfer), (repository) => repositoryAddress(repository))
)
