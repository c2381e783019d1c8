/** One file: shown as what it is, and the ways to its bytes and its history. */
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { readMidi } from "@musehub/domain/usecase/browse/midi/readMidi"
import { type OpenedFile, openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Effect, Stream } from "effect"
import { Fragment, type VNode } from "preact"
import { Code } from "../content/Code.ts"
import { type Line, linesOf } from "../content/highlight.ts"
import { apiAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Empty, Hash, Link, sizeText } from "../html/parts.ts"
import { Prose } from "../html/visible.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { Crumbs } from "./Crumbs.ts"
import { DocumentBody, documentOf } from "./documents.ts"
import { isMarkdown, shownAs } from "./kinds.ts"
import { Picture, Sound } from "./Media.ts"
import { notesShown, PianoRoll } from "./PianoRoll.ts"
import { isPicture, lookedAtBytes } from "./pictures.ts"
import { FilesBar } from "./tree.ts"

/** Lines that are shown of a file, and characters. */
const linesShown = 3000
const lengthShown = 256 * 1024

const TextBody = ({ isWhole, lines }: { readonly lines: ReadonlyArray<Line>; readonly isWhole: boolean }): VNode => {
  const rest = !isWhole || lines.length > linesShown
  return h(
    Fragment,
    null,
    lines.length === 0 ? h(Empty, { title: "This file is empty" }) : h(Code, { lines: lines.slice(0, linesShown) }),
    rest
      ? h(
          "p",
          null,
          `These are the first ${countText(Math.min(lines.length, linesShown), "line")}; the raw file has all.`
        )
      : null
  )
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const rawAddress = (open: OpenRepository, { commitId }: OpenedFile, path: string): string =>
  apiAddress(open.root.value.repository, "raw", { ref: commitId, path })

/** Reads the bytes that say whether a file is a picture. */
const beginningOf = ({ part, size }: OpenedFile) =>
  Effect.mapError(
    Stream.mkUint8Array(part({ start: 0, end: Math.min(size, lookedAtBytes) })),
    ({ readError }) => readError
  )

/** Shows a file as the text that it is, or says why it is not shown. */
const textOf = Effect.fnUntraced(function* (open: OpenRepository, file: OpenedFile, asked: Query, path: string) {
  const { repository } = open.root.value
  const { blob, commitId } = file
  const { binary, text } = yield* readText(file)
  if (binary) return h(Empty, { title: "This file is binary" }, h("p", null, "Its bytes are in the raw file."))
  if (text === undefined) {
    const reason = `Files of up to ${sizeText(textBytesMax)} are shown; the raw file has all.`
    return h(Empty, { title: "This file is too large to be shown" }, h("p", null, reason))
  }
  if (isMarkdown(path) && asked("plain") === undefined) {
    const document = yield* documentOf(path, blob, text)
    return h(
      "section",
      { class: "panel", "aria-labelledby": "document" },
      h("h2", { id: "document", class: "hidden" }, nameOf(path)),
      h(DocumentBody, { repository, reference: asked("ref"), commit: commitId, document })
    )
  }
  return h(TextBody, {
    lines: yield* linesOf(path, blob, text.slice(0, lengthShown)),
    isWhole: text.length <= lengthShown
  })
})

/** Draws the notes of a MIDI file. Of one that cannot be read it says why. */
const notesOf = Effect.fnUntraced(function* (
  open: OpenRepository,
  { commitId }: OpenedFile,
  asked: Query,
  path: string
) {
  const found = yield* readMidi(open, { ref: commitId, path }, yield* listPage(asked, notesShown))
  const cursor = yield* nextCursor(found)
  const here = { ref: asked("ref"), path }
  const next = cursor === null ? null : repositoryAddress(open.root.value.repository, "blob", { ...here, cursor })
  return h(PianoRoll, { file: found, next })
})

const contentOf = Effect.fnUntraced(function* (open: OpenRepository, file: OpenedFile, asked: Query, path: string) {
  const raw = rawAddress(open, file, path)
  const name = nameOf(path)
  const asText = textOf(open, file, asked, path)
  switch (shownAs(path)) {
    case "audio":
      return h(Sound, { raw, name })
    case "midi":
      return yield* Effect.catchTag(notesOf(open, file, asked, path), "MidiUnreadable", ({ message }) =>
        Effect.succeed(h(Empty, { title: "This file cannot be read as MIDI" }, h(Prose, { text: message })))
      )
    case "picture":
      if (isPicture(yield* beginningOf(file))) return h(Picture, { raw, name })
      return h(
        Fragment,
        null,
        h("p", { class: "notice" }, "This file has the name of a picture, but its bytes are not those of one."),
        yield* asText
      )
    case "text":
      return yield* asText
  }
})

export const blob = repositoryPage("files", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const [reference, path = ""] = [asked("ref"), asked("path")]
    const file = yield* openFile(open, { ref: reference, path })
    const { blob: id, size } = file
    const content = yield* contentOf(open, file, asked, path)
    const here = { ref: reference, path }
    return {
      title: path,
      body: h(
        Fragment,
        null,
        h(FilesBar, { open, page: "blob", path, refs: yield* refsOf(open, reference) }),
        h(Crumbs, { repository, reference, path }),
        h(
          "div",
          { class: "bar" },
          h("span", { class: "meta" }, sizeText(size), " · blob ", h(Hash, { id })),
          isMarkdown(path)
            ? asked("plain") === undefined
              ? h(
                  Link,
                  { to: repositoryAddress(repository, "blob", { ...here, plain: 1 }), class: "button end" },
                  "Source"
                )
              : h(Link, { to: repositoryAddress(repository, "blob", here), class: "button end" }, "Rendered")
            : h("span", { class: "end" }),
          h(Link, { to: rawAddress(open, file, path), class: "button" }, "Raw"),
          h(Link, { to: repositoryAddress(repository, "history", here), class: "button" }, "History"),
          shownAs(path) === "text"
            ? h(Link, { to: repositoryAddress(repository, "blame", here), class: "button" }, "Blame")
            : null
        ),
        content
      )
    }
  })
)
