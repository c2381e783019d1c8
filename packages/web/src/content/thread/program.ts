/** The program of the thread: it parses texts that others wrote, with parsers that do not pause and may take long. */
import type { Nodes, Root } from "../HtmlTree.ts"
import { common, createLowlight } from "lowlight"
import { type MessagePort, parentPort } from "node:worker_threads"
import rehypeSanitize from "rehype-sanitize"
import remarkGfm from "remark-gfm"
import remarkParse from "remark-parse"
import remarkRehype from "remark-rehype"
import { unified } from "unified"
import { type Answer, type Question, ready } from "./Question.ts"

const nodesMax = 50_000
const depthMax = 60

const processor = unified().use(remarkParse).use(remarkGfm).use(remarkRehype).use(rehypeSanitize)
const lowlight = createLowlight(common)

const treeOf = (question: Question): Root =>
  question.kind === "markdown"
    ? processor.runSync(processor.parse(question.source))
    : lowlight.highlight(question.grammar, question.source)

/** Says whether a page can show the tree. */
const isWithinBounds = (tree: Root): boolean => {
  let nodes = 0
  let level: ReadonlyArray<Nodes> = [tree]
  for (let depth = 0; level.length > 0; depth++) {
    nodes += level.length
    if (depth > depthMax || nodes > nodesMax) return false
    level = level.flatMap((node): ReadonlyArray<Nodes> => ("children" in node ? node.children : []))
  }
  return true
}

/** Takes the places in the source away: they are half of the bytes that are sent. */
const withoutPlaces = (node: Nodes): void => {
  delete node.position
  if ("children" in node) for (const child of node.children) withoutPlaces(child)
}

const answerTo = (question: Question): Answer => {
  try {
    const tree = treeOf(question)
    if (!isWithinBounds(tree)) return null
    withoutPlaces(tree)
    return tree
  } catch {
    // A parser that gave up, as on text that nests too deeply: it is shown as it is.
    return null
  }
}

const serve = (port: MessagePort): void => {
  port.on("message", (question: Question) => port.postMessage(answerTo(question)))
  port.postMessage(ready)
}

if (parentPort !== null) serve(parentPort)
