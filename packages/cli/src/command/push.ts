/** `musehub push`: sends the missing history of a branch and moves the hub's branch. */
import { push as pushBranch } from "@musehub/client/operation/push"
import { pushTarget } from "@musehub/client/operation/pushTarget"
import { CommitId } from "@musehub/domain/object/Id"
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { readCredentials } from "./transfer/credentials.ts"
import { directoryFlag, tokenFlag } from "./transfer/flags.ts"
import { placesInput, placesOf } from "./transfer/Places.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { watched } from "./transfer/progressView.ts"

const decodeCommit = Schema.decodeUnknownOption(CommitId)

export const push = Command.make(
  "push",
  {
    ...placesInput(
      "The branch to push; default: the current one",
      "One name alone is a branch, if there is one of that name, else a remote"
    ),
    directory: directoryFlag,
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Move the hub's branch even if it is not a fast-forward"),
      Flag.withDefault(false)
    ),
    complete: Flag.Boolean("complete").pipe(
      Flag.withDescription("Send the whole history of the branch, to put back what the hub has lost of it"),
      Flag.withDefault(false)
    ),
    expect: Flag.String("expect").pipe(
      Flag.withMetavar("COMMIT|none"),
      Flag.withDescription(
        "Push only if this is the head of the hub's branch (none: no branch); protects other pushes from --force"
      ),
      Flag.filterMap(
        (text) => (text === "none" ? Option.some(null) : decodeCommit(text)),
        () => "a commit id of 64 lower-case hex digits, or none"
      ),
      Flag.optional
    ),
    token: tokenFlag
  },
  Effect.fn(function* ({ complete, directory, force, ...given }) {
    const { json } = yield* musehub
    const credentials = yield* readCredentials(given.token)
    const { remote, branch: branchName } = yield* placesOf(given, (name) => pushTarget(directory, name))
    const expect = Option.getOrUndefined(given.expect)
    const pushed = yield* watched({ verb: "sending", hidden: json }, (onProgress) =>
      pushBranch({ directory, remote, branch: branchName, force, complete, expect, ...credentials, onProgress })
    )
    const { after, before, blobs, branch, bytes, commits, snapshots, took = null } = pushed
    const lacked =
      complete && took !== null
        ? `; it lacked ${took.commits} commits, ${took.snapshots} snapshots, ${took.blobs} blobs`
        : ""
    yield* print(
      json,
      { branch, before, after, commits, snapshots, blobs, bytes, took },
      before === after && !complete
        ? `${shown(branch)} is at ${after} on the hub already`
        : `${shown(branch)} is at ${after} on the hub: ${commits} commits, ${blobs} blobs, ${bytesText(bytes)}${lacked}`
    )
  })
).pipe(
  Command.withDescription(
    "Send the missing history of a branch to a hub, and move its branch. Remote and branch are named as with muse " +
      "(`push origin main`); the branch alone will do (`push main`). With --json: branch, before (or null), " +
      "after, commits, snapshots, blobs, bytes, took (what the hub lacked, or null)."
  ),
  Command.withShortDescription("Push a branch to its hub"),
  Command.withExamples([
    { command: "musehub push --dir symphony", description: "The current branch of the clone symphony" },
    { command: "musehub push origin finale", description: "The branch finale, to the remote origin" },
    {
      command: "musehub push finale --force --expect 0e570cb9…",
      description: "A rewritten branch, unless it has moved meanwhile"
    },
    { command: "musehub push --complete", description: "Everything again, for a hub that lost some of it" }
  ])
)
