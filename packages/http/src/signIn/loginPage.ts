/** The pages of signing in, as text: what they say, and nothing of how it is decided. */
import { csrfField } from "./csrf.ts"

const escapes: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "")

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body>
</html>
`

const hidden = (name: string, value: string): string =>
  `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`

/** Asks for the press of a button, since opening a link must not use it up. `path` is that of the login. */
export const confirmPage = (asked: {
  readonly user: string
  readonly code: string
  readonly next: string
  readonly path: string
}): string =>
  page(
    `Sign in as ${asked.user}`,
    `<p>This browser will act as ${escaped(asked.user)}, until it signs out. Go on only if you asked for the link.</p>
<form method="post" action="${escaped(asked.path)}">${hidden("code", asked.code)}${hidden("next", asked.next)}
<button>Sign in as ${escaped(asked.user)}</button></form>`
  )

/** Says why nobody was signed in or out, and what helps. */
export const refusedPage = (title: string, message: string): string => page(title, `<p>${escaped(message)}</p>`)

/** Asks for the press of a button to sign out. */
export const signOutPage = (asked: { readonly user: string; readonly csrf: string; readonly path: string }): string =>
  page(
    `Signed in as ${asked.user}`,
    `<form method="post" action="${escaped(asked.path)}">${hidden(csrfField, asked.csrf)}
<button>Sign out</button></form>`
  )

/** Says how one signs in. */
export const helpPage: string = page(
  "Sign in",
  "<p>There are no passwords here. On your machine, <code>musehub login --hub URL</code> with your token prints a " +
    "link that signs this browser in; beside the hub, <code>musehub login --user NAME</code> does.</p>"
)
