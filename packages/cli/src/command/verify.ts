/** `musehub verify`: checks that every object in a folder is present and matches its name. */
import { type Verified, verify as verifyFolder } from "@musehub/client/operation/verify"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { RepositoryDamaged } from "../errors.ts"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { directoryFlag } from "./transfer/flags.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { watched } from "./transfer/progressView.ts"

const readable = ({ blobs, bytes, commits, faults, refs, snapshots }: Verified): string =>
  [
    ...faults.map(({ path, reason }) => `${shown(path)}: ${shown(reason)}`),
    `${commits} commits, ${snapshots} snapshots, ${blobs} blobs (${bytesText(bytes)}), ${refs} refs: ${
      faults.length === 0 ? "no faults" : `${faults.length} faults`
    }`
  ].join("\n")

export const verify = Command.make(
  "verify",
  { directory: directoryFlag },
  Effect.fn(function* ({ directory }) {
    const { json } = yield* musehub
    const verified = yield* watched({ verb: "verifying", hidden: json }, (onProgress) =>
      verifyFolder({ directory, onProgress })
    )
    const { blobs, bytes, commits, refs, snapshots } = verified
    const faults = verified.faults.map(({ path, reason }) => ({ path, reason }))
    yield* print(json, { commits, snapshots, blobs, bytes, refs, faults }, readable(verified))
    if (faults.length > 0) yield* new RepositoryDamaged({ directory, faults: faults.length })
  })
).pipe(
  Command.withDescription(
    "Read everything in a clone again: each object must hash to its name, and each named object must exist. " +
      "Exit code 1 if there are faults. With --json: commits, snapshots, blobs, bytes, refs, faults (path " +
      "and reason each)."
  ),
  Command.withShortDescription("Check a clone from its refs to its last byte"),
  Command.withExamples([{ command: "musehub verify --dir symphony", description: "The clone symphony" }])
)
