// Bytes and texts, as passkeys, statements and the gateway write them.

const utf8 = new TextEncoder()

/** SHA-256 of bytes or of a text's UTF-8. */
export const sha256 = async (content) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', typeof content === 'string' ? utf8.encode(content) : content))

/** The challenge by which a passkey proves itself for a token of the gateway; `purpose` is what it is for. */
export const proofChallenge = (purpose, token) => sha256(`clyra.door.${purpose}/0\n${token}`)

/** `sha256:` and lower-case hex, as digests are written everywhere. */
export const digest = async (content) =>
  `sha256:${Array.from(await sha256(content), (byte) => byte.toString(16).padStart(2, '0')).join('')}`

export const toBase64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(''))
export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
export const fromBase64url = (text) => fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
