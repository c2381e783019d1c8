/** How the hub is, for its operators: what commands noted in the store, and what the index says at the moment. */
import { noVerification } from "@musehub/domain/hub/verification/VerificationReport"
import { hubHealth } from "@musehub/domain/usecase/operations/hubHealth"
import { Effect } from "effect"
import { Fragment } from "preact"
import { h } from "../html/h.ts"
import { Name } from "../html/visible.ts"
import { caller, page } from "../page/page.ts"
import { Repositories } from "./Amounts.ts"
import { Cost } from "./Cost.ts"
import { Coverage } from "./Coverage.ts"
import { Findings } from "./Findings.ts"
import { attemptedPart, Section, shownPart } from "../page/Section.ts"
import { Drill, IndexState, PendingWork, StoreState } from "./Services.ts"

const title = "Storage health"

export const health = page(
  Effect.gen(function* () {
    const read = yield* hubHealth(yield* caller)
    const { extractor, index, objectStore } = read
    const verification = yield* attemptedPart(read.verification)
    const noted = shownPart(verification, (report) => {
      const { findings, findingsLeft, runs, stock } = report ?? noVerification
      return [
        h(Section, { title: "Verification" }, h(Coverage, { runs })),
        h(Section, { title: "Findings" }, h(Findings, { findings, left: findingsLeft })),
        stock === null ? null : h(Section, { title: "What is stored" }, h(Repositories, { stock })),
        stock === null ? null : h(Section, { title: "What it costs" }, h(Cost, { amount: stock.amount }))
      ]
    })
    return {
      title,
      body: h(
        Fragment,
        null,
        h("h1", null, title),
        h(
          Section,
          { title: "Store and index" },
          h("h3", null, "Objects"),
          h("p", null, h("code", null, h(Name, { text: objectStore }))),
          shownPart(yield* attemptedPart(read.probe), (probe) => h(StoreState, { probe })),
          h("h3", null, "Index"),
          h("p", null, h("code", null, h(Name, { text: index }))),
          shownPart(yield* attemptedPart(read.indexReport), (report) => h(IndexState, { report }))
        ),
        noted,
        h(
          Section,
          { title: "To derive" },
          shownPart(yield* attemptedPart(read.pending), (pending) => h(PendingWork, { pending, extractor }))
        ),
        h(
          Section,
          { title: "Last drill" },
          shownPart(yield* attemptedPart(read.drill), (report) => h(Drill, { report }))
        )
      )
    }
  })
)
