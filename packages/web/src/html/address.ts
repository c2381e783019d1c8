/** The addresses of pages. Names of refs and paths are parameters, so that no name can change which page is meant. */

/** Parameters of an address; absent ones are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

const withParameters = (path: string, parameters: Parameters = {}): string => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return query === "" ? path : `${path}?${query}`
}

/** A repository by its names. */
export interface Named {
  readonly owner: string
  readonly slug: string
}

export const homeAddress = (parameters?: Parameters): string => withParameters("/", parameters)

/** Returns the address of the page about the reader, or of one of its pages. */
export const accountAddress = (page?: string, parameters?: Parameters): string =>
  withParameters(page === undefined ? "/-/account" : `/-/account/${page}`, parameters)

/** Returns the address of a user, agent or organisation, or of one of its pages. */
export const personAddress = (handle: string, page?: string, parameters?: Parameters): string =>
  withParameters(page === undefined ? `/-/people/${handle}` : `/-/people/${handle}/${page}`, parameters)

/** Returns the address of a repository, or of one of its pages. No owner, slug or wire endpoint is called `-`. */
export const repositoryAddress = ({ owner, slug }: Named, page?: string, parameters?: Parameters): string =>
  withParameters(page === undefined ? `/${owner}/${slug}` : `/${owner}/${slug}/-/${page}`, parameters)

/** Returns the address of a call of the REST API about a repository. */
export const apiAddress = ({ owner, slug }: Named, call: string, parameters?: Parameters): string =>
  withParameters(`/api/v1/repos/${owner}/${slug}/${call}`, parameters)
