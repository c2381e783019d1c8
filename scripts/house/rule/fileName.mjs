/**
 * A file is called as what it holds: PascalCase for a type or a service, or for functions about one thing; camelCase
 * for one function, or for functions that do one kind of thing. What can be seen in its exports is checked: a file is
 * called as the type or the function of its own name is written, and one that holds a single function in camelCase.
 */
import { basename } from "node:path"

/** What a module that is named where it is used, as in `Cluster.use`, may call its one function. */
const nameless = new Set(["layer", "make", "use"])

/** The rule is about the whole file, so it is reported at its beginning. */
const top = { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } }

const capitalised = (name) => name.charAt(0).toUpperCase() + name.slice(1)
const uncapitalised = (name) => name.charAt(0).toLowerCase() + name.slice(1)

const declaredIn = (declaration) => {
  if (declaration === null) return []
  if (declaration.type !== "VariableDeclaration") return [declaration.id.name]
  return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []))
}

const exportedFrom = (program) =>
  program.body
    .filter(({ type }) => type === "ExportNamedDeclaration")
    .flatMap(({ declaration, specifiers }) => [
      ...declaredIn(declaration),
      ...specifiers.map(({ exported }) => exported.name)
    ])

/** What the file should be called; as it is, where nothing in it says otherwise. */
const wantedName = (name, exported) => {
  const type = capitalised(name)
  const single = uncapitalised(name)
  if (exported.has(type)) return exported.has(single) ? name : type
  if (exported.has(single)) return single
  const [only, ...others] = exported
  const isOneFunction = only !== undefined && others.length === 0 && only === uncapitalised(only) && !nameless.has(only)
  return isOneFunction ? single : name
}

export const fileName = {
  create: (context) => {
    const file = basename(context.filename)
    if (file.endsWith(".test.ts")) return {}
    const name = file.split(".", 1)[0]
    return {
      Program: (program) => {
        const wanted = wantedName(name, new Set(exportedFrom(program)))
        if (wanted === name) return
        const why = wanted === uncapitalised(name) ? "the function" : "the type or service"
        context.report({
          loc: top,
          message: `begin the file's name as ${wanted} does, after ${why} that it holds`
        })
      }
    }
  }
}
