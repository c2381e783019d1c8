/**
 * Which recorded scenarios are replayed together, what must exist before them, and every exchange that this hub rightly
 * answers differently from the recorded one, with the reason.
 */
import type { NewRepository } from "./MuseClient.ts"

/** Ids are written by their first digits; `replay.ts` finds the rest. */
export interface Group {
  readonly scenarios: ReadonlyArray<string>
  readonly repositories: { readonly [name: string]: NewRepository }
  /** Unrecorded pushes by another clone, each ahead of an exchange. */
  readonly pushedBefore?: {
    readonly [exchange: string]: { readonly repository: string; readonly head: string }
  }
}

const open: NewRepository = {}

export const groups: ReadonlyArray<Group> = [
  { scenarios: ["01", "02", "03", "04", "05", "06", "07"], repositories: { "ada/linear": open } },
  { scenarios: ["08", "09"], repositories: { "ada/merges": open } },
  { scenarios: ["10"], repositories: { "ada/false-non-ff": open } },
  { scenarios: ["11", "12"], repositories: { "ada/awkward-names": open } },
  { scenarios: ["13", "14", "15"], repositories: { "ada/file-contents": open } },
  { scenarios: ["16"], repositories: { "ada/file-contents": open } },
  { scenarios: ["17"], repositories: { "ada/file-contents": open } },
  { scenarios: ["18"], repositories: { "ada/file-contents": open } },
  { scenarios: ["19", "24"], repositories: { "ada/provenance": open } },
  {
    scenarios: ["25", "26", "27", "28", "29", "30", "32"],
    repositories: { "ada/linear": open },
    pushedBefore: {
      "25/01": { repository: "ada/linear", head: "b62000" },
      "26/01": { repository: "ada/linear", head: "b834a0" },
      "28/01": { repository: "ada/linear", head: "0e570c" },
      "30/01": { repository: "ada/linear", head: "32f712" }
    }
  },
  {
    scenarios: ["31"],
    repositories: { "ada/linear": open },
    pushedBefore: { "31/01": { repository: "ada/linear", head: "96f3f7" } }
  },
  { scenarios: ["33"], repositories: { "ada/nothing-yet": open } },
  { scenarios: ["36", "37", "38"], repositories: { "ada/linear": open } },
  {
    scenarios: ["39", "40"],
    repositories: { "ada/secret": { visibility: "private" } },
    pushedBefore: { "39/01": { repository: "ada/secret", head: "0e570c" } }
  },
  { scenarios: ["41", "42"], repositories: { "ada/midi": { domain: "midi" } } },
  {
    scenarios: ["43", "44"],
    repositories: { "ada/origin": open, "ada/second": open },
    pushedBefore: { "43/01": { repository: "ada/origin", head: "b834a0" } }
  },
  {
    scenarios: ["45", "46"],
    repositories: { "ada/linear": open, "ada/third": open },
    pushedBefore: { "45/01": { repository: "ada/linear", head: "0e570c" } }
  },
  { scenarios: ["47"], repositories: { "ada/many": open } },
  {
    scenarios: ["48"],
    repositories: { "ada/long": open },
    pushedBefore: { "48/01": { repository: "ada/long", head: "966b30" } }
  },
  { scenarios: ["49", "50"], repositories: { "ada/linear": open } },
  {
    scenarios: ["51"],
    repositories: { "ada/annotated": open },
    pushedBefore: { "51/01": { repository: "ada/annotated", head: "1b10ca" } }
  },
  {
    scenarios: ["52"],
    repositories: { "ada/stale": open },
    pushedBefore: { "52/01": { repository: "ada/stale", head: "c3d88a" } }
  },
  {
    scenarios: ["53"],
    repositories: { "ada/unrelated": open },
    pushedBefore: { "53/01": { repository: "ada/unrelated", head: "a93e63" } }
  },
  {
    scenarios: ["54"],
    repositories: { "ada/file-contents": open },
    pushedBefore: { "54/01": { repository: "ada/file-contents", head: "755663" } }
  }
]

/**
 * Scenarios with a test of their own: releases and tags (`releases.test.ts`), and a repository where the recorded hub
 * made up ids that no content gives.
 */
export const replayedBySpecialTests: ReadonlyArray<string> = ["20", "21", "22", "23", "34", "35"]

/** Not part of push, clone, fetch and pull: the JSON interface, pull requests. */
export const otherScenarios: ReadonlyArray<string> = ["00", "55", "56"]

/** How an answer differs from the recorded one. */
export interface Difference {
  readonly because: string
  readonly status?: number
  readonly domain?: string
  readonly heads?: { readonly [branch: string]: string }
  /** Blobs that are reported missing beyond the recorded ones. */
  readonly missingToo?: ReadonlyArray<string>
  /** Blobs that are recorded as missing and are not reported. */
  readonly notMissing?: ReadonlyArray<string>
  readonly ready?: boolean
  readonly commonBase?: string
  /** Commits that are served beyond the recorded ones. */
  readonly commitsToo?: ReadonlyArray<string>
}

const gapIsFilled = "the commits that the bundle omits are in another repository of this hub, and are copied from it"
const emptyBlobIsPresent = "the empty blob is present everywhere, whether it was uploaded or not"
const emptyBlob = "e3b0c4"
const keysArePerRepository =
  "objects belong to a repository, so the same history is stored for each, and served by each"

/**
 * Three more differences hold for every answer to fetch: blobs and snapshots of commits in `have` are not sent again,
 * the empty blob is served like any other, and a commit's author, branch and repo_id are those that were pushed.
 */
export const differences: { readonly [exchange: string]: Difference } = {
  "07/02": {
    because: "nothing of a refused push counts as known, so its blob is reported missing",
    missingToo: ["7e4fa2"]
  },
  "10/12": {
    because: "the old head is an ancestor, if behind the bundle: a true fast-forward",
    status: 200,
    heads: { main: "0e570c", dev: "b834a0" }
  },
  "29/02": {
    because: "the wanted commit itself is acknowledged, so further rounds are useless",
    ready: true,
    commonBase: "0e570c"
  },
  "31/09": {
    because: "nothing of a refused push counts as known, so its blob is reported missing",
    missingToo: ["0342c0"]
  },
  "41/01": { because: "the domain was given at creation", domain: "midi" },
  "42/01": { because: "the domain was given at creation", domain: "midi" },
  "44/02": { because: gapIsFilled, commitsToo: ["b62000", "b834a0"] },
  "46/02": { because: keysArePerRepository, commitsToo: ["b62000", "b834a0", "0e570c"] },
  "13/02": { because: emptyBlobIsPresent, notMissing: [emptyBlob] },
  "16/02": { because: emptyBlobIsPresent, notMissing: [emptyBlob] },
  "17/02": { because: emptyBlobIsPresent, notMissing: [emptyBlob] },
  "18/02": { because: emptyBlobIsPresent, notMissing: [emptyBlob] },
  "54/02": { because: emptyBlobIsPresent, notMissing: [emptyBlob] }
}
