/** What the newest commits of a ref tell of its files and authors. */
import { CommitId } from "@musehub/domain/object/Id"
import { symbolKinds } from "@musehub/domain/port/extractor/Extraction"
import { apiChanges } from "@musehub/domain/reading/intel/symbols/api"
import { itemsMax } from "@musehub/domain/reading/intel/Window"
import { type IntelKind, intelKinds, kindsOf, subjects } from "@musehub/domain/usecase/intel/kinds"
import { windowCommitsMax } from "@musehub/domain/usecase/intel/windowOf"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, referring } from "../commonFailures.ts"
import { repositoryPath } from "../repositories.ts"
import { ref } from "./files.ts"
import { completeness } from "./history.ts"

const path = Schema.String

const ofSubject = <const F extends Schema.Struct.Fields>(fields: F) =>
  Schema.Union([
    Schema.Struct({ path, ...fields }),
    /** By its address: `path::Class.method`. */
    Schema.Struct({ symbol: Schema.String, ...fields })
  ])

const language = Schema.Struct({
  /** Null for files of none. */
  language: Schema.NullOr(Schema.String),
  files: Schema.Int,
  /** Null where none are looked for: in files of other languages, and without an extractor. */
  symbols: Schema.NullOr(Schema.Int)
})

const apiChange = Schema.Struct({
  symbol: Schema.String,
  kind: Schema.Literals(symbolKinds),
  /** Changed: another kind or signature, or another body of what is all signature, such as an interface. */
  change: Schema.Literals(apiChanges)
})

const items = {
  /** A day in UTC, the last one first. Agents, versions and breaking changes are what the client says. */
  activity: Schema.Struct({
    day: Schema.String,
    commits: Schema.Int,
    contributors: Schema.Int,
    humans: Schema.Int,
    agents: Schema.Int,
    semVer: Schema.Struct({ major: Schema.Int, minor: Schema.Int, patch: Schema.Int }),
    breaking: Schema.Int
  }),
  /** A public symbol that is not what it was at `since`: removed ones first, then changed and added ones. */
  api: apiChange,
  /** A file by the lines that commits add and remove, the most first. Lines that are not counted are left out. */
  churn: Schema.Struct({
    path,
    added: Schema.Int,
    removed: Schema.Int,
    /** The last 26 weeks with changes, by their Mondays in UTC, the last one first. */
    weeks: Schema.Array(Schema.Struct({ week: Schema.String, added: Schema.Int, removed: Schema.Int }))
  }),
  /** Two files that three commits or more touch together; commits of more than 50 files are passed over. */
  coupling: Schema.Struct({
    a: path,
    b: path,
    support: Schema.Int,
    /** The share of these commits among those that touch the file that fewer touch. */
    confidence: Schema.Finite
  }),
  /** A function or method whose bare name no file calls, in a file that no other one imports. */
  dead: Schema.Struct({ symbol: Schema.String, kind: Schema.Literals(symbolKinds), reason: Schema.String }),
  /** Two symbols of different files that are changed together, as those are, without a call or import between these. */
  entanglement: Schema.Struct({ a: Schema.String, b: Schema.String, support: Schema.Int, confidence: Schema.Finite }),
  /** A file or symbol by the number of commits that touch or change it, the most first. */
  hotspots: ofSubject({ commits: Schema.Int, last: CommitId }),
  /** A language by its files, the most first. */
  languages: language,
  /** The authors of a file by their shares in the lines that were added, with a half-life of 180 days. */
  ownership: Schema.Struct({
    path,
    owners: Schema.Array(Schema.Struct({ author: Schema.String, share: Schema.Finite })),
    /** The fewest authors who have more than half. */
    busFactor: Schema.Int
  }),
  /** The report of a release, alone: lists have up to 100 entries each. */
  release: Schema.Struct({
    /** Of the commit, as are `symbols`, the numbers of symbols by kind. */
    languages: Schema.Array(language),
    symbols: Schema.Array(Schema.Struct({ kind: Schema.Literals(symbolKinds), count: Schema.Int })),
    /** How many public symbols were removed, changed and added since `since`; of more than 1,000 the first count. */
    apiChanges: Schema.Struct({ removed: Schema.Int, changed: Schema.Int, added: Schema.Int }),
    api: Schema.Array(apiChange),
    hotspots: Schema.Array(Schema.Struct({ path, commits: Schema.Int, last: CommitId })),
    /** Symbols with another name, or in another file, than they had in `since`. */
    refactorings: Schema.Array(
      Schema.Struct({ symbol: Schema.String, former: Schema.String, change: Schema.Literals(["moved", "renamed"]) })
    ),
    contributors: Schema.Array(Schema.Struct({ author: Schema.String, commits: Schema.Int }))
  }),
  /** A file or symbol by the number of commits since one touched or changed it, the most first. */
  stable: ofSubject({ unchangedFor: Schema.Int })
} satisfies { readonly [K in IntelKind]: Schema.Top }

const answerOf = <const K extends IntelKind, S extends Schema.Top>(kind: K, item: S, name: string) =>
  Schema.Struct({
    kind: Schema.Literal(kind),
    /** What was asked. */
    ref: Schema.String,
    commitId: CommitId,
    /** The commit that `since` means. */
    since: Schema.NullOr(CommitId),
    /** Rises when the same commits would give something else. */
    version: Schema.Int,
    window: Schema.Struct({
      /** How many commits were looked at. */
      commits: Schema.Int,
      /** Whether there are more. */
      truncated: Schema.Boolean
    }),
    /** What it tells of. */
    of: Schema.Literals(subjects),
    /** Which extractor found the symbols, with its version; null where none are needed. */
    extractor: Schema.NullOr(Schema.String),
    ...completeness,
    items: Schema.Array(item)
  }).annotate({ identifier: name })

export const IntelAnswer = Schema.Union([
  answerOf("activity", items.activity, "ActivityIntel"),
  answerOf("api", items.api, "ApiIntel"),
  answerOf("churn", items.churn, "ChurnIntel"),
  answerOf("coupling", items.coupling, "CouplingIntel"),
  answerOf("dead", items.dead, "DeadIntel"),
  answerOf("entanglement", items.entanglement, "EntanglementIntel"),
  answerOf("hotspots", items.hotspots, "HotspotsIntel"),
  answerOf("languages", items.languages, "LanguagesIntel"),
  answerOf("ownership", items.ownership, "OwnershipIntel"),
  answerOf("release", items.release, "ReleaseIntel"),
  answerOf("stable", items.stable, "StableIntel")
]).annotate({ identifier: "IntelAnswer" })

export class IntelGroup extends HttpApiGroup.make("intel")
  .add(
    HttpApiEndpoint.get("intel", "/intel/:kind", {
      params: { ...repositoryPath, kind: Schema.String },
      query: {
        ref: Schema.optionalKey(ref),
        /** What it tells of; otherwise what is usual for the kind. */
        of: Schema.optionalKey(Schema.Literals(subjects)),
        /** A ref whose commit and ancestors are left out. */
        since: Schema.optionalKey(Schema.String),
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: itemsMax })))
      },
      success: IntelAnswer,
      error: problemsOf(...opening, ...referring, "IntelKindUnknown", "NotDerived", "SymbolsOff")
    }).annotateMerge(
      about({
        summary: "Say what the newest commits of a ref tell of its files and authors",
        description:
          `Kinds: ${intelKinds.join(", ")}; of symbols: ${kindsOf("symbols").join(", ")}. ` +
          "`api` compares the tree with that of `since`, or with none. `dead` knows names alone: not what is " +
          "called by reflection, by a framework, or from another repository. " +
          `Looks at the newest ${windowCommitsMax.toLocaleString("en")} commits. ` +
          "Without the index 503 (`NotDerived`); of symbols on a hub without an extractor 404 (`SymbolsOff`).",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Intel" })) {}
