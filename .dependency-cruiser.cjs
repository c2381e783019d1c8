/**
 * The house rules as a check: an import points only downward, and the makers of evidence stay behind their doors.
 * See ARCHITECTURE.md, "Rooms".
 */
const domain = "^packages/domain/src/"
const room = (name) => `${domain}${name}/`
const useCase = (name) => room(`usecase/${name}`)
const tests = "\\.test\\.ts$"

/** Knows nothing of the hub; every package that reads or writes the wire may use it. */
const msgpack = "^packages/msgpack/"

/** The rooms of the domain, bottom up, and which rooms below each may import. */
const rooms = {
  base: [],
  object: ["base"],
  pack: ["base", "object"],
  history: ["base", "object"],
  merge: ["base", "object", "history"],
  repository: ["base", "object"],
  wire: ["base", "object"],
  hub: ["base", "object", "repository"],
  port: ["base", "object", "pack", "history", "repository", "hub"],
  invariant: ["base", "object", "pack", "history", "repository", "hub", "port"],
  reading: ["base", "object", "history", "merge", "repository", "port", "invariant"],
  music: ["base", "merge"],
  usecase: [
    "base",
    "object",
    "pack",
    "history",
    "merge",
    "repository",
    "wire",
    "hub",
    "port",
    "invariant",
    "reading",
    "music"
  ]
}

for (const [place, [name, allowed]] of Object.entries(rooms).entries()) {
  const upward = allowed.filter((other) => !Object.keys(rooms).slice(0, place).includes(other))
  if (upward.length > 0) throw new Error(`domain/${name} stands below ${upward.join(", ")} and may not import it`)
}

/** Refuses a file below `path` outside of the places: one that imports, one that is imported, one that does neither. */
const listed = (name, comment, path, places) => {
  const astray = { path, pathNot: places }
  const rule = { name, comment, severity: "error" }
  return [
    { ...rule, from: astray, to: {} },
    { ...rule, from: {}, to: astray },
    { ...rule, from: { ...astray, orphan: true }, to: {} }
  ]
}

const roomRules = [
  ...Object.entries(rooms).map(([name, allowed]) => ({
    name: `domain-${name}`,
    comment: `domain/${name} may import only ${["itself", ...allowed].join(", ")}`,
    severity: "error",
    from: { path: room(name), pathNot: tests },
    to: { path: "^packages/", pathNot: [...[name, ...allowed].map(room), ...(name === "wire" ? [msgpack] : [])] }
  })),
  ...listed(
    "domain-room-is-listed",
    "a file of the domain stands in a room, and each room has its place in the list above",
    domain,
    Object.keys(rooms).map(room)
  )
]

/** The folders of the use cases, bottom up: each may import the ones before it. */
const useCases = [
  "manifests",
  "recovery",
  "admission",
  "access",
  "graph",
  "annotations",
  "packs",
  "derive",
  "fetch",
  "write",
  "requests",
  "operations",
  "people",
  "domains",
  "branches",
  "tags",
  "browse",
  "commits",
  "symbols",
  "search",
  "intel",
  "live",
  "proposals",
  "merges",
  "push",
  "repositories",
  "identities",
  "sync"
]

const useCaseRules = [
  ...useCases.map((name, place) => ({
    name: `usecase-${name}`,
    comment: `usecase/${name} may import only the folders before it: ${useCases.slice(0, place).join(", ")}`,
    severity: "error",
    from: { path: useCase(name), pathNot: tests },
    to: { path: room("usecase"), pathNot: useCases.slice(0, place + 1).map(useCase) }
  })),
  ...listed(
    "usecase-folder-is-listed",
    "a use case stands in a folder, and each folder has its place in the list above",
    room("usecase"),
    useCases.map(useCase)
  )
]

module.exports = {
  forbidden: [
    ...roomRules,
    ...useCaseRules,
    {
      name: "domain-is-pure",
      comment:
        "the domain imports effect, hashing, compression and nothing that does I/O; smol-toml (.museattributes) is " +
        "a pure function of its arguments without dependencies of its own",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm", "core"], pathNot: "(^|/)(effect|smol-toml)(/|@|$)|^(node:)?(crypto|zlib)$" }
    },
    {
      name: "compression-has-one-place",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "base/Compression\\.ts$|\\.test\\.ts$" },
      to: { path: "^(node:)?zlib$" }
    },
    {
      name: "hashing-has-one-place",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "object/Digest\\.ts$|\\.test\\.ts$" },
      to: { path: "^(node:)?crypto$" }
    },
    {
      name: "randomness-has-one-place-each",
      comment: "what is random comes from a reference, so that a test can make it predictable",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "port/(RandomId|SecretGenerator)\\.ts$|\\.test\\.ts$" },
      to: { path: "(^|/)effect/(dist/)?crypto/" }
    },
    {
      name: "only-codecs-seal",
      comment: "a canonical object is made by the codec that derived its id",
      severity: "error",
      from: { pathNot: room("object") },
      to: { path: "^packages/domain/src/object/internal/" }
    },
    {
      name: "only-the-invariant-makes-evidence",
      comment: "an index row needs evidence, and evidence comes from a receipt of the store",
      severity: "error",
      from: { pathNot: [room("invariant"), `${domain}port/Stored\\.ts$`] },
      to: { path: "^packages/domain/src/port/internal/" }
    },
    {
      name: "only-the-invariant-writes-rows",
      comment:
        "recordHistory is the one maker of rows of blobs, snapshots and commits; contract suites stand in for it. A " +
        "use case may name the type, to say that what it calls writes rows",
      severity: "error",
      from: {
        path: "^packages/",
        pathNot: [`${room("invariant")}recordHistory\\.ts$`, room("port"), "^packages/(adapters|contract)/"]
      },
      to: { path: `${room("port")}index/RowWriter\\.ts$`, dependencyTypesNot: ["type-only"] }
    },
    {
      name: "adapters-know-the-domain-only",
      severity: "error",
      from: { path: "^packages/adapters/([^/]+)/", pathNot: "^packages/adapters/legacy/" },
      to: {
        path: "^packages/",
        pathNot: ["^packages/domain/src/(base|object|history|pack|repository|hub|port)/", "^packages/adapters/$1/"]
      }
    },
    {
      name: "legacy-reads-msgpack",
      comment: "the columns of a legacy hub are msgpack, and what reads them stays outside of the domain",
      severity: "error",
      from: { path: "^packages/adapters/legacy/" },
      to: {
        path: "^packages/",
        pathNot: ["^packages/domain/src/(base|object|port)/", "^packages/adapters/legacy/", msgpack]
      }
    },
    {
      name: "http-knows-the-domain-only",
      severity: "error",
      from: { path: "^packages/http/" },
      to: { path: "^packages/", pathNot: ["^packages/domain/", "^packages/http/", msgpack] }
    },
    {
      name: "http-asks-the-use-cases",
      comment: "use cases read, check and move what is stored; http may name the types of the invariant alone",
      severity: "error",
      from: { path: "^packages/http/" },
      to: { path: room("invariant"), dependencyTypesNot: ["type-only"] }
    },
    {
      name: "web-knows-http-and-the-domain-only",
      comment: "pages are made of what the use cases say, for the caller that http finds",
      severity: "error",
      from: { path: "^packages/web/" },
      to: { path: "^packages/", pathNot: ["^packages/(domain|http|web)/"] }
    },
    {
      name: "web-asks-the-use-cases",
      severity: "error",
      from: { path: "^packages/web/" },
      to: { path: room("invariant"), dependencyTypesNot: ["type-only"] }
    },
    {
      name: "client-knows-the-domain-only",
      severity: "error",
      from: { path: "^packages/client/" },
      to: { path: "^packages/", pathNot: ["^packages/domain/", "^packages/client/"] }
    },
    {
      name: "client-needs-no-other-package",
      comment:
        "a program that embeds the client gets the protocol, effect, what Node has, and the TOML parser of the domain",
      severity: "error",
      from: { path: "^packages/client/" },
      to: { dependencyTypes: ["npm"], pathNot: "(^|/)(effect|smol-toml)(/|@|$)" }
    },
    {
      name: "only-the-cli-imports-the-client",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/(cli|client)/" },
      to: { path: "^packages/client/" }
    },
    {
      name: "only-serve-imports-http",
      comment: "what a command and the API show alike is the domain's",
      severity: "error",
      from: { path: "^packages/cli/", pathNot: "^packages/cli/src/command/serve(\\.ts$|/)" },
      to: { path: "^packages/(http|web)/" }
    },
    {
      name: "nothing-imports-the-cli",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/cli/" },
      to: { path: "^packages/cli/" }
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true }
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    // What `pnpm run build` leaves.
    exclude: { path: "^packages/(adapters/)?[^/]+/dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js"]
    }
  }
}
