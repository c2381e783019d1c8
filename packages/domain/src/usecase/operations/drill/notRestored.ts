/** What a rebuilt index lacks, and what becomes of each: for the operator who reads the result of a drill. */
import {
  comparedTable,
  comparedTableNames,
  comparedTables,
  type ComparedTableName,
  passedOverTables
} from "../../../port/tables/comparedTables.ts"

export interface NotRestored {
  /** A table or a column of the index, or what never was in it. */
  readonly what: string
  readonly why: string
  /** What makes it anew: a command, or what happens by itself. */
  readonly remedy: string
}

type PassedOverColumn = {
  [T in ComparedTableName]: `${T}.${Extract<keyof (typeof comparedTables)[T]["passedOver"], string>}`
}[ComparedTableName]

/** What makes anew what the store does not give. A column that is passed over does not compile until it is here. */
const columnRemedies: { readonly [C in PassedOverColumn]: string } = {
  "hub.only_one": "is made with the table",
  "blobs.path": "comes with the next push",
  "snapshots.manifest": "comes with the next push or merge",
  "snapshots.kept": "comes with the next push or merge",
  "commits.batch": "is made by the rebuild",
  "commits.place": "is made by the rebuild"
}

const tableRemedies: { readonly [T in keyof typeof passedOverTables]: string } = {
  staged_blobs: "musehub push, which a client whose push was under way repeats",
  kept_answers: "comes with the next repeated request; answers are kept for longer until then",
  document_states: "is made by the next write",
  derivers: "is made when a hub starts",
  underived: "is made by the rebuild",
  derivations: "is made when a hub derives",
  touches: "musehub derive, or a hub that serves does it by itself",
  folder_touches: "comes with touches",
  touch_lines: "musehub derive --only lines, or a hub that serves does it by itself",
  blob_symbols: "musehub derive --only symbols, or a hub that serves does it by itself",
  symbol_events: "comes with blob_symbols",
  marks: "musehub derive --only marks, or a hub that serves does it by itself",
  musehub_migrations: "is made when the empty database is opened"
}

/** What was in the index in no form, so that its users may be asked for it. */
export const neverStored: ReadonlyArray<NotRestored> = [
  {
    what: "secrets of tokens",
    why: "the store has their hashes, so every token goes on working; the secret itself is with its owner alone",
    remedy: "musehub token create --user NAME, for one whose owner lost it; musehub token revoke ends the old one"
  },
  {
    what: "secrets of sign-in links and sessions",
    why: "the store has their hashes, so every browser stays signed in; a link that was closed unused is lost",
    remedy: "musehub login --user NAME makes another link; musehub session revoke ends a session"
  },
  {
    what: "settings, credentials of the store and the database, certificates",
    why: "they are in the environment of the hub",
    remedy: "a copy of that environment, or docs/installation.md"
  },
  {
    what: "the audit log",
    why: "it is in the file that MUSEHUB_AUDIT_LOG names, or in the hub's log",
    remedy: "a copy of that file"
  }
]

const passedOverColumns = comparedTableNames.flatMap((table) =>
  Object.entries(comparedTable(table).passedOver).map(([column, why]) => {
    const what = `${table}.${column}` as PassedOverColumn
    return { what, why, remedy: columnRemedies[what] }
  })
)

const passedOver = Object.entries(passedOverTables).map(([table, why]) => ({
  what: table,
  why,
  remedy: tableRemedies[table as keyof typeof passedOverTables]
}))

/** Tables and columns that the store does not give, and that fill themselves again. */
export const filledAgain: ReadonlyArray<NotRestored> = [...passedOver, ...passedOverColumns]

/** All that does not come back from the store: what people notice comes first. */
export const notRestored: ReadonlyArray<NotRestored> = [...neverStored, ...filledAgain]
