/**
 * `pnpm check:docs`: links, citations, paths and titles of tests in the documents and comments of this
 * repository name what is there.
 */
import { fileURLToPath } from "node:url"
import { checkCitations } from "./checkCitations.ts"
import { checkLinks } from "./checkLinks.ts"
import { checkPaths } from "./checkPaths.ts"
import { checkTests } from "./checkTests.ts"
import { openRepository, report } from "../Repository.ts"

const repository = openRepository(fileURLToPath(new URL("../..", import.meta.url)))
report([checkLinks, checkCitations, checkPaths, checkTests].flatMap((check) => check(repository)))
