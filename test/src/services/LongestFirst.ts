/**
 * The order of the test files. Those that take longest come first, so that at the end no core waits for one of them;
 * vitest begins with the largest files, which are others.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node"

const longest = [
  "publish/publish",
  "mutations/mutations",
  "e2e/durability/outages",
  "client/resume",
  "e2e/operations/attacks",
  "wire/mpack/test/fuzz",
  "cli/serve",
  "contract/ObjectStore.s3",
  "domain/history/fetch",
  "cli/operation/operationsPage"
]

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return place === -1 ? longest.length : place
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this is the method of the sequencer
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other))
  }
}
