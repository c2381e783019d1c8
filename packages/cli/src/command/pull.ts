/** `musehub pull`: fetches from the hub and fast-forwards the current branch. */
import { pull as pullBranch } from "@musehub/client/operation/pull"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { readCredentials } from "./transfer/credentials.ts"
import { directoryFlag, tokenFlag } from "./transfer/flags.ts"
import { placesInput, placesOf } from "./transfer/Places.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { warnOfRefused } from "./transfer/refusedFiles.ts"
import { watched } from "./transfer/progressView.ts"

export const pull = Command.make(
  "pull",
  {
    ...placesInput(
      "The branch of the hub; default: the one with the name of the current branch",
      "One name alone is the remote"
    ),
    directory: directoryFlag,
    token: tokenFlag
  },
  Effect.fn(function* ({ directory, ...given }) {
    const { json } = yield* musehub
    const { remote, branch: remoteBranch } = yield* placesOf(given, (name) => Effect.succeed({ remote: name }))
    const credentials = yield* readCredentials(given.token)
    const pulled = yield* watched({ verb: "receiving", hidden: json }, (onProgress) =>
      pullBranch({ directory, remote, branch: remoteBranch, ...credentials, onProgress })
    )
    const { after, before, branch, bytes, filesRefused, filesRemoved, filesWritten, mended, objects } = pulled
    yield* warnOfRefused(filesRefused)
    yield* print(
      json,
      { branch, before, after, objects, bytes, filesWritten, filesRemoved, filesRefused },
      (before === after
        ? `${shown(branch)} is up to date at ${after}`
        : `${shown(branch)} is at ${after}: ${objects} objects, ${bytesText(bytes)}; ${filesWritten} files ` +
          `written, ${filesRemoved} removed`) + (mended ? "; the empty file was missing and is there again" : "")
    )
  })
).pipe(
  Command.withDescription(
    "Fetch from a hub and fast-forward the current branch and the working tree, to the branch of the same name or, " +
      "as with muse (`pull origin main`), to the one that is named. Before any file is changed, " +
      "refuses to lose changes, and refuses a branch that has diverged. With --json: branch, before (or " +
      "null), after, objects, bytes, filesWritten, filesRemoved, filesRefused (path and reason of each file left out)."
  ),
  Command.withShortDescription("Fetch, and fast-forward the current branch"),
  Command.withExamples([
    { command: "musehub pull --dir symphony", description: "In the clone symphony" },
    { command: "musehub pull origin main", description: "The branch main of origin, into the current branch" }
  ])
)
