/**
 * How much one request may hold, each with its reason. Generous beyond what the real client sends, since over a limit
 * means that a repository cannot be pushed at all; but finite, since a body is read before anyone knows whether it is
 * honest. Counts and sizes of single values are checked here in `wire`, sizes of bodies by the server.
 */

const MiB = 1024 * 1024
const GiB = 1024 * MiB

/**
 * Ids in `filter-objects`: the client asks for every object of a push at once, hundreds of thousands for a first
 * push.
 */
export const filterIdsMax = 1_000_000
/** Ids in `presign`: at some 600 bytes for a signed URL, more would exceed the 64 MiB that the client reads. */
export const presignIdsMax = 100_000
/** Ids in `want`, of `fetch` and `negotiate`: one for each branch. */
export const wantIdsMax = 1_000_000
/** Ids in `have`: a client that cannot negotiate sends every commit that it has. */
export const haveIdsMax = 1_000_000
/**
 * Ids in `have_blobs`: what a client fetched past the hub before. A fetch with this many and a full `want` and `have`
 * is still within its body's limit.
 */
export const haveBlobsMax = 100_000
/**
 * Blobs in an answer to `large-blobs`, the largest of them: each may cost a signature, which takes half a millisecond
 * and is good for an hour.
 */
export const largeBlobsMax = 2000
/** A blob of this many bytes is large where the client does not say what it calls so. */
export const largeBlobBytes = 8 * MiB

/** Commits in a push: a long history arrives in one, there is no paging. */
export const pushCommitsMax = 200_000
/** Snapshots in a push: one for each commit. */
export const pushSnapshotsMax = 200_000
/** Objects in one call: the client sends 400. */
export const pushObjectsMax = 10_000

/**
 * One commit, structured delta included. It is held in memory, and half of what a client can receive in a whole
 * answer.
 */
export const commitBytesMax = 32 * MiB
/** One snapshot, about half a million files. It is held in memory, and a larger one could not be received again. */
export const snapshotBytesMax = 64 * MiB
/** One blob: the most that a msgpack `bin` can hold, one byte less than 4 GiB. It passes through in a stream. */
export const blobBytesMax = 4 * GiB - 1
/**
 * A blob that arrives before its id has to be kept until the id comes. The client sends the id first; sorted keys do
 * not.
 */
export const blobBeforeIdBytesMax = 16 * MiB
/** Text of a branch name as it is read; what a branch may be called is narrower and checked by the domain. */
export const branchNameBytesMax = 64 * 1024
/** One id as it is read; longer than 64 digits so that the error can say what was wrong with it. */
export const idBytesMax = 1024
/** Fields of a request, unknown ones included. The client sends three. */
export const requestFieldsMax = 1000

/** Body of `filter-objects`: `filterIdsMax` ids of 66 bytes, and room for JSON's punctuation. */
export const filterBodyBytesMax = 72 * MiB
/** Body of `presign`. */
export const presignBodyBytesMax = 8 * MiB
/** Body of `fetch` and `negotiate`: a full `want` and a full `have`. */
export const fetchBodyBytesMax = 144 * MiB
/**
 * Body of `push/objects`: without presigned uploads the client may send 400 objects of 256 MiB in one call. It is
 * streamed.
 */
export const pushObjectsBodyBytesMax = 128 * GiB
/**
 * Body of `push`: each snapshot repeats the whole manifest, so this grows with files times commits. It is decoded as it
 * arrives, but its manifests are in memory until the push is decided. 300 commits of 1,000 files take 30 MiB.
 */
export const pushBodyBytesMax = GiB
/** Tags in one call: half of what a repository can have. */
export const tagsMax = 1000
/** One tag: its label has 500 characters at most, and a newer client may add fields. */
export const tagBytesMax = 8 * 1024
/** Body of `tags`. */
export const tagsBodyBytesMax = 8 * MiB
/** Body of `releases`, and the release in it: its text and a change log of a few thousand commits. */
export const releaseBodyBytesMax = 8 * MiB
/** Any JSON body: it is parsed whole, with base64 for bytes. The real client speaks msgpack. */
export const jsonBodyBytesMax = 64 * MiB

/** Header of an mpack stream, which is held in memory. Its branches are most of it, some 100 bytes each. */
export const mpackHeaderBytesMax = 16 * MiB
/** Branches in the header of an mpack stream: at 255 ASCII characters each, the header could hold no more than half. */
export const mpackHeadsMax = 100_000
/** Blobs in an mpack stream. The receiver remembers the ids, some 100 bytes each, until the stream ends. */
export const mpackBlobsMax = 1_000_000
/** One blob in an mpack stream, which is cut into several `bin`. It passes through in a stream. */
export const mpackBlobBytesMax = 64 * GiB
/** All objects of an mpack stream. They pass through; what a repository may hold is decided elsewhere. */
export const mpackBytesMax = 1024 * GiB
