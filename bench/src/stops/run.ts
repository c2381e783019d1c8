/** Sends each row's request and measures the longest stop of the hub's event loop until its answer was read. */
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { rm } from "node:fs/promises"
import { benchFolder } from "../benchFolder.ts"
import { send } from "../load/client/client.ts"
import { midiRows } from "./rows/midiRows.ts"
import { pageRows } from "./rows/pageRows.ts"
import { peopleRows } from "./rows/peopleRows.ts"
import { restRows } from "./rows/restRows.ts"
import { inputOf, type Measured, type Row } from "./rows/Row.ts"
import { signInRows } from "./rows/signInRows.ts"
import { wireRows } from "./rows/wire.ts"
import { tableOf, writeTable } from "./table.ts"
import { fullSizes, makeStage, type Sizes, type Stage } from "./Stage.ts"
import type { Stop } from "./watchLoop.ts"

export const rows: ReadonlyArray<Row> = [
  ...wireRows,
  ...restRows,
  ...midiRows,
  ...signInRows,
  ...pageRows,
  ...peopleRows
]

/** What the hub does after an answer, such as packing, is not of the next row. */
const restMillis = 300

const measure = async (stage: Stage, row: Row): Promise<Measured> => {
  const { hub } = stage
  const { body, media, path } = await row.ask(stage)
  await sleep(restMillis)
  await hub.ask()
  const answer = await send(hub, row.endpoint.split(" ", 1)[0] ?? "", path, body, media)
  answer.resume()
  await once(answer, "end")
  return { row, status: answer.statusCode ?? 0, ...((await hub.ask()) as Stop) }
}

export interface StopsOptions {
  readonly scale: number
  /** Only rows whose endpoint and input contain this. */
  readonly row: string
  readonly profiles?: string | undefined
  readonly say: (text: string) => void
}

const scaled = (scale: number): Sizes => ({
  ...fullSizes,
  files: Math.round(fullSizes.files * scale),
  commits: Math.round(fullSizes.commits * scale),
  branches: Math.round(fullSizes.branches * scale),
  tags: Math.round(fullSizes.tags * scale)
})

/** Measures the rows and returns their table. A run of all of them writes it into the document. */
export const runStops = async ({ profiles, row, say, scale }: StopsOptions): Promise<string> => {
  const folder = await benchFolder("musehub-stops-")
  const measured: Array<Measured> = []
  const sizes = scaled(scale)
  try {
    const stage = await makeStage(folder, sizes, { profiles, say })
    try {
      for (const one of rows.filter(({ endpoint, input }) => `${endpoint} ${input}`.includes(row))) {
        const result = await measure(stage, one)
        measured.push(result)
        const of = `${result.clock.toFixed(0)} ms by the clock, ${result.garbage.toFixed(0)} of it garbage`
        const times = `${result.busy.toFixed(0)} ms busy, ${of}`
        say(`${times}, ${result.status}: ${one.endpoint}, ${inputOf(one, sizes)}`)
      }
    } finally {
      await stage.hub.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const table = tableOf(measured, sizes)
  if (row === "") await writeTable(table)
  return table
}
