/**
 * Keeps out what a file would take from around it instead of being given it: Node's `Buffer`, the time, and the process
 * with its environment. The domain and msgpack run wherever JavaScript does, and tests set their clock; an adapter is
 * told its settings by its layer.
 */
import { relative, sep } from "node:path"

const kinds = {
  Buffer: {
    names: ["Buffer"],
    modules: ["buffer"],
    instead: "use Uint8Array and DataView, and in the domain the functions of base/Bytes.ts"
  },
  clock: {
    names: ["performance", "setTimeout", "setInterval", "setImmediate"],
    modules: ["timers", "timers/promises", "perf_hooks"],
    instead: "use Clock, Effect.sleep and Effect.timeout"
  },
  environment: {
    names: ["process"],
    modules: ["process"],
    instead: "take it as an argument or a setting"
  }
}

/** Both hold every other name. */
const everything = new Set(["globalThis", "global"])

/** What each place must do without. */
const places = [
  { path: "packages/domain/src/", without: ["Buffer", "clock", "environment"] },
  { path: "packages/msgpack/src/", without: ["Buffer", "clock", "environment"] },
  { path: "packages/adapters/", without: ["clock", "environment"] }
]

/** The files that may take something all the same. */
export const exceptions = [
  {
    path: "packages/domain/src/base/Bytes.ts",
    may: "Buffer",
    because: "the language has no hex and base64 here, and its UTF-8, joins and comparisons are slower"
  },
  {
    path: "packages/domain/src/wire/snapshotElement.ts",
    may: "Buffer",
    because: "most of every clone goes through here: it reads text in place and writes into memory that is not cleared"
  },
  {
    path: "packages/msgpack/src/Encoder.ts",
    may: "Buffer",
    because: "writes UTF-8 in place, into memory that is not cleared"
  },
  {
    path: "packages/msgpack/src/Strings.ts",
    may: "Buffer",
    because: "its lenient decoder is twice as fast as TextDecoder"
  },
  { path: "packages/msgpack/src/Window.ts", may: "Buffer", because: "is what `Strings` decodes from" },
  { path: "packages/msgpack/src/base64.ts", may: "Buffer", because: "the language has no base64 of bytes here" },
  {
    path: "packages/adapters/filesystem/src/ProcessLock.ts",
    may: "clock",
    because: "waits for another process between two tries of a lock, in the middle of plain promises"
  },
  {
    path: "packages/adapters/filesystem/src/Publication.ts",
    may: "clock",
    because: "compares the age of a file with the clock that the file system sets it by"
  },
  {
    path: "packages/adapters/postgres/src/connection/pacedSocket.ts",
    may: "clock",
    because: "leaves the event loop a turn between two events of a socket, where there is no fiber"
  },
  {
    path: "packages/adapters/postgres/src/embedded/Cluster.ts",
    may: "clock",
    because: "waits for the server's process to start and to end"
  },
  {
    path: "packages/adapters/postgres/src/embedded/Cluster.ts",
    may: "environment",
    because: "starts a server, which needs the PATH and this process's id and user"
  },
  {
    path: "packages/adapters/postgres/src/embedded/Account.ts",
    may: "environment",
    because: "finds the account to run the server as, since Postgres refuses to be run by root"
  },
  {
    path: "packages/adapters/s3/src/S3Connection.ts",
    may: "environment",
    because: "the region comes from where every tool for AWS takes it"
  },
  {
    path: "packages/adapters/treesitter/src/thread/parse.ts",
    may: "environment",
    because: "ends a parse by the time of the processor, in the middle of a call, on a thread without fibers"
  }
]

const isTest = (path) => /\.test\.ts$|\/test\/|\/testing\.ts$/.test(path)

/** What a file must do without. */
const withoutIn = (path) => {
  if (isTest(path)) return []
  const free = new Set(exceptions.filter((exception) => exception.path === path).map(({ may }) => may))
  const place = places.find((candidate) => path.startsWith(candidate.path))
  return place === undefined ? [] : place.without.filter((kind) => !free.has(kind))
}

/** Every mention of what the file does not define itself, in types too. */
const globalsIn = ({ globalScope }) => {
  const known = [...globalScope.set.values()].filter(({ defs }) => defs.length === 0)
  const references = [...globalScope.through, ...known.flatMap((variable) => variable.references)]
  return new Set(references.map(({ identifier }) => identifier))
}

const isWithoutTime = (node) =>
  node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0

const nameOf = ({ computed, property }) => (computed ? property.value : property.name)

export const noAmbient = {
  create: (context) => {
    const path = relative(context.cwd, context.filename).replaceAll(sep, "/")
    const without = withoutIn(path)
    if (without.length === 0) return {}

    const refuse = (node, name, kind) =>
      context.report({ node, message: `${name} does not belong here; ${kinds[kind].instead}` })
    const kindOf = (list, name) => without.find((kind) => kinds[kind][list].includes(name))
    const checkModule = ({ source }) => {
      if (source === null) return
      const kind = kindOf("modules", source.value?.replace(/^node:/, ""))
      if (kind !== undefined) refuse(source, source.value, kind)
    }
    const checkCall = (node) => {
      if (without.includes("clock") && isWithoutTime(node)) refuse(node, "the present time", "clock")
    }

    return {
      Program: () => {
        for (const node of globalsIn(context.sourceCode.scopeManager)) {
          const kind = everything.has(node.name) ? without[0] : kindOf("names", node.name)
          if (kind !== undefined) refuse(node, node.name, kind)
        }
      },
      MemberExpression: (node) => {
        const isNow = node.object.type === "Identifier" && node.object.name === "Date" && nameOf(node) === "now"
        if (isNow && without.includes("clock")) refuse(node, "Date.now", "clock")
      },
      NewExpression: checkCall,
      CallExpression: checkCall,
      ImportDeclaration: checkModule,
      ImportExpression: checkModule,
      ExportNamedDeclaration: checkModule,
      ExportAllDeclaration: checkModule
    }
  }
}
