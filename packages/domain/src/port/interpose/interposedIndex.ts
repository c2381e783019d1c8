/**
 * An index with something put between it and its callers, like `interposedStore` for the store. A member that a port of
 * the index gains does not compile until it is listed here.
 */
import { Effect } from "effect"
import type { IndexUnavailable } from "../index/IndexUnavailable.ts"
import type { WholeIndex } from "../index/wholeIndex.ts"

/** The calls that go to the index, under the names of its ports. */
export type IndexOperation = Exclude<keyof WholeIndex, "location">

/** What is put between an index and its callers: it wraps each call. */
export type IndexInterposition = <A, E, R>(
  operation: IndexOperation,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | IndexUnavailable, R>

/** Puts an interposition in front of an index. Each call asks `source` for the index that answers it. */
export const interposedIndex = (
  source: Effect.Effect<WholeIndex, IndexUnavailable>,
  location: string,
  interpose: IndexInterposition
): WholeIndex => {
  const call =
    <Arguments extends ReadonlyArray<unknown>, A, E>(
      operation: IndexOperation,
      method: (index: WholeIndex) => (...args: Arguments) => Effect.Effect<A, E>
    ) =>
    (...args: Arguments) =>
      interpose(
        operation,
        Effect.flatMap(source, (index) => method(index)(...args))
      )
  return {
    location,
    hub: interpose(
      "hub",
      Effect.flatMap(source, ({ hub }) => hub)
    ),
    belongTo: call("belongTo", ({ belongTo }) => belongTo),
    probe: interpose(
      "probe",
      Effect.flatMap(source, ({ probe }) => probe)
    ),
    record: call("record", ({ record }) => record),
    enlist: call("enlist", ({ enlist }) => enlist),
    forget: call("forget", ({ forget }) => forget),
    repositoryByName: call("repositoryByName", ({ repositoryByName }) => repositoryByName),
    repositories: call("repositories", ({ repositories }) => repositories),
    readableRepositories: call("readableRepositories", ({ readableRepositories }) => readableRepositories),
    known: call("known", ({ known }) => known),
    ancestry: call("ancestry", ({ ancestry }) => ancestry),
    manifests: call("manifests", ({ manifests }) => manifests),
    keepManifests: call("keepManifests", ({ keepManifests }) => keepManifests),
    introducedBy: call("introducedBy", ({ introducedBy }) => introducedBy),
    introducersOf: call("introducersOf", ({ introducersOf }) => introducersOf),
    unintroducedBlobs: call("unintroducedBlobs", ({ unintroducedBlobs }) => unintroducedBlobs),
    commitsOfSnapshots: call("commitsOfSnapshots", ({ commitsOfSnapshots }) => commitsOfSnapshots),
    holdersOf: call("holdersOf", ({ holdersOf }) => holdersOf),
    recentCommits: call("recentCommits", ({ recentCommits }) => recentCommits),
    rows: call("rows", ({ rows }) => rows),
    rowsDigest: call("rowsDigest", ({ rowsDigest }) => rowsDigest),
    nodesDigest: call("nodesDigest", ({ nodesDigest }) => nodesDigest),
    packs: call("packs", ({ packs }) => packs),
    relocate: call("relocate", ({ relocate }) => relocate),
    stage: call("stage", ({ stage }) => stage),
    staged: call("staged", ({ staged }) => staged),
    recordProposal: call("recordProposal", ({ recordProposal }) => recordProposal),
    proposals: call("proposals", ({ proposals }) => proposals),
    recordAnnotation: call("recordAnnotation", ({ recordAnnotation }) => recordAnnotation),
    remarks: call("remarks", ({ remarks }) => remarks),
    users: call("users", ({ users }) => users),
    recordUser: call("recordUser", ({ recordUser }) => recordUser),
    recordToken: call("recordToken", ({ recordToken }) => recordToken),
    tokenByHash: call("tokenByHash", ({ tokenByHash }) => tokenByHash),
    tokenByPublicId: call("tokenByPublicId", ({ tokenByPublicId }) => tokenByPublicId),
    tokens: call("tokens", ({ tokens }) => tokens),
    recordDomain: call("recordDomain", ({ recordDomain }) => recordDomain),
    knownDomains: call("knownDomains", ({ knownDomains }) => knownDomains),
    searchDomains: call("searchDomains", ({ searchDomains }) => searchDomains),
    usageOf: call("usageOf", ({ usageOf }) => usageOf),
    storedBytes: call("storedBytes", ({ storedBytes }) => storedBytes),
    recordKeptAnswer: call("recordKeptAnswer", ({ recordKeptAnswer }) => recordKeptAnswer),
    keptAnswersBefore: call("keptAnswersBefore", ({ keptAnswersBefore }) => keptAnswersBefore),
    forgetKeptAnswers: call("forgetKeptAnswers", ({ forgetKeptAnswers }) => forgetKeptAnswers),
    latestState: call("latestState", ({ latestState }) => latestState),
    addState: call("addState", ({ addState }) => addState),
    numberOfState: call("numberOfState", ({ numberOfState }) => numberOfState),
    tableRows: call("tableRows", ({ tableRows }) => tableRows),
    repositoryAfter: call("repositoryAfter", ({ repositoryAfter }) => repositoryAfter),
    startDeriver: call("startDeriver", ({ startDeriver }) => startDeriver),
    deriveAgain: call("deriveAgain", ({ deriveAgain }) => deriveAgain),
    repositoryToDerive: call("repositoryToDerive", ({ repositoryToDerive }) => repositoryToDerive),
    holdDerivation: call("holdDerivation", ({ holdDerivation }) => holdDerivation),
    releaseDerivation: call("releaseDerivation", ({ releaseDerivation }) => releaseDerivation),
    underived: call("underived", ({ underived }) => underived),
    putOff: call("putOff", ({ putOff }) => putOff),
    resumeDerivation: call("resumeDerivation", ({ resumeDerivation }) => resumeDerivation),
    pendingCommits: call("pendingCommits", ({ pendingCommits }) => pendingCommits),
    recordTouches: call("recordTouches", ({ recordTouches }) => recordTouches),
    touchesOf: call("touchesOf", ({ touchesOf }) => touchesOf),
    touchedBy: call("touchedBy", ({ touchedBy }) => touchedBy),
    latestTouches: call("latestTouches", ({ latestTouches }) => latestTouches),
    recordLines: call("recordLines", ({ recordLines }) => recordLines),
    linesOf: call("linesOf", ({ linesOf }) => linesOf),
    recordSymbols: call("recordSymbols", ({ recordSymbols }) => recordSymbols),
    blobSymbols: call("blobSymbols", ({ blobSymbols }) => blobSymbols),
    blobUses: call("blobUses", ({ blobUses }) => blobUses),
    symbolCounts: call("symbolCounts", ({ symbolCounts }) => symbolCounts),
    symbolsChangedBy: call("symbolsChangedBy", ({ symbolsChangedBy }) => symbolsChangedBy),
    symbolEvents: call("symbolEvents", ({ symbolEvents }) => symbolEvents),
    identityToRead: call("identityToRead", ({ identityToRead }) => identityToRead),
    recordMarks: call("recordMarks", ({ recordMarks }) => recordMarks),
    putOffIdentity: call("putOffIdentity", ({ putOffIdentity }) => putOffIdentity),
    countMarks: call("countMarks", ({ countMarks }) => countMarks),
    counts: interpose(
      "counts",
      Effect.flatMap(source, ({ counts }) => counts)
    )
  }
}
