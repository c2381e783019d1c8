/** What all pages of a repository have: its name, what kind it is, and the way to the others. */
import { type OpenRepository, openRepository } from "@musehub/domain/usecase/access/openRepository"
import { type Access, permitted } from "@musehub/domain/usecase/access/policy"
import type { Root } from "@musehub/domain/repository/Root"
import { shownStateOf } from "@musehub/domain/usecase/live/shownStateOf"
import type { Failure } from "@musehub/http/problem/failures"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Result } from "effect"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { type Parameters, personAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link, Tag } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { Name } from "../html/visible.ts"
import { attempted } from "../page/Refusal.ts"
import { type Draft, submission } from "../page/submission.ts"
import { caller, page, type PageContent } from "../page/page.ts"
import { named, type Query, query } from "../page/query.ts"

const tabs = {
  files: ["Files", undefined],
  history: ["History", "history"],
  proposals: ["Proposals", "proposals"],
  branches: ["Branches", "branches"],
  insights: ["Insights", "insights"]
} as const

/** Tabs for those who may oversee the repository. */
const overseersTabs = {
  settings: ["Settings", "settings"]
} as const

export type Tab = keyof typeof tabs | keyof typeof overseersTabs

/** Tells the user whom the repository is offered to, wherever they look at it. */
const Offer = ({ root: { offeredTo, repository } }: { readonly root: Root }): VNode => {
  const { user } = useContext(SiteContext)
  if (offeredTo === null || offeredTo !== user) return h(Fragment, null)
  const answer = h(Link, { to: repositoryAddress(repository, "transfer") }, "Look at the offer")
  return h("p", { class: "notice" }, `${repository.owner} offers you this repository. `, answer)
}

export const Frame = ({
  children,
  overseen,
  root,
  tab,
  waitsFor
}: {
  readonly root: Root
  /** Null for a page that no tab leads to. */
  readonly tab: Tab | null
  /** What the page shows, as the address of its stream says it; undefined for one that is told of no move. */
  readonly waitsFor: Parameters | undefined
  /** Whether the reader may oversee the repository. */
  readonly overseen: boolean
  readonly children?: ComponentChildren
}): VNode => {
  const { proposals, repository } = root
  const { archived, domain, forkOf, name, owner, slug, visibility } = repository
  const { base } = useContext(SiteContext)
  const events = waitsFor === undefined ? undefined : base + repositoryAddress(repository, "events", waitsFor)
  return h(
    Fragment,
    null,
    h(
      "div",
      { class: "repository", "data-events": events },
      h(
        "h1",
        null,
        h(Link, { to: personAddress(owner) }, owner),
        " / ",
        h("strong", null, h(Link, { to: repositoryAddress(repository) }, slug)),
        " ",
        h(Tag, null, visibility),
        " ",
        h(Tag, null, domain),
        archived ? [" ", h(Tag, { kind: "warm" }, "archived: read-only")] : null,
        forkOf === null ? null : [" ", h(Tag, null, "fork")]
      ),
      name === slug ? null : h("p", { class: "meta" }, h(Name, { text: name })),
      h(Offer, { root })
    ),
    h(
      "nav",
      { class: "tabs", "aria-label": "Repository" },
      Object.entries(overseen ? { ...tabs, ...overseersTabs } : tabs).map(([key, [text, path]]) =>
        h(
          Link,
          { to: repositoryAddress(repository, path), current: key === tab ? "page" : undefined },
          text,
          key === "proposals" && proposals.open.length > 0 ? [" ", h(Tag, null, proposals.open.length)] : null
        )
      )
    ),
    children
  )
}

/** Says whether the reader of a page would be allowed something, so that the page offers it. */
export const may = ({ principal, root }: OpenRepository, access: Access): Effect.Effect<boolean> =>
  principal === null ? Effect.succeed(false) : Effect.isSuccess(permitted(root.value, principal, access))

/** Opens the repository in the address of a page for its caller. */
export const opened = Effect.fnUntraced(function* <A extends Access>(access: A) {
  const { owner, slug } = yield* named
  return yield* openRepository(owner, slug, yield* caller, access)
})

/** Returns what a page waits for; undefined where that cannot be read now, which is no reason to show nothing. */
const waitingFor = (root: Root, more: Parameters | undefined) =>
  Effect.map(attempted(shownStateOf(root)), (state): Parameters | undefined =>
    Result.isSuccess(state) ? { ...more, state: state.success } : undefined
  )

/**
 * Reads a page of a repository that `opening` opens. One that is live is told when the repository moves; a reload would
 * lose what is typed into a refused form.
 */
export const framed = <O extends OpenRepository, D, S, E extends Failure, R>(
  opening: Effect.Effect<O, D, S>,
  { isLive, tab }: { readonly tab: Tab | null; readonly isLive: boolean },
  read: (open: O, asked: Query) => Effect.Effect<PageContent, E, R>
) =>
  Effect.gen(function* () {
    const open = yield* opening
    const { body, title, waitsFor } = yield* read(open, yield* query)
    const root = open.root.value
    const { owner, slug } = root.repository
    const content: PageContent = {
      title: `${title} · ${owner}/${slug}`,
      body: h(
        Frame,
        {
          root,
          tab,
          waitsFor: isLive ? yield* waitingFor(root, waitsFor) : undefined,
          overseen: yield* may(open, "oversee")
        },
        body
      )
    }
    return content
  })

/** Makes a page of a repository, which it opens for the caller. */
export const repositoryPage = <E extends Failure, R>(
  tab: Tab,
  read: (open: OpenRepository, asked: Query) => Effect.Effect<PageContent, E, R>
) => page(framed(opened("read"), { tab, isLive: true }, read))

/**
 * Makes the endpoint of a form on a page of a repository. A form that is refused is shown again on its page, which
 * `read` makes of what was sent. `act` asks the policy itself, and returns the address to go on to. Bodies have at most
 * `bytesMax` bytes, 64 KiB by default.
 */
export const repositorySubmission = <E extends Failure, R, F extends Failure, S>(
  tab: Tab,
  read: (open: OpenRepository, asked: Query, draft: Draft) => Effect.Effect<PageContent, E, R>,
  act: (form: Form) => Effect.Effect<string, F, S>,
  bytesMax?: number
) =>
  submission(
    (draft) => framed(opened("read"), { tab, isLive: false }, (open, asked) => read(open, asked, draft)),
    act,
    bytesMax
  )
