/** Says of a folder that this user may not use which one it is, and what helps. */
import { accessSync, constants, existsSync } from "node:fs"
import { dirname } from "node:path"
import { codeOf } from "./system.ts"

const codes = new Set(["EACCES", "EPERM"])

/** Why a file cannot be opened, where its folder or it itself is the reason. */
const denialOf = (file: string): unknown => {
  try {
    accessSync(dirname(file), constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
    return undefined
  } catch (cause) {
    return cause
  }
}

/** Runs `open`, which opens `file` in a folder of the store. SQLite does not say why it cannot. */
export const namingDenial = async <A>(file: string, open: () => Promise<A>): Promise<A> => {
  try {
    return await open()
  } catch (cause) {
    const denial = codeOf(cause) === "ERR_SQLITE_ERROR" ? denialOf(file) : cause
    const code = codeOf(denial)
    if (code === undefined || !codes.has(code)) throw cause
    const path = String(Reflect.get(denial as object, "path"))
    const text = `${code}: this user may not use ${path}: run this as the user of the hub, or give that user the folder`
    throw Object.assign(new Error(text), { code })
  }
}
