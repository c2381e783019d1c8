/** Makes a token, and shows it once: in the answer to the form, which nobody keeps, and nowhere else. */
import type { Token } from "@musehub/domain/hub/Token"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import type { IssuedToken } from "@musehub/domain/usecase/people/tokens"
import { NewTokenRequest } from "@musehub/http/api/contract/user"
import { requestedToken } from "@musehub/http/api/people/requestedToken"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Redacted, Ref } from "effect"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { accountAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Commands, Link, Time } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { once } from "../page/once.ts"
import type { PageContent } from "../page/page.ts"
import { RevokeForm } from "./Tokens.ts"

const back = h("p", null, h(Link, { to: accountAddress(), class: "button" }, "Back to your account"))

const Expiry = ({ expiresAt }: Pick<Token, "expiresAt">): VNode =>
  expiresAt === null
    ? h("p", { class: "meta" }, "It does not expire.")
    : h("p", { class: "meta" }, "It expires ", h(Time, { at: expiresAt }), ".")

const Made = ({
  place,
  secret,
  token
}: {
  readonly token: Token
  readonly secret: string
  /** The repository that it is limited to. */
  readonly place: string | undefined
}): VNode => {
  const { url } = useContext(SiteContext)
  return h(
    Fragment,
    null,
    h("h1", null, `Your new token ${token.id}`),
    h("p", null, "Copy it now: the hub keeps a hash of it, so it is shown this once."),
    h(Commands, { label: "The token", lines: [secret] }),
    h("p", null, "With ", h("code", null, "musehub"), ":"),
    h(Commands, {
      label: "Commands that use the token",
      lines: [`export MUSEHUB_TOKEN=${secret}`, `musehub clone ${url}/${place ?? "OWNER/NAME"}`]
    }),
    h("p", null, h("code", null, "muse"), " takes it by its own login command, for ", h("code", null, url), "."),
    h(Expiry, token),
    back
  )
}

/** Says which token a form made that was sent again. Nobody has its secret any more. */
const MadeBefore = ({ id }: { readonly id: string }): VNode =>
  h(
    Fragment,
    null,
    h("h1", null, "This form was sent before"),
    h("p", null, "It made the token ", h("code", null, id), " then, and made none now."),
    h(
      "p",
      null,
      "The token was shown in the first answer and cannot be shown again. If you did not see it, revoke it:"
    ),
    h(RevokeForm, { id }),
    back
  )

/** Returns the fields of a form as the REST API takes them. */
const wantedIn = (form: Form) => {
  const [repository, expires] = [textIn(form, "repository").trim(), textIn(form, "expires")]
  return {
    scope: textIn(form, "scope"),
    ...(repository === "" ? {} : { repository }),
    ...(expires === "" ? {} : { expiresInSeconds: /^\d{1,12}$/.test(expires) ? Number(expires) : expires })
  }
}

/** Makes the token that a form asks for, once. Its id is stored with the form, its secret is not. */
export const makeToken = Effect.fnUntraced(function* (principal: Principal, form: Form) {
  const wanted = yield* decodedFields(NewTokenRequest, wantedIn(form))
  const issued = yield* Ref.make<IssuedToken | undefined>(undefined)
  const work = requestedToken(principal, wanted).pipe(
    Effect.tap((made) => Ref.set(issued, made)),
    Effect.map(({ token }) => token.id)
  )
  const id = yield* once(principal, form, work)
  const made = yield* Ref.get(issued)
  const content: PageContent =
    made === undefined
      ? { title: "A form that was sent before", body: h(MadeBefore, { id }) }
      : {
          title: "A new token",
          body: h(Made, { token: made.token, secret: Redacted.value(made.secret), place: wanted.repository })
        }
  return content
})
