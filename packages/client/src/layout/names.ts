/**
 * Where things lie in a client's folder (docs/wire.md, section 2). Relative paths with slashes; branch names are
 * checked.
 */
import type { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import type { BranchName } from "@musehub/domain/repository/Names"

export const museFolder = ".muse"
export const repositoryFile = `${museFolder}/repo.json`
export const headFile = `${museFolder}/HEAD`
export const configFile = `${museFolder}/config.toml`
export const mergeStateFile = `${museFolder}/MERGE_STATE.json`
export const objectsFolder = `${museFolder}/objects`
export const commitsFolder = `${museFolder}/commits`
export const snapshotsFolder = `${museFolder}/snapshots`
export const branchesFolder = `${museFolder}/refs/heads`
export const remotesFolder = `${museFolder}/remotes`

/** Ours: the lock and the files that are still being written, while an operation runs. */
export const incomingFolder = `${museFolder}/incoming`
/** Ours: what an operation that did not end has left to do. */
export const unfinishedFile = `${museFolder}/unfinished.json`

/** How many digits of an object's id name its folder. */
export const fanOut = 2

export const objectFile = (id: BlobId): string => `${objectsFolder}/${id.slice(0, fanOut)}/${id.slice(fanOut)}`
export const commitFile = (id: CommitId): string => `${commitsFolder}/${id}.json`
export const snapshotFile = (id: SnapshotId): string => `${snapshotsFolder}/${id}.json`
export const branchFile = (branch: BranchName): string => `${branchesFolder}/${branch}`
export const trackingFile = (remote: string, branch: BranchName): string => `${remotesFolder}/${remote}/${branch}`
