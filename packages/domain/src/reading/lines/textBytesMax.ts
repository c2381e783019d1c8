/** The largest file whose text is read, in bytes. */
export const textBytesMax = 1024 * 1024
