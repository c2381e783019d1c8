/**
 * `musehub status`: shows where object store and index are and what they hold. Fails, naming the one, if either does
 * not answer.
 */
import { status as readStatus } from "@musehub/domain/usecase/operations/status"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, print } from "../output.ts"
import { indexLine } from "./probe/indexLine.ts"
import { musehub, storage } from "./musehub.ts"

export const status = Command.make(
  "status",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const { objectStore, index, counts, indexProbe, probe } = yield* readStatus()
    const fitness = probe === null ? "never probed" : `${probe.fit ? "fit" : "NOT fit"}, probed ${probe.at}`
    yield* print(
      json,
      { objectStore, index, counts, indexProbe, probe },
      columns([
        ["objects", `${objectStore}  (${fitness})`],
        ["index", `${index}  (${indexLine(indexProbe)})`],
        ["repositories", String(counts.repositories)],
        ["commits", String(counts.commits)],
        ["snapshots", String(counts.snapshots)],
        ["blobs", String(counts.blobs)]
      ])
    )
  })
).pipe(
  Command.withDescription(
    "Show where objects and index are stored, what the index holds, and the last probe's result. Exit code 3 if " +
      "either does not answer. With --json: objectStore, index, counts, indexProbe, probe (of the " +
      "object store, or null)."
  ),
  Command.withShortDescription("Show where data is stored and whether it is available"),
  Command.provide(storage)
)
