/**
 * Bodies of realistic pushes, generated the same way every time: commits with the client's 22 fields and structured
 * deltas, and snapshots whose manifests change by a few files from one commit to the next.
 */
import type { Encodable } from "@musehub/msgpack/Encoder"
import { createHash } from "node:crypto"

const id = (text: string) => createHash("sha256").update(text).digest("hex")

const pathOf = (file: number) =>
  `packages/module_${file % 23}/src/${["core", "api", "util", "models"][file % 4]}/feature_${file}.py`

/** Returns the value that the client encodes when it pushes `commits` commits of a repository with `files` files. */
export const pushBody = (commits: number, files: number, changesPerCommit = 3) => {
  const manifest = new Map(Array.from({ length: files }, (_, file) => [pathOf(file), id(`${file} 0`)]))
  const commitList: Array<Encodable> = []
  const snapshotList: Array<Encodable> = []
  for (let index = 0; index < commits; index++) {
    const ops = Array.from({ length: changesPerCommit }, (_, change) => {
      const path = pathOf((index * 7 + change * 13) % files)
      const before = manifest.get(path) ?? null
      const after = id(`${path} ${index}`)
      manifest.set(path, after)
      return {
        op: "patch",
        address: path,
        child_ops: [
          { op: "replace", address: `${path}::function_${change}`, position: null, old_content_id: before },
          { op: "insert", address: `${path}::helper_${index}`, position: change, content_id: after }
        ],
        child_domain: "code_symbols",
        child_summary: "1 function changed, 1 added"
      }
    })
    const snapshotId = id(`snapshot ${index}`)
    commitList.push({
      commit_id: id(`commit ${index}`),
      repo_id: "b5b4404f-ed2f-4303-aff7-52aa35a5579f",
      branch: "main",
      snapshot_id: snapshotId,
      message: `Change ${changesPerCommit} files for ticket ${index}\n\nWith a sentence that says why.`,
      committed_at: `2026-11-22T15:09:49.${String(index).padStart(6, "0")}+00:00`,
      parent_commit_id: index === 0 ? null : id(`commit ${index - 1}`),
      parent2_commit_id: null,
      author: "Ada Lovelace",
      metadata: { section: "verse", emotion: "joy" },
      structured_delta: {
        domain: "code",
        ops,
        summary: `${ops.length} files`,
        sem_ver_bump: "patch",
        breaking_changes: []
      },
      sem_ver_bump: "patch",
      breaking_changes: [],
      agent_id: "agent-7",
      model_id: "model-3",
      toolchain_id: "",
      prompt_hash: "",
      signature: id(`signature ${index}`),
      signer_key_id: "0123456789abcdef",
      format_version: 5,
      reviewed_by: [],
      test_runs: 0
    })
    snapshotList.push({
      snapshot_id: snapshotId,
      manifest: Object.fromEntries(manifest),
      created_at: "2026-11-22T15:09:49.100915+00:00"
    })
  }
  return {
    bundle: { commits: commitList.toReversed(), snapshots: snapshotList.toReversed(), objects: [] },
    branch: "main",
    force: false
  }
}
