/** How one repository is stored: its packs, when verify read it last, and what it found. */
import { type StoredAmount } from "@musehub/domain/hub/verification/StoredAmount"
import type { VerifiedRepository } from "@musehub/domain/hub/verification/VerifiedRepository"
import type { PackRef } from "@musehub/domain/repository/PackRef"
import { repositoryHealth } from "@musehub/domain/usecase/operations/repositoryHealth"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Time } from "../html/parts.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { amountText, PackSizes } from "./Amounts.ts"
import { Cost } from "./Cost.ts"
import { Findings } from "./Findings.ts"
import { attemptedPart, Section, shownPart } from "../page/Section.ts"
import { PendingWork } from "./Services.ts"

const Read = ({ verified }: { readonly verified: VerifiedRepository | null }): VNode => {
  const at = (read: VerifiedRepository["bytes"] | undefined) =>
    read === undefined || read === null ? "never" : [h(Time, { at: read.at }), `, of root ${read.sequence}`]
  return h(
    "dl",
    { class: "facts" },
    h("dt", null, "All but blobs"),
    h("dd", null, at(verified?.objects)),
    h("dt", null, "Every byte"),
    h("dd", null, at(verified?.bytes)),
    verified === null ? null : [h("dt", null, "By version"), h("dd", null, verified.version)]
  )
}

/** What there is: the packs that the root names now, and the large blobs that verify saw. */
const amountNow = (packs: ReadonlyArray<PackRef>, verified: VerifiedRepository | null): StoredAmount => ({
  packs: packs.length,
  packBytes: packs.reduce((sum, { size }) => sum + size, 0),
  blobs: verified?.stored?.amount.blobs ?? 0,
  blobBytes: verified?.stored?.amount.blobBytes ?? 0
})

export const storage = repositoryPage("insights", (open) =>
  Effect.gen(function* () {
    const read = yield* repositoryHealth(open)
    const verified = yield* attemptedPart(read.verified)
    const known = Result.isSuccess(verified) ? verified.success : null
    const findings = yield* attemptedPart(read.findings)
    return {
      title: "Storage",
      body: h(
        Fragment,
        null,
        h(
          Section,
          { title: "Packs" },
          shownPart(yield* attemptedPart(read.packs), (packs) => [
            h("p", null, `${amountText(amountNow(packs, known))}.`),
            h(PackSizes, { packs })
          ])
        ),
        h(
          Section,
          { title: "Verification" },
          h("p", null, "When verify last read it without faults:"),
          shownPart(verified, () => h(Read, { verified: known }))
        ),
        shownPart(findings, (found) =>
          found === null ? null : h(Section, { title: "Findings" }, h(Findings, { findings: found, left: 0 }))
        ),
        h(
          Section,
          { title: "To derive" },
          shownPart(yield* attemptedPart(read.pending), (pending) =>
            h(PendingWork, { pending, extractor: read.extractor })
          )
        ),
        shownPart(yield* attemptedPart(read.packs), (packs) =>
          h(Section, { title: "What it costs" }, h(Cost, { amount: amountNow(packs, known) }))
        )
      )
    }
  })
)
