/** `pnpm check:house`: the rules of form that neither the formatter nor the linter knows. */
import { fileURLToPath } from "node:url"
import { openRepository, report } from "../Repository.ts"
import { checkFolders } from "./checkFolders.ts"
import { checkLines } from "./checkLines.ts"

const repository = openRepository(fileURLToPath(new URL("../..", import.meta.url)))
report([checkLines, checkFolders].flatMap((check) => check(repository)))
