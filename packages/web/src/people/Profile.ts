/** What a user, agent or organisation says of itself in its identity, as far as it says anything. */
import type { Profile, Social } from "@musehub/domain/reading/document/Profile"
import type { ShownIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { personAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Link, Tag } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"

const types: { readonly [T in Profile["type"]]: string } = { human: "person", agent: "agent", org: "organisation" }

/** The most names of a list that are shown; a document may have thousands. */
const namesShown = 20

const Heading = ({ handle, profile }: Pick<ShownIdentity, "handle" | "profile">): VNode =>
  h(
    "h1",
    null,
    profile?.displayName === undefined
      ? handle
      : [h(Name, { text: profile.displayName }), " ", h("small", null, handle)],
    profile === null ? null : [" ", h(Tag, null, types[profile.type])]
  )

/** A link to another site, which learns nothing of the hub by it. */
const Website = ({ address }: { readonly address: string }): VNode =>
  h("p", null, h("a", { href: address, rel: "nofollow noopener noreferrer" }, h(Name, { text: address })))

const Agent = ({ agent: { capabilities, model } }: { readonly agent: NonNullable<Profile["agent"]> }): VNode => {
  const more = capabilities.length - namesShown
  return h(
    "dl",
    { class: "facts" },
    h("dt", null, "Model"),
    h("dd", null, h(Name, { text: model })),
    h("dt", null, "Capabilities"),
    h(
      "dd",
      null,
      capabilities.slice(0, namesShown).map((text) => [h(Tag, null, h(Name, { text })), " "]),
      more > 0 ? `and ${more} more` : null
    )
  )
}

const Names = ({
  link,
  names,
  title
}: {
  readonly title: string
  readonly names: ReadonlyArray<string>
  readonly link: (name: string) => string
}): VNode => {
  if (names.length === 0) return h(Fragment, null)
  const shown: ReadonlyArray<ComponentChildren> = names
    .slice(0, namesShown)
    .flatMap((name, place) => [place === 0 ? null : ", ", h(Link, { to: link(name) }, name)])
  return h(
    Fragment,
    null,
    h("h2", null, title),
    h(
      "p",
      null,
      shown,
      names.length > namesShown ? ` and ${countText(names.length - namesShown, "more", "more")}` : null
    )
  )
}

const toRepository = (name: string): string => `/${name}`

/** What the handle marks, which need not exist. */
export const SocialBody = ({ social }: { readonly social: Social | null }): VNode => {
  if (social === null) return h(Fragment, null)
  const { follows = [], pins = [], stars = [] } = social
  return h(
    Fragment,
    null,
    h(Names, { title: "Pinned", names: pins, link: toRepository }),
    h(Names, { title: "Follows", names: follows, link: (name) => personAddress(name) }),
    h(Names, { title: "Stars", names: stars, link: toRepository })
  )
}

export const ProfileBody = ({ followers, handle, invalid, profile }: Omit<ShownIdentity, "repositories">): VNode =>
  h(
    Fragment,
    null,
    h(Heading, { handle, profile }),
    followers === null || followers === 0 ? null : h("p", { class: "meta" }, countText(followers, "follower")),
    invalid.map((reason) =>
      h(
        "p",
        { class: "notice" },
        "A document of this identity is not valid, and counts as absent: ",
        h(Name, { text: reason })
      )
    ),
    profile?.bio === undefined ? null : h(Prose, { text: profile.bio, max: 10_000 }),
    profile?.website === undefined ? null : h(Website, { address: profile.website }),
    profile?.agent === undefined ? null : h(Agent, { agent: profile.agent })
  )
