/**
 * The house rules as a check: an import points only downward, and the makers of evidence stay behind their doors.
 * See ARCHITECTURE.md, "Rooms".
 */
const room = (name) => `^packages/domain/src/${name}/`

/** Which rooms of the domain a room may import, besides itself. */
const rooms = {
  object: [],
  repository: ["object", "hub", "port"],
  hub: ["object", "repository"],
  port: ["object", "repository", "hub"],
  history: ["object", "repository", "port"],
  merge: ["object", "history"],
  invariant: ["object", "repository", "hub", "port"],
  wire: ["object"],
  usecase: ["object", "repository", "hub", "port", "history", "merge", "invariant", "wire"]
}

/** Knows nothing of the hub; whoever reads or writes the wire may use it. */
const msgpack = "^packages/msgpack/"

const roomRules = Object.entries(rooms).map(([name, allowed]) => ({
  name: `domain-${name}`,
  comment: `domain/${name} may import only ${["itself", ...allowed].join(", ")}`,
  severity: "error",
  from: { path: room(name), pathNot: "\\.test\\.ts$" },
  to: { path: "^packages/", pathNot: [...[name, ...allowed].map(room), msgpack] }
}))

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: "domain-is-pure",
      comment:
        "the domain imports effect, hashing, compression and nothing that does I/O; diff (lines of a merge) and smol-toml (.museattributes) are " +
        "pure functions of their arguments without dependencies of their own",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm", "core"], pathNot: "(^|/)(effect|diff|smol-toml)(/|@|$)|^(node:)?(crypto|zlib)$" }
    },
    {
      name: "compression-has-one-place",
      severity: "error",
      from: { path: "^packages/domain/src/", pathNot: "object/Compression\\.ts$|\\.test\\.ts$" },
      to: { path: "^(node:)?zlib$" }
    },
    {
      name: "hashing-and-randomness-have-one-place-each",
      severity: "error",
      from: {
        path: "^packages/domain/src/",
        pathNot: "object/Digest\\.ts$|port/(RandomId|SecretGenerator)\\.ts$|\\.test\\.ts$"
      },
      to: { path: "^(node:)?crypto$" }
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
      from: { pathNot: [room("invariant"), room("port")] },
      to: { path: "^packages/domain/src/port/internal/" }
    },
    {
      name: "adapters-know-the-domain-only",
      severity: "error",
      from: { path: "^packages/adapters/([^/]+)/" },
      to: {
        path: "^packages/",
        pathNot: ["^packages/domain/src/(object|repository|hub|port)/", "^packages/adapters/$1/"]
      }
    },
    {
      name: "http-knows-the-domain-only",
      severity: "error",
      from: { path: "^packages/http/" },
      to: { path: "^packages/", pathNot: ["^packages/domain/", "^packages/http/", msgpack] }
    },
    {
      name: "client-knows-the-domain-only",
      severity: "error",
      from: { path: "^packages/client/" },
      to: { path: "^packages/", pathNot: ["^packages/domain/", "^packages/client/"] }
    },
    {
      name: "client-needs-no-other-package",
      comment: "whoever embeds the client gets the protocol, effect and what Node has",
      severity: "error",
      from: { path: "^packages/client/" },
      to: { dependencyTypes: ["npm"], pathNot: "(^|/)effect(/|@|$)" }
    },
    {
      name: "only-the-cli-imports-the-client",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/(cli|client)/" },
      to: { path: "^packages/client/" }
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
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js"]
    }
  }
}
