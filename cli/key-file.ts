// An approver's key file, and the token that stands beside it.

/** `ben.pem` → `ben.token`. */
export const besideKey = (keyFile: string, extension: string): string => `${keyFile.replace(/\.(pem|key)$/, '')}.${extension}`
