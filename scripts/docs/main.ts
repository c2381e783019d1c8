/**
 * `pnpm check:docs`: links, citations and paths in the documents and comments of this repository name what is there.
 */
import { fileURLToPath } from "node:url"
import { checkCitations } from "./checkCitations.ts"
import { checkLinks } from "./checkLinks.ts"
import { checkPaths } from "./checkPaths.ts"
import { openRepository, report } from "../Repository.ts"

const repository = openRepository(fileURLToPath(new URL("../..", import.meta.url)))
report([checkLinks, checkCitations, checkPaths].flatMap((check) => check(repository)))
