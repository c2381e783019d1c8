/** Rows of MIDI files with as many notes as are read. */
import { callJson, type Stage } from "../Stage.ts"
import { created, derived, one } from "./restRows.ts"
import { rest, row, type Row } from "./Row.ts"

const notes = 200_000
export const manyNotes = "200,000 notes"

/** A file of one track, of whose notes every so many have another pitch. Eight ticks are a quarter note. */
export const midiFile = (every: number): Buffer => {
  const events = Array.from({ length: notes }, (_, note) => {
    const pitch = note % every === 0 ? 61 + (every % 7) : 60
    return [0, pitch, 80, 2, pitch, 0]
  }).flat()
  // The status of a note, which the events after it share.
  events.splice(1, 0, 0x90)
  const header = [0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 8, 0x4d, 0x54, 0x72, 0x6b]
  const length = Buffer.alloc(4)
  length.writeUInt32BE(events.length)
  return Buffer.concat([Buffer.from(header), length, Buffer.from(events)])
}

/** Commits two versions of a file. Returns the path of the repository. */
const twoVersions = async (stage: Stage): Promise<string> => {
  const path = await created(stage)
  for (const every of [notes, 500]) {
    const changes = [{ op: "put", path: "a.mid", contentBase64: midiFile(every).toString("base64") }]
    await callJson(stage.hub, "POST", `/api/v1${path}/commits`, { branch: "main", message: "m", changes })
    if (every === notes) await callJson(stage.hub, "POST", `/api/v1${path}/branches`, { name: "before", from: "main" })
  }
  return path
}

export const midiRows: ReadonlyArray<Row> = [
  row(`GET ${one}/midi`, manyNotes, async (stage) => rest(`${await twoVersions(stage)}/midi?path=a.mid`)),
  row(`GET ${one}/midi/analysis`, manyNotes, async (stage) =>
    rest(`${await twoVersions(stage)}/midi/analysis?path=a.mid`)
  ),
  row(`GET ${one}/midi/diff`, manyNotes, async (stage) =>
    rest(`${await twoVersions(stage)}/midi/diff?base=before&head=main&path=a.mid`)
  ),
  row(`GET ${one}/midi/blame`, manyNotes, async (stage) => {
    const path = await twoVersions(stage)
    await derived(stage, path, "a.mid")
    return rest(`${path}/midi/blame?path=a.mid`)
  })
]
