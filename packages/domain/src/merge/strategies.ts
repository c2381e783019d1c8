/** Which strategy each path of a merge has, by the rules of `.museattributes`. */
import { Result } from "effect"
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { type AttributeRule, type Attributes, AttributesRefused, type Strategy } from "./Attributes.ts"
import { codesOf, type MatchCost } from "./fnmatch.ts"

/** Compared characters in one merge, beyond which its rules are refused: some tenths of a second of work. */
const rulesStepsMax = 200_000_000

const shown = (text: string): string => JSON.stringify(text.slice(0, 100))

const givenUp = ({ path: pattern, position }: AttributeRule, path: string) => {
  const [line, column] = position()
  const reason = `the pattern ${shown(pattern)} takes too long to match the path ${shown(path)}; use fewer wildcards`
  return new AttributesRefused({ line, column, reason })
}

/**
 * Returns how to merge a path: the first matching rule decides. A merge of whole files uses the dimension `*`, which
 * every rule matches. Another dimension is matched by its own rules and by those for `*`.
 */
export const strategyFor = (
  { rules }: Attributes,
  path: string,
  { dimension = "*", cost = { steps: 0 } }: { readonly dimension?: string; readonly cost?: MatchCost } = {}
): Result.Result<Strategy, AttributesRefused> => {
  const codes = codesOf(path)
  for (const rule of rules) {
    if (dimension !== "*" && rule.dimension !== "*" && rule.dimension !== dimension) continue
    const matched = rule.matches(codes, cost)
    if (matched === undefined) return Result.fail(givenUp(rule, path))
    if (matched) return Result.succeed(rule.strategy)
  }
  return Result.succeed("auto")
}

/** Returns the strategies of these paths, except those that are `auto`. */
export const strategiesOf = function* (
  attributes: Attributes,
  paths: Iterable<string>
): Counted<Result.Result<ReadonlyMap<string, Strategy>, AttributesRefused>> {
  const strategies = new Map<string, Strategy>()
  const first = attributes.rules[0]
  if (first === undefined) return Result.succeed(strategies)
  let done = 0
  const cost: MatchCost = { steps: 0 }
  for (const path of paths) {
    const strategy = strategyFor(attributes, path, { cost })
    if (Result.isFailure(strategy)) return Result.fail(strategy.failure)
    if (strategy.success !== "auto") strategies.set(path, strategy.success)
    // Also what reading the path costs.
    cost.steps += path.length
    if (cost.steps - done < sliceSteps) continue
    yield cost.steps - done
    done = cost.steps
    if (done > rulesStepsMax) {
      const [line, column] = first.position()
      const reason = `matching these rules takes too long; use fewer or simpler patterns`
      return Result.fail(new AttributesRefused({ line, column, reason }))
    }
  }
  return Result.succeed(strategies)
}
