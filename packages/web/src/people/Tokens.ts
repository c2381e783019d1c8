/** The tokens of the reader: the form that makes one, and the list of those there are. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { Scope, type Token } from "@musehub/domain/hub/Token"
import type { FullName } from "@musehub/domain/repository/Names"
import { isLive } from "@musehub/domain/usecase/people/tokens"
import type { VNode } from "preact"
import { useContext } from "preact/hooks"
import { accountAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { NameInput } from "../html/Inputs.ts"
import { Empty, Hash, Link, PostForm, Tag, Time } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { seenField } from "../page/once.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"

const scopeTexts: { readonly [S in Scope]: string } = {
  read: "read: clone and pull",
  write: "write: push and propose, too",
  admin: "admin: change settings and rights, too"
}

const day = 24 * 60 * 60

/** Lifetimes that the form offers, in seconds, as far as the session has as long to go. */
const lifetimes = [
  [60 * 60, "1 hour"],
  [day, "1 day"],
  [7 * day, "7 days"],
  [14 * day, "14 days"]
] as const

/** Asks for a new token, which ends no later than the session that makes it. */
export const TokenForm = ({
  draft,
  expiresAt,
  nonce
}: {
  readonly draft: Draft
  /** When the session ends. */
  readonly expiresAt: string
  /** Tells this form from others with the same fields. */
  readonly nonce: string
}): VNode => {
  const { now } = useContext(SiteContext)
  const { fields, refused } = draft
  const leftSeconds = (Date.parse(expiresAt) - now) / 1000
  const [scope, lifetime] = [fields.get("scope") ?? "write", fields.get("expires") ?? ""]
  const choice = (chosen: string) => (value: string, text: string) =>
    h("option", { value, selected: value === chosen }, text)
  return h(
    PostForm,
    {
      to: accountAddress(),
      fields: { [seenField]: fields.get(seenField) ?? nonce },
      class: "panel form",
      label: "Make a token"
    },
    h(Refusal, { problem: refused }),
    h(
      "label",
      null,
      "What it may do",
      h(
        "select",
        { name: "scope" },
        Scope.literals.map((each) => choice(scope)(each, scopeTexts[each]))
      )
    ),
    h(NameInput, {
      label: "In which repository (owner/name; in all if it is empty)",
      name: "repository",
      fields,
      lengthMax: 200,
      isOptional: true
    }),
    h(
      "label",
      null,
      "For how long",
      h(
        "select",
        { name: "expires" },
        choice(lifetime)("", `As long as this session: until ${expiresAt.slice(0, 10)}`),
        lifetimes
          .filter(([seconds]) => seconds < leftSeconds)
          .map(([seconds, text]) => choice(lifetime)(String(seconds), text))
      )
    ),
    h("button", { class: "primary", name: "do", value: "make-token" }, "Make a token"),
    h(
      "p",
      { class: "meta" },
      "It is shown once. One that lasts longer is made by a token that does, with the REST API."
    )
  )
}

/** Revokes a token. */
export const RevokeForm = ({ id }: { readonly id: string }): VNode =>
  h(
    PostForm,
    { to: accountAddress(), fields: { token: id }, label: `Token ${id}` },
    h("button", { name: "do", value: "revoke-token", "aria-label": `Revoke ${id}` }, "Revoke")
  )

/** The repositories that tokens are limited to, as far as their holder sees them. */
export type TokenRepositories = ReadonlyMap<RepositoryId, FullName>

const Place = ({
  names,
  repository
}: {
  readonly names: TokenRepositories
  readonly repository: Token["repository"]
}): VNode => {
  if (repository === null) return h("span", null, "all repositories")
  const name = names.get(repository)
  return name === undefined
    ? h("span", null, "repository ", h(Hash, { id: repository }))
    : h(Link, { to: repositoryAddress(name) }, `${name.owner}/${name.slug}`)
}

const Item = ({ names, token }: { readonly names: TokenRepositories; readonly token: Token }): VNode => {
  const { now } = useContext(SiteContext)
  const { createdAt, expiresAt, id, repository, revokedAt, scope } = token
  const isValid = isLive(token, now)
  return h(
    "li",
    { class: "row" },
    h(
      "div",
      { class: "grow" },
      h("code", null, id),
      " ",
      h(Tag, isValid ? { kind: "accent" } : {}, scope),
      isValid ? null : [" ", h(Tag, { kind: "deleted" }, revokedAt === null ? "expired" : "revoked")],
      h(
        "div",
        { class: "meta" },
        h(Place, { names, repository }),
        ", made ",
        h(Time, { at: createdAt }),
        expiresAt === null ? ", does not expire" : [isValid ? ", expires " : ", until ", h(Time, { at: expiresAt })]
      )
    ),
    isValid ? h(RevokeForm, { id }) : null
  )
}

/** Lists tokens in order of creation, revoked and expired ones among them. */
export const TokenList = ({
  names,
  tokens
}: {
  readonly tokens: ReadonlyArray<Token>
  readonly names: TokenRepositories
}): VNode =>
  tokens.length === 0
    ? h(Empty, { title: "There is no token here" })
    : h(
        "ul",
        { class: "list" },
        tokens.map((token) => h(Item, { token, names }))
      )
