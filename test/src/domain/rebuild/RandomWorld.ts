/** A hub with a few repositories, and random history for them that builds on what they have. */
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import type { Repository } from "@musehub/domain/repository/Root"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Effect } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import {
  ada,
  at,
  opened,
  openedFor,
  step,
  type Step,
  type TestHub,
  textBlob,
  type WholeBlob
} from "../support/hubSamples.ts"
import { headOf } from "../../support/shortRefs.ts"

export const branches = ["main", "dev", "topic/a", "topic/b"]
const paths = ["a", "b", "src/c", "src/d", "e"]
/** Content that returns often, under other paths and in other repositories. */
const contents = ["", "one\n", "two\n", "1\n2\n3\n4\n5\n6\n"]
/** A blob under its own key. */
const large = "large ".repeat(45_000)

type Files = { readonly [path: string]: string }

export class RandomWorld {
  readonly random: Seeded
  /** The hub that takes the present step. */
  hub: TestHub
  readonly repositories: Array<Repository> = []
  readonly #steps = new Map<CommitId, Step>()
  readonly #texts = new Map<BlobId, string>()
  #made = 0

  constructor(random: Seeded, hub: TestHub) {
    this.random = random
    this.hub = hub
  }

  /** Returns a new id for a tag or a release. */
  uuid() {
    this.#made += 1
    return `00000000-0000-4000-8000-${String(this.#made).padStart(12, "0")}`
  }

  root(repository: Repository) {
    return Effect.map(openedFor(this.hub, repository, ada, "read"), ({ root }) => root.value)
  }

  /** The latest commits that a repository has. */
  commits(repository: Repository) {
    return this.hub.index.recentCommits(repository.id, 40)
  }

  /** Reads a commit of a repository as a step that further ones build on. */
  step(repository: Repository, id: CommitId) {
    return Effect.gen({ self: this }, function* () {
      const known = this.#steps.get(id)
      if (known !== undefined) return known
      const { commit } = yield* at(this.hub)(readCommit(repository.id, id))
      const { snapshot } = yield* at(this.hub)(readSnapshot(repository.id, commit.snapshotId))
      for (const blob of snapshot.manifest.values()) {
        if (this.#texts.has(blob)) continue
        this.#texts.set(blob, new TextDecoder().decode(yield* at(this.hub)(readBlob(repository.id, blob))))
      }
      return this.#known({ commit, snapshot, blobs: this.blobsOf(snapshot.manifest.values()) })
    })
  }

  /** Returns the path of a file that may exist, or of a new one. */
  path(): string {
    return this.random.chance(0.4) ? this.random.pick(paths) : `new/${(this.#made += 1)}`
  }

  content(): string {
    const { random } = this
    return random.chance(0.5) ? `new ${random.below(40)}\n` : random.chance(0.05) ? large : random.pick(contents)
  }

  #known(made: Step): Step {
    this.#steps.set(made.commit.id, made)
    return made
  }

  blobsOf(ids: Iterable<BlobId>): ReadonlyArray<WholeBlob> {
    return Array.from(new Set(ids), (id) => textBlob(this.#texts.get(id) ?? ""))
  }

  /** Edits the files of a step. */
  #edited(before: Step | undefined): Files {
    const { random } = this
    const files: Record<string, string> = {}
    for (const [path, blob] of before?.snapshot.manifest ?? []) files[path] = this.#texts.get(blob) ?? ""
    for (let edit = random.below(3); edit >= 0; edit -= 1) {
      const path = this.path()
      if (random.chance(0.2)) delete files[path]
      else files[path] = this.content()
    }
    for (const text of Object.values(files)) this.#texts.set(textBlob(text).id, text)
    return files
  }

  next(parents: ReadonlyArray<Step>): Step {
    const { random } = this
    this.#made += 1
    const remarks = random.chance(0.2) ? { reviewed_by: [random.pick(["carol", "dora"])], test_runs: 1 } : {}
    return this.#known(step(`commit ${this.#made} ${random.next()}`, this.#edited(parents[0]), parents, remarks))
  }

  /** Grows a branch by a few commits, from its head or, with force, from elsewhere. */
  grown(repository: Repository, others: ReadonlyArray<Repository>) {
    return Effect.gen({ self: this }, function* () {
      const { random } = this
      const branch = random.pick(branches)
      const head = headOf(yield* this.root(repository), branch)
      const commits = yield* this.commits(repository)
      const force = random.chance(0.25)
      const anywhere = commits.length > 0 && random.chance(0.7) ? random.pick(commits) : undefined
      const from = head === undefined || force ? anywhere : head
      let tip = from === undefined ? undefined : yield* this.step(repository, from)
      const made: Array<Step> = []
      for (let count = random.below(3); count >= 0; count -= 1) {
        const parents = tip === undefined ? [] : [tip]
        const side = random.pick(others)
        const offered = yield* this.commits(side)
        if (offered.length > 0 && random.chance(0.3)) {
          const other = yield* this.step(side, random.pick(offered))
          if (other !== tip) parents.push(other)
        }
        tip = this.next(random.chance(0.2) ? parents.toReversed() : parents)
        made.push(tip)
      }
      // A commit that the repository has may be sent again, with what was said about it since.
      const again = yield* Effect.forEach(random.some(commits.slice(0, 3), 0.2), (id) => this.step(repository, id))
      return { branch, force, made, again: again.filter((each) => this.#leadsTo(made, each)) }
    })
  }

  #leadsTo(made: ReadonlyArray<Step>, { commit }: Step): boolean {
    return made.some(({ commit: { parents } }) => parents.includes(commit.id))
  }

  /** Sends blobs ahead, in one call or two, now and then with others that no commit needs. */
  sendAhead(repository: Repository, blobs: ReadonlyArray<WholeBlob>) {
    return Effect.gen({ self: this }, function* () {
      const { hub, random } = this
      const extra = random.chance(0.5) ? [textBlob(this.content()), textBlob(this.content())] : []
      for (const part of [[...random.some(blobs, 0.3), ...extra], blobs]) {
        const unique = [...new Map(part.map((blob) => [blob.id, blob])).values()]
        yield* at(hub)(
          uploadBlobs(yield* opened(hub, repository), (take) => Effect.forEach(unique, take, { discard: true }))
        )
      }
    })
  }

  /** Returns those that neither this repository nor another one has, and now and then others. */
  needed<A extends { readonly id: string }>(type: "blob" | "snapshot", objects: ReadonlyArray<A>) {
    return Effect.gen({ self: this }, function* () {
      const held = new Set<string>()
      for (const { id } of this.repositories) {
        for (const row of (yield* this.hub.index.rows(id, type, { limit: 10_000 })).items) held.add(row.id)
      }
      return objects.filter(({ id }) => !held.has(id) || this.random.chance(0.5))
    })
  }
}
