/**
 * `musehub status`: where the two halves of the hub lie and what they hold. Fails, naming the half, when one does not
 * answer.
 */
import { status as readStatus } from "@musehub/domain/usecase/operations/status"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, print } from "../output.ts"
import { musehub, storage } from "./musehub.ts"

export const status = Command.make(
  "status",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const { objectStore, index, counts, probe } = yield* readStatus()
    const fitness = probe === null ? "never probed" : `${probe.fit ? "fit" : "NOT fit"}, probed ${probe.at}`
    yield* print(
      json,
      { objectStore, index, counts, probe },
      columns([
        ["objects", `${objectStore}  (${fitness})`],
        ["index", index],
        ["repositories", String(counts.repositories)],
        ["commits", String(counts.commits)],
        ["snapshots", String(counts.snapshots)],
        ["blobs", String(counts.blobs)]
      ])
    )
  })
).pipe(
  Command.withDescription(
    "Say where objects and index lie, what the index holds, and what the last probe found. Exit code 3 when " +
      "one of them does not answer. With --json: objectStore, index, counts, probe (the report, or null)."
  ),
  Command.withShortDescription("Say where everything lies and whether it answers"),
  Command.provide(storage)
)
