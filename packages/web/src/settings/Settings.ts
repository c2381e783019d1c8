/** What the pages of a repository's settings have in common: the way to the others, and who may see them. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Failure } from "@musehub/http/problem/failures"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { type Named, type Parameters, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link } from "../html/parts.ts"
import { page } from "../page/page.ts"
import type { Query } from "../page/query.ts"
import { type Draft, type Outcome, submission, untouched } from "../page/submission.ts"
import { framed, opened } from "../repository/Frame.ts"

const parts = {
  general: ["General", "settings"],
  collaborators: ["Collaborators", "settings/collaborators"],
  branches: ["Protected branches", "settings/branches"],
  danger: ["Danger zone", "settings/danger"]
} as const

export type Part = keyof typeof parts

export const settingsAddress = (repository: Named, part: Part, parameters?: Parameters): string =>
  repositoryAddress(repository, parts[part][1], parameters)

const Parts = ({ repository, shown }: { readonly repository: Named; readonly shown: Part }): VNode =>
  h(
    "nav",
    { class: "bar", "aria-label": "Settings" },
    Object.entries(parts).map(([part, [text, path]]) =>
      h(
        Link,
        {
          to: repositoryAddress(repository, path),
          class: "button",
          current: part === shown ? "page" : undefined
        },
        text
      )
    )
  )

/** A part's forms, which an archived repository shows and does not take. */
const Body = ({
  children,
  open,
  part
}: {
  readonly open: OpenRepository
  readonly part: Part
  readonly children?: ComponentChildren
}): VNode => {
  const { repository } = open.root.value
  const isClosed = repository.archived && part !== "danger"
  return h(
    Fragment,
    null,
    h(Parts, { repository, shown: part }),
    h("h2", null, parts[part][0]),
    isClosed
      ? h(
          "p",
          { class: "notice" },
          "The repository is archived, so nothing changes until it is ",
          h(Link, { to: settingsAddress(repository, "danger") }, "unarchived"),
          "."
        )
      : null,
    h("fieldset", { disabled: isClosed }, children)
  )
}

type Read<E, R> = (
  open: OpenRepository<"oversee">,
  asked: Query,
  draft: Draft
) => Effect.Effect<ComponentChildren, E, R>

const readPart =
  <E extends Failure, R>(part: Part, read: Read<E, R>) =>
  (draft: Draft) =>
    framed(opened("oversee"), { tab: "settings", isLive: draft.refused === null }, (open, asked) =>
      Effect.map(read(open, asked, draft), (body) => ({
        title: parts[part][0],
        body: h(Body, { open, part }, body)
      }))
    )

/** Makes a page of settings. */
export const settingsPage = <E extends Failure, R>(part: Part, read: Read<E, R>) =>
  page(readPart(part, read)(untouched))

/** Makes the endpoint of the forms of a page of settings. `act` asks the policy itself. */
export const settingsSubmission = <E extends Failure, R, F extends Failure, S>(
  part: Part,
  read: Read<E, R>,
  act: (form: Form) => Effect.Effect<Outcome, F, S>,
  bytesMax?: number
) => submission(readPart(part, read), act, bytesMax)
