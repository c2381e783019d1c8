/** `musehub verify --clone`: checks that every object in a folder is present and matches its name. */
import { type Verified, verify } from "@musehub/client/operation/verify"
import { Effect } from "effect"
import { RepositoryDamaged } from "../../errors.ts"
import { print, shown } from "../../output.ts"
import { bytesText } from "../transfer/progressLine.ts"
import { watched } from "../transfer/progressView.ts"

const readable = ({ blobs, bytes, commits, faults, refs, snapshots }: Verified): string =>
  [
    ...faults.map(({ path, reason }) => `${shown(path)}: ${shown(reason)}`),
    `${commits} commits, ${snapshots} snapshots, ${blobs} blobs (${bytesText(bytes)}), ${refs} refs: ${
      faults.length === 0 ? "no faults" : `${faults.length} faults`
    }`
  ].join("\n")

/** Verifies the clone in a folder. */
export const verifyClone = Effect.fnUntraced(function* (directory: string, json: boolean) {
  const verified = yield* watched({ verb: "verifying", hidden: json }, (onProgress) =>
    verify({ directory, onProgress })
  )
  const { blobs, bytes, commits, refs, snapshots } = verified
  const faults = verified.faults.map(({ path, reason }) => ({ path, reason }))
  yield* print(json, { commits, snapshots, blobs, bytes, refs, faults }, readable(verified))
  if (faults.length > 0) yield* new RepositoryDamaged({ directory, faults: faults.length })
})
