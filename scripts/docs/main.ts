/** `pnpm check:docs`: links, citations and paths in the documents and comments of this repository name what is there. */
import { fileURLToPath } from "node:url"
import { checkCitations } from "./checkCitations.ts"
import { checkLinks } from "./checkLinks.ts"
import { checkPaths } from "./checkPaths.ts"
import { openRepository } from "./Repository.ts"

const repository = openRepository(fileURLToPath(new URL("../..", import.meta.url)))
const faults = [checkLinks, checkCitations, checkPaths].flatMap((check) => check(repository))
for (const { file, line, reason } of faults) process.stdout.write(`${file}:${line}: ${reason}\n`)
process.exitCode = faults.length === 0 ? 0 : 1
