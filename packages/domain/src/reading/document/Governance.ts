/** `.musegovernance.json`: what a merge into a branch needs, by the paths that it changes. */
import { Schema } from "effect"
import { type Counted, sliceSteps } from "../../base/Slices.ts"
import { codesOf, fnmatch, type MatchCost } from "../../merge/fnmatch.ts"
import { boundedText } from "../../repository/boundedText.ts"
import { UserName } from "../../repository/Names.ts"
import { MergeStrategy } from "../../repository/Proposal.ts"
import { type DocumentKind, repeatedIn } from "./DocumentKind.ts"

/** A team of an organisation, as in `@ada/mixers`. */
export const TeamReference = Schema.String.check(
  Schema.isPattern(/^@[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, {
    expected: "@organisation/team"
  })
).pipe(Schema.brand("TeamReference"))
export type TeamReference = typeof TeamReference.Type

export const Reviewer = Schema.Union([UserName, TeamReference])
export type Reviewer = typeof Reviewer.Type

export const isTeam = Schema.is(TeamReference)

export const rulesMax = 200

export const GovernanceRule = Schema.Struct({
  /** What refusals call the rule; `rule 1` for the first one without. */
  name: Schema.optionalKey(boundedText(100, 1)),
  /** Patterns as in `.museattributes`: `*` matches slashes too. */
  paths: Schema.Array(boundedText(1000, 1)).check(Schema.isMinLength(1), Schema.isMaxLength(100)),
  /** Approvals that a merge needs; 1 if there are reviewers, else 0. */
  approvals: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))),
  /** Whose approvals count; anybody's who may write if it is absent. */
  reviewers: Schema.optionalKey(Schema.Array(Reviewer).check(Schema.isMinLength(1), Schema.isMaxLength(100))),
  /** The strategies by which the paths may land; all if it is absent. */
  strategies: Schema.optionalKey(
    Schema.Array(MergeStrategy).check(Schema.isMinLength(1), Schema.isMaxLength(MergeStrategy.literals.length))
  )
})
export type GovernanceRule = typeof GovernanceRule.Type

export const Governance = Schema.Struct({
  rules: Schema.Array(GovernanceRule).check(Schema.isMaxLength(rulesMax))
})
export type Governance = typeof Governance.Type

const nameOf = ({ name }: GovernanceRule, place: number): string => name ?? `rule ${place + 1}`

export const governanceKind: DocumentKind<Governance> = {
  path: ".musegovernance.json",
  schema: Governance,
  wrong: ({ rules }) => {
    const repeated = repeatedIn(rules.map(nameOf))
    return repeated === undefined ? undefined : `two rules are called ${JSON.stringify(repeated)}`
  }
}

/** A rule that holds for a merge. */
export interface AppliedRule {
  readonly name: string
  /** A changed path that the rule is for. */
  readonly path: string
  readonly approvals: number
  /** Null where anybody's approval counts. */
  readonly reviewers: ReadonlyArray<Reviewer> | null
  /** Null where any strategy will do. */
  readonly strategies: ReadonlyArray<MergeStrategy> | null
}

const applied = (rule: GovernanceRule, place: number, path: string): AppliedRule => ({
  name: nameOf(rule, place),
  path,
  approvals: rule.approvals ?? (rule.reviewers === undefined ? 0 : 1),
  reviewers: rule.reviewers ?? null,
  strategies: rule.strategies ?? null
})

/** Compared characters of one merge, as `.museattributes` has them: some tenths of a second of work. */
export const governanceStepsMax = 200_000_000

/**
 * Finds the rules that hold for a merge which changes these paths, in the order of the document. A pattern whose match
 * with a path takes too long holds, and so does every rule that is left when all patterns together take too long: a
 * path cannot evade its rule by its length.
 */
export const findingRules = function* (
  { rules }: Governance,
  paths: ReadonlyArray<string>,
  stepsMax = governanceStepsMax
): Counted<ReadonlyArray<AppliedRule>> {
  const [first] = paths
  if (first === undefined) return []
  const left = new Map(rules.entries())
  const matchers = rules.map((rule) => rule.paths.map(fnmatch))
  const held = new Map<number, AppliedRule>()
  const cost: MatchCost = { steps: 0 }
  let done = 0
  for (const path of paths) {
    if (left.size === 0 || cost.steps > stepsMax) break
    const codes = codesOf(path)
    cost.steps += path.length
    for (const [place, rule] of left) {
      const matches = matchers[place]
      if (matches?.some((match) => match(codes, cost) !== false) !== true) continue
      held.set(place, applied(rule, place, path))
      left.delete(place)
    }
    if (cost.steps - done < sliceSteps) continue
    yield cost.steps - done
    done = cost.steps
  }
  if (cost.steps > stepsMax) for (const [place, rule] of left) held.set(place, applied(rule, place, first))
  return Array.from(held)
    .toSorted(([a], [b]) => a - b)
    .map(([, rule]) => rule)
}
