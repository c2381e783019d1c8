/** `musehub pull`: fetches from the hub and fast-forwards the current branch. */
import { pull as pullBranch } from "@musehub/client/operation/pull"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { readCredentials } from "./transfer/credentials.ts"
import { directoryFlag, remoteFlag, tokenFlag } from "./transfer/flags.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { watched } from "./transfer/progressView.ts"

export const pull = Command.make(
  "pull",
  { directory: directoryFlag, remote: remoteFlag, token: tokenFlag },
  Effect.fn(function* ({ directory, remote, ...given }) {
    const { json } = yield* musehub
    const credentials = yield* readCredentials(given.token)
    const pulled = yield* watched({ verb: "receiving", hidden: json }, (onProgress) =>
      pullBranch({ directory, remote, ...credentials, onProgress })
    )
    const { after, before, branch, bytes, filesRemoved, filesWritten, objects } = pulled
    yield* print(
      json,
      { branch, before, after, objects, bytes, filesWritten, filesRemoved },
      before === after
        ? `${shown(branch)} is up to date at ${after}`
        : `${shown(branch)} is at ${after}: ${objects} objects, ${bytesText(bytes)}; ${filesWritten} files ` +
            `written, ${filesRemoved} removed`
    )
  })
).pipe(
  Command.withDescription(
    "Fetch from a hub and fast-forward the current branch and the working tree. Before any file is changed, " +
      "refuses to lose changes, and refuses a branch that has diverged. With --json: branch, before (or " +
      "null), after, objects, bytes, filesWritten, filesRemoved."
  ),
  Command.withShortDescription("Fetch, and fast-forward the current branch"),
  Command.withExamples([{ command: "musehub pull --dir symphony", description: "In the clone symphony" }])
)
