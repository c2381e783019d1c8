/**
 * What readers of a history wait for, in turn with the command of git that answers the same. The start of git's process
 * counts, since a web server that runs git pays it; so does the hub's connection, which is new for each request. And a
 * file and a folder of a wide tree, in turn with those of a narrow one.
 */
import { elementAt } from "@musehub/domain/base/expected"
import { kindsOf, subjects } from "@musehub/domain/usecase/intel/kinds"
import { join } from "node:path"
import { contentOf, lineBlob, stepOf, wideSnapshot } from "../../stops/contents.ts"
import { createRepository, type Place } from "../client/client.ts"
import { mpackContent, streamedPush } from "../client/mpackBodies.ts"
import { pushMpack } from "../client/mpackClient.ts"
import { generate, type GeneratedRepository, shapes } from "../GeneratedRepository.ts"
import { gitOf } from "../git/git.ts"
import type { Hub } from "../Hub.ts"
import { type Figure, inTurn, median, timed } from "../measure.ts"
import { type Bench, scaled, scaledShape, withHub } from "./Bench.ts"
import { read, untilDerived } from "./derived.ts"

/** A request takes milliseconds, so it is repeated more often than other measurements. */
const repeats = 15
const warmUps = 3

/** Few files that are long and often changed, for blame. */
const essay = { name: "essay", files: 4, commits: 400, changesPerCommit: 1, lines: 800, seed: 8 } as const

const filesOfNarrow = 100
const filesOfWide = 100_000

const linesOf = (bytes: Uint8Array) => Buffer.from(bytes).toString().split("\n").length - 1

/** Returns the file of the last tree whose length is nearest to `wanted`, with its lines. */
const fileOfLines = ({ blobs, commits }: GeneratedRepository, wanted: number) => {
  const { snapshot } = elementAt(commits, commits.length - 1)
  const files = Array.from(snapshot.manifest, ([path, id]) => {
    const bytes = blobs.get(id)
    if (bytes === undefined) throw new Error(`${path} was not generated`)
    return { path, lines: linesOf(bytes) }
  })
  return elementAt(
    files.toSorted((a, b) => Math.abs(a.lines - wanted) - Math.abs(b.lines - wanted)),
    0
  )
}

const pushed = async (hub: Hub, repository: GeneratedRepository): Promise<Place> => {
  const place = await createRepository(hub, "bench", `reading-${repository.name}`)
  await pushMpack(hub, place, streamedPush(place.id, mpackContent(repository)))
  return place
}

/** Pushes a tree of so many files, in folders of a hundred. */
const pushTree = async (hub: Hub, files: number): Promise<Place> => {
  const place = await createRepository(hub, "bench", `reading-${files}-files`)
  const blob = lineBlob("same")
  await pushMpack(
    hub,
    place,
    streamedPush(place.id, contentOf([stepOf(wideSnapshot(files, blob.id), null, 0)], [blob]))
  )
  return place
}

/** Pushes everything, and returns what to ask the hub, and git. */
const prepare = async (bench: Bench) => {
  const long = generate(scaledShape(bench, shapes.B))
  const broad = generate(scaledShape(bench, shapes.A))
  const lined = generate({ ...essay, commits: scaled(bench, essay.commits) })
  const gits = {
    long: await gitOf(join(bench.folder, "git-long"), long),
    broad: await gitOf(join(bench.folder, "git-broad"), broad),
    lined: await gitOf(join(bench.folder, "git-lined"), lined)
  }
  const { path } = fileOfLines(long, 30)
  const blamed = fileOfLines(lined, 1000)
  const { id } = elementAt(broad.commits, broad.commits.length >> 1)
  const file = encodeURIComponent("packages/module_0/source/part_0/feature_5.py")
  const folder = encodeURIComponent("packages/module_0/source/part_0")
  const depth = broad.commits.length - 1 - (broad.commits.length >> 1)

  const push = async (hub: Hub) => {
    const places = {
      long: await pushed(hub, long),
      broad: await pushed(hub, broad),
      lined: await pushed(hub, lined),
      narrow: await pushTree(hub, filesOfNarrow),
      wide: await pushTree(hub, scaled(bench, filesOfWide))
    }
    await untilDerived(hub, places.long, "touches", path)
    await untilDerived(hub, places.long, "symbols", path)
    await untilDerived(hub, places.lined, "touches", blamed.path)
    await untilDerived(hub, places.broad, "touches", path)
    return places
  }

  /** Each figure: what it is called, what the hub is asked and, unless it is compared with a narrow tree, git. */
  const questionsAt = (places: Awaited<ReturnType<typeof push>>) => ({
    history: {
      what: `100 commits of the history of a file, ${long.commits.length.toLocaleString("en")} commits`,
      hub: (hub: Hub) => read(hub, places.long, `history?limit=100&path=${encodeURIComponent(path)}`),
      git: () => gits.long.ask("log", "-n100", "main", "--", path)
    },
    blame: {
      what: `blame of ${blamed.lines.toLocaleString("en")} lines, ${lined.commits.length} commits`,
      hub: (hub: Hub) => read(hub, places.lined, `blame?path=${encodeURIComponent(blamed.path)}`),
      git: () => gits.lined.ask("blame", "main", "--", blamed.path)
    },
    diff: {
      what: `diff of a commit, ${shapes.A.changesPerCommit} of ${shapes.A.files.toLocaleString("en")} files`,
      hub: (hub: Hub) => read(hub, places.broad, `commits/${id}/diff`),
      git: () => gits.broad.ask("show", `main~${depth}`)
    },
    trees: [
      ["one file", `blob?path=${file}`],
      ["one folder of a hundred files", `tree?path=${folder}`]
    ] as const
  })
  const close = () => {
    for (const git of Object.values(gits)) git.close()
  }
  return { push, questionsAt, close }
}

export const reading = async (bench: Bench): Promise<ReadonlyArray<Figure>> => {
  const { close, push, questionsAt } = await prepare(bench)
  const { name } = bench.store
  try {
    const figures: Array<Figure> = []
    const places = await withHub(bench, "reading", push)
    const { blame, diff, history, trees } = questionsAt(places)
    await withHub(bench, "reading", async (hub) => {
      for (const { git, hub: ask, what } of [history, blame, diff]) {
        const work = { hub: () => timed(() => ask(hub)), git: () => timed(git) }
        for (let warmUp = 0; warmUp < warmUps; warmUp++) {
          await work.hub()
          await work.git()
        }
        const seconds = await inTurn(repeats, work)
        bench.say(`${what}: ${seconds.hub.toFixed(4)} s, git ${seconds.git.toFixed(4)} s`)
        figures.push({ what: `${name}: ${what}`, seconds: seconds.hub, ratios: [["git", seconds.hub / seconds.git]] })
      }
      for (const [what, query] of trees) {
        const work = {
          wide: () => timed(() => read(hub, places.wide, query)),
          narrow: () => timed(() => read(hub, places.narrow, query))
        }
        const first = await work.wide()
        for (let warmUp = 0; warmUp < warmUps; warmUp++) for (const ask of Object.values(work)) await ask()
        const seconds = await inTurn(repeats, work)
        figures.push({
          what: `${name}: ${what} of ${scaled(bench, filesOfWide).toLocaleString("en")} files`,
          seconds: seconds.wide,
          ratios: [[`the same of ${filesOfNarrow}`, seconds.wide / seconds.narrow]],
          notes: [`first ${(first * 1000).toFixed(0)} ms`]
        })
      }
      const ways = subjects.flatMap((of) => kindsOf(of).map((kind) => [kind, of] as const))
      for (const [kind, of] of ways) {
        const seconds = await timed(() => read(hub, places.long, `intel/${kind}?of=${of}`))
        figures.push({ what: `${name}: intel, ${kind} of ${of}, ${scaled(bench, shapes.B.commits)} commits`, seconds })
      }
    })
    // The first request of a hub that has just started, for which nothing is in memory.
    for (const { git, hub: ask, what } of [history, blame, diff]) {
      const seconds: Array<readonly [hub: number, git: number]> = []
      for (let run = 0; run < bench.runs; run++) {
        const first = await withHub(bench, "reading", (hub) => timed(() => ask(hub)))
        seconds.push([first, await timed(git)])
      }
      figures.push({
        what: `${name}: ${what}, first request`,
        seconds: median(seconds.map(([first]) => first)),
        ratios: [["git", median(seconds.map(([first, git]) => first / git))]]
      })
    }
    return figures
  } finally {
    close()
  }
}
