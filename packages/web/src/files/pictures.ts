/** Tells pictures from other files by their first bytes, whatever their names say. */
import { latin1 } from "@musehub/domain/base/Bytes"

/** Bytes at the beginning of a file that say whether it is a picture. */
export const lookedAtBytes = 16

/** How the formats begin that are shown: AVIF, GIF, JPEG, PNG and WebP. */
const beginnings = [/^[^]{4}ftyp(avi[fs]|mif1|msf1)/, /^GIF8[79]a/, /^\xff\xd8\xff/, /^\x89PNG\r\n/, /^RIFF[^]{4}WEBP/]

/** Says whether a file that begins with these bytes is a picture that browsers show, in any of the formats. */
export const isPicture = (beginning: Uint8Array): boolean => beginnings.some((begins) => begins.test(latin1(beginning)))
