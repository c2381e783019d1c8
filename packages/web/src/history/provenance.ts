/** What a commit says of how it was made, as its client wrote it. The hub checks its id, and no signature. */
import { type Commit, commitFieldNames, type CommitRecord } from "@musehub/domain/object/Commit"
import type { CommitId } from "@musehub/domain/object/Id"
import type { VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { jsonText } from "../html/jsonText.ts"
import { Hash, Link } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"
import type { Fact } from "./Facts.ts"

/** Values of a list that are shown; the REST API has all. */
const valuesShown = 50
const otherLengthMax = 4000

/** The fields that have a place of their own on the page, or none because others say the same. */
const placed: ReadonlySet<string> = new Set([...commitFieldNames, "hashed_parent_ids"])

const said = (name: string, value: string): ReadonlyArray<Fact> =>
  value === "" ? [] : [[name, h(Name, { text: value })]]

const each = (name: string, values: ReadonlyArray<string>): ReadonlyArray<Fact> => [
  ...values.slice(0, valuesShown).flatMap((value) => said(name, value)),
  ...(values.length > valuesShown ? said(name, `and ${values.length - valuesShown} more`) : [])
]

/** Fields that a newer client added. */
const others = (record: CommitRecord): ReadonlyArray<Fact> => {
  const unknown = Object.entries(record).filter(([name]) => !placed.has(name))
  return unknown.length === 0
    ? []
    : [["Other fields", h(Prose, { text: jsonText(Object.fromEntries(unknown), otherLengthMax) })]]
}

/** Returns what a commit says of itself beside its message; `children` are those that are known. */
export const provenanceOf = (
  repository: Named,
  { id, parents, record }: Commit,
  children: ReadonlyArray<CommitId>
): ReadonlyArray<Fact> => {
  const link = (commit: CommitId): VNode =>
    h(Link, { to: repositoryAddress(repository, `commit/${commit}`) }, h(Hash, { id: commit }))
  const { hashed_parent_ids: hashed = [], metadata } = record
  const entries = Object.entries(metadata)
  return [
    ["Commit", h("code", null, id)],
    ...parents.map((parent): Fact => ["Parent", link(parent)]),
    ...children.map((child): Fact => ["Child", link(child)]),
    ...hashed.map((parent): Fact => ["Hashed parent", h(Hash, { id: parent })]),
    ["Snapshot", h(Hash, { id: record.snapshot_id })],
    ["Committed at", h(Name, { text: record.committed_at })],
    ...said("Branch", record.branch),
    ...said("Agent", record.agent_id),
    ...said("Model", record.model_id),
    ...said("Toolchain", record.toolchain_id),
    ...said("Prompt", record.prompt_hash),
    ...said("Signed by", record.signer_key_id),
    ...said("Signature, not checked", record.signature),
    ...said("Version step", record.sem_ver_bump === "none" ? "" : record.sem_ver_bump),
    ...each("Breaking", record.breaking_changes),
    ...each("Reviewed by", record.reviewed_by),
    ...(record.test_runs > 0 ? said("Test runs", String(record.test_runs)) : []),
    ["Format", String(record.format_version)],
    ...entries
      .slice(0, valuesShown)
      .map(([name, value]): Fact => [h(Name, { text: name, max: 100 }), h(Name, { text: value })]),
    ...(entries.length > valuesShown ? said("Metadata", `and ${entries.length - valuesShown} more`) : []),
    ...others(record)
  ]
}
