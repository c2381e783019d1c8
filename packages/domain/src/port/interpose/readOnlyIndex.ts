/** An index that answers and takes no rows, for what must not change it, whatever the use case would record there. */
import { IndexUnavailable } from "../index/IndexUnavailable.ts"
import type { WholeIndex } from "../index/wholeIndex.ts"
import { ReadOnly } from "../UnavailableReason.ts"
import { Effect } from "effect"
import { type IndexOperation, interposedIndex } from "./interposedIndex.ts"

/** Whether each operation writes. One that a port gains does not compile until it is judged here. */
const writes: { readonly [O in IndexOperation]: boolean } = {
  hub: false,
  belongTo: true,
  probe: false,
  record: true,
  enlist: true,
  forget: true,
  repositoryByName: false,
  repositories: false,
  readableRepositories: false,
  known: false,
  ancestry: false,
  manifests: false,
  keepManifests: true,
  introducedBy: false,
  introducersOf: false,
  unintroducedBlobs: false,
  commitsOfSnapshots: false,
  holdersOf: false,
  recentCommits: false,
  rows: false,
  rowsDigest: false,
  nodesDigest: false,
  packs: false,
  relocate: true,
  stage: true,
  staged: false,
  recordProposal: true,
  proposals: false,
  recordAnnotation: true,
  remarks: false,
  users: false,
  recordUser: true,
  recordToken: true,
  tokenByHash: false,
  tokenByPublicId: false,
  tokens: false,
  recordDomain: true,
  knownDomains: false,
  searchDomains: false,
  usageOf: false,
  storedBytes: false,
  recordKeptAnswer: true,
  keptAnswersBefore: false,
  forgetKeptAnswers: true,
  latestState: false,
  addState: true,
  numberOfState: false,
  tableRows: false,
  repositoryAfter: false,
  startDeriver: true,
  deriveAgain: true,
  repositoryToDerive: false,
  holdDerivation: true,
  releaseDerivation: true,
  underived: false,
  putOff: true,
  resumeDerivation: true,
  pendingCommits: false,
  recordTouches: true,
  touchesOf: false,
  touchedBy: false,
  latestTouches: false,
  recordLines: true,
  linesOf: false,
  recordSymbols: true,
  blobSymbols: false,
  blobUses: false,
  symbolCounts: false,
  symbolsChangedBy: false,
  symbolEvents: false,
  identityToRead: false,
  recordMarks: true,
  putOffIdentity: true,
  countMarks: false,
  counts: false
}

/** Refuses every write of an index, as a read-only database does. */
export const readOnlyIndex = (index: WholeIndex): WholeIndex =>
  interposedIndex(Effect.succeed(index), index.location, (operation, effect) => {
    const reason = new ReadOnly({ cause: new Error("it is only read here"), notWritten: true })
    return writes[operation] ? Effect.fail(new IndexUnavailable({ operation, reason })) : effect
  })
