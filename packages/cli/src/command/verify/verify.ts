/** `musehub verify`: checks the hub, or with `--clone` a folder that was cloned. */
import { Effect, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { musehub, storage } from "../musehub.ts"
import { owned } from "../names.ts"
import { verifyClone } from "./clone.ts"
import { verifyHub } from "./hub.ts"

const input = {
  quick: Flag.Boolean("quick").pipe(
    Flag.withDescription("Read roots, listings and the ends of packs alone"),
    Flag.withDefault(false)
  ),
  deep: Flag.Boolean("deep").pipe(Flag.withDescription("Read every byte, those of blobs too"), Flag.withDefault(false)),
  repair: Flag.Boolean("repair").pipe(
    Flag.withDescription(
      "Record the rows of a repository again from its packs, where only rows are wrong, and verify it once more"
    ),
    Flag.withDefault(false)
  ),
  repositories: Flag.String("repo").pipe(
    Flag.withMetavar("OWNER/SLUG"),
    Flag.withDescription("Verify this repository alone; may be repeated"),
    Flag.filterMap(owned, () => "OWNER/SLUG"),
    Flag.atLeast(0)
  ),
  clone: Flag.String("clone").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Verify the clone in this folder instead: each of its objects, and each name of one"),
    Flag.optional
  )
}

const refuse = (message: string) => Effect.fail(new CliError.ValidationError({ message }))

export const verify = Command.make(
  "verify",
  input,
  Effect.fn(function* ({ clone, deep, quick, repair, repositories }) {
    const { json } = yield* musehub
    if (quick && deep) return yield* refuse("--quick and --deep exclude each other")
    if (Option.isNone(clone)) {
      const level = quick ? "quick" : deep ? "deep" : "default"
      return yield* Effect.provide(verifyHub({ level, repair, repositories, json }), storage)
    }
    if (quick || deep || repair || repositories.length > 0) {
      return yield* refuse("--quick, --deep, --repair and --repo are about the hub, and --clone is about a folder")
    }
    yield* verifyClone(clone.value, json)
  })
).pipe(
  Command.withDescription(
    "Read the hub again: the store against what it should have, and against the index. Each finding is a line with " +
      "its place and what mends it (docs/operations.md says what each means); a fault is damage, and a notice passes " +
      "by itself or is of no use to anyone. Without --repair it writes nothing, and it may run beside a serving hub. " +
      "Exit code 0 without faults, 1 with faults, 2 for a wrong command line, 3 if store or index do not answer: " +
      "nothing counts as lost then. With --json: a JSON object a line, finding, severity, repository, name, place, " +
      "reason, mend; the last one has finding null, level, repositories, packs, objects, bytes, faults, notices, " +
      "mended. With --clone: commits, snapshots, blobs, bytes, refs, faults (path and reason each)."
  ),
  Command.withShortDescription("Check the hub, or a clone, to its last byte"),
  Command.withExamples([
    { command: "musehub verify", description: "All but the bytes of blobs" },
    { command: "musehub verify --deep --repo ada/symphony", description: "Every byte of one repository" },
    { command: "musehub verify --clone symphony", description: "The clone symphony" }
  ])
)
