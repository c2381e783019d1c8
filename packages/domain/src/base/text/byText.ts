/** Orders texts by their UTF-16 code units, as `Array.sort` does. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
