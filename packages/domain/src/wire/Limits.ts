/**
 * Limits of one request, each with its reason. They are generous beyond what the real client sends, since a repository
 * over a limit cannot be pushed at all. They are finite, since a body is read before it can be trusted. Counts and
 * sizes of single values are checked here in `wire`; sizes of bodies are checked by the server.
 */

import { filesMax } from "../object/Manifest.ts"

const MiB = 1024 * 1024
const GiB = 1024 * MiB

/** Ids in `filter-objects`: the client names every object of a push at once, hundreds of thousands in a first push. */
export const filterIdsMax = 1_000_000
/** Ids in `presign`: a signed URL takes some 600 bytes, so more would exceed the 64 MiB that the client reads. */
export const presignIdsMax = 100_000
/** Ids in `want` of `fetch` and `negotiate`: one for each branch that a repository can have. */
export const wantIdsMax = 100_000
/** Ids in `have` of `fetch`: a client that cannot negotiate sends every commit that it has. */
export const haveIdsMax = 250_000
/** Ids in `have` of `negotiate`: the `muse` client sends 64 in a round, and others the heads that they know. */
export const negotiatedIdsMax = 20_000
/**
 * Ids in `have_blobs`: blobs that the client fetched past the hub before. A fetch with this many and a full `want` and
 * `have` stays within its body's limit.
 */
export const haveBlobsMax = 100_000
/**
 * Blobs in an answer to `large-blobs`, largest first: each may need a signature, which takes half a millisecond and is
 * valid for an hour.
 */
export const largeBlobsMax = 2000
/** Blobs of at least this many bytes count as large if the client names no size. */
export const largeBlobBytes = 8 * MiB

/** Commits in a push: a long history arrives in one push, since there is no paging. */
export const pushCommitsMax = 200_000
/** Snapshots in a push: one for each commit. */
export const pushSnapshotsMax = 200_000
/** Objects in one call: the client sends 400. */
export const pushObjectsMax = 10_000

/**
 * Bytes of one commit, its structured delta included. It is held in memory, and is half of what a client can receive in
 * a whole answer.
 */
export const commitBytesMax = 32 * MiB
/** Values in one commit: 40,000 operations of its structured delta. Each costs more in memory than its bytes. */
export const commitValuesMax = 250_000
/** Bytes of one snapshot. It is held in memory, and a client could not receive a larger one. */
export const snapshotBytesMax = 64 * MiB
/** Values in one snapshot: paths and ids of the longest manifest, and some more fields. */
export const snapshotValuesMax = 2 * filesMax + 1000
/** Bytes of one blob: the most that a msgpack `bin` can hold, one byte less than 4 GiB. It is streamed. */
export const blobBytesMax = 4 * GiB - 1
/**
 * Bytes of a blob that arrives before its id, and is held in memory until the id comes. The client sends the id first;
 * a client that sorts its keys does not.
 */
export const blobBeforeIdBytesMax = 16 * MiB
/** Bytes of a branch name as read. The domain's own rule for branch names is narrower. */
export const branchNameBytesMax = 64 * 1024
/** Bytes of an id as read: more than 64, so that the error can show a wrong one. */
export const idBytesMax = 1024
/** Fields of a request, unknown ones included. The client sends three. */
export const requestFieldsMax = 1000

/** Body of `filter-objects`: `filterIdsMax` ids of 66 bytes, with room for JSON punctuation. */
export const filterBodyBytesMax = 72 * MiB
/** Body of `presign`. */
export const presignBodyBytesMax = 8 * MiB
/** Body of `fetch`: a full `want`, a full `have` and a full `have_blobs`, of 67 bytes for each id in JSON. */
export const fetchBodyBytesMax = 30 * MiB
/** Body of `negotiate`: a full `want` and a full `have`. */
export const negotiateBodyBytesMax = 8 * MiB
/**
 * Body of `push/objects`: without presigned uploads the client may send 400 objects of 256 MiB in one call. It is
 * streamed.
 */
export const pushObjectsBodyBytesMax = 128 * GiB
/**
 * Body of `push`: each snapshot repeats the whole manifest, so the body grows with files times commits. It is decoded
 * as it arrives, but its manifests stay in memory until the push is decided. 300 commits of 1,000 files take 30 MiB.
 */
export const pushBodyBytesMax = GiB
/** Tags in one call: half of what a repository can have. */
export const tagsMax = 1000
/** Bytes of one tag: its label has at most 500 characters, and a newer client may add fields. */
export const tagBytesMax = 8 * 1024
/** Body of `tags`. */
export const tagsBodyBytesMax = 8 * MiB
/** Body of `releases`, and its one release: its text and a change log of a few thousand commits. */
export const releaseBodyBytesMax = 8 * MiB
/**
 * Any JSON body of the wire, which is held in memory as a whole. The real client sends a release in JSON, and msgpack
 * otherwise.
 */
export const jsonBodyBytesMax = 4 * MiB
/** Body of the JSON interface for agents, with bytes as base64. */
export const syncBodyBytesMax = 16 * MiB
/** Values in a JSON body: a manifest has one for each path, of some hundred bytes. */
export const jsonValuesMax = 250_000

/** Header of an mpack stream, which is held in memory. It may name branches, some 100 bytes each. */
export const mpackHeaderBytesMax = 16 * MiB
/**
 * Branches in the header of an mpack stream. With names of 255 ASCII characters, the header has room for only half as
 * many.
 */
export const mpackHeadsMax = 100_000
/** Blobs in an mpack stream. The receiver keeps their ids, some 100 bytes each, until the stream ends. */
export const mpackBlobsMax = 1_000_000
/** Bytes of one blob in an mpack stream, where it is cut into several `bin`. It is streamed. */
export const mpackBlobBytesMax = 64 * GiB
/** Bytes of all objects in an mpack stream. They are streamed; what a repository may hold is decided elsewhere. */
export const mpackBytesMax = 1024 * GiB
