/**
 * The paths in a client's folder (docs/wire.md, section 2). They are relative, with slashes; branch names are checked
 * before.
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

/** Not of the `muse` client: the lock and the files that are still being written, while an operation runs. */
export const incomingFolder = `${museFolder}/incoming`
/** Not of the `muse` client: the unfinished part of an interrupted operation. */
export const unfinishedFile = `${museFolder}/unfinished.json`

/** The number of digits of an object's id that name its folder. */
export const fanOut = 2

export const objectFile = (id: BlobId): string => `${objectsFolder}/${id.slice(0, fanOut)}/${id.slice(fanOut)}`
export const commitFile = (id: CommitId): string => `${commitsFolder}/${id}.json`
export const snapshotFile = (id: SnapshotId): string => `${snapshotsFolder}/${id}.json`
export const branchFile = (branch: BranchName): string => `${branchesFolder}/${branch}`
export const trackingFile = (remote: string, branch: BranchName): string => `${remotesFolder}/${remote}/${branch}`
