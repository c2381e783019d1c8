/** The findings of a run as they are kept, within bounds. A repository that is looked at again begins anew. */
import { orDefault } from "../../../base/expected.ts"
import { cut } from "../../../base/text/cut.ts"
import { findingsMax, type NotedFinding, repositoryFindingsMax } from "../../../hub/verification/VerificationReport.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { Finding, Severity } from "./Finding.ts"

/** Notices that are kept, of all repositories together: there may be one of each repository. */
const noticesMax = 50
/** Of the place, the reason and the mend of a finding. */
export const textLengthMax = 600

/** A finding without the time and the level of the run that it is of. */
export type NewFinding = Omit<NotedFinding, "at" | "level">

const noted = ({ _tag, mend, name, place, reason, repository, severity }: Finding): NewFinding => ({
  tag: _tag,
  severity,
  repository,
  name,
  place: cut(place, textLengthMax),
  reason: cut(reason, textLengthMax),
  mend: cut(mend, textLengthMax)
})

interface Kept {
  readonly items: Array<NewFinding>
  left: number
}

export class FindingNotes {
  readonly #repositories = new Set<RepositoryId>()
  readonly #kept = new Map<RepositoryId | null, Kept>()
  readonly #counts: Record<Severity, number> = { fault: 0, notice: 0 }

  /** Says that a repository is looked at, for the first time or again. */
  begin(repository: RepositoryId): void {
    this.#repositories.add(repository)
    for (const { severity } of orDefault(this.#kept.get(repository)?.items, [])) this.#counts[severity] -= 1
    this.#kept.delete(repository)
  }

  /** Keeps a finding, or counts it. */
  add(finding: Finding): void {
    const { repository, severity } = finding
    const kept = this.#kept.get(repository) ?? { items: [], left: 0 }
    this.#kept.set(repository, kept)
    const isFull = this.#counts[severity] >= (severity === "fault" ? findingsMax : noticesMax)
    if (isFull || kept.items.length >= repositoryFindingsMax) {
      kept.left += 1
      return
    }
    kept.items.push(noted(finding))
    this.#counts[severity] += 1
  }

  /** Whether the run looked at a repository. */
  has(repository: RepositoryId): boolean {
    return this.#repositories.has(repository)
  }

  get findings(): ReadonlyArray<NewFinding> {
    return [...this.#kept.values()].flatMap(({ items }) => items)
  }

  /** How many were counted only. */
  get left(): number {
    return [...this.#kept.values()].reduce((sum, { left }) => sum + left, 0)
  }
}
