/* Reading a list with a code in hand, as common/sealing.py sealed it: without the code nothing of it can be read. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKALIKES = { I: "1", L: "1", O: "0", U: "V" };
const LOOKUP = 16; // bytes
const NONCE = 12;

const encoded = (text) => new TextEncoder().encode(text);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const hex = (bits) => Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, "0")).join("");
const secret = (text, use) => crypto.subtle.importKey("raw", encoded(text), use, false, ["deriveBits"]);

/* What somebody typed, as common/codes.py understands it. */
export const cleanNumber = (typed) =>
  [...typed.toUpperCase()].map((letter) => LOOKALIKES[letter] ?? letter).filter((letter) => ALPHABET.includes(letter)).join("");

/* The token in the address that a QR holds, or undefined for any other QR. */
export const tokenIn = (text) => /\/i\/([\w-]{22})\/?$/.exec(text)?.[1];

const openWithToken = async (token, list) => {
  const derived = { name: "HKDF", hash: "SHA-256", salt: bytes(list.salt), info: encoded("porte") };
  const bits = await crypto.subtle.deriveBits(derived, await secret(token, "HKDF"), 384);
  const found = list.codes[hex(bits.slice(0, LOOKUP))];
  if (!found) return null;
  const [id, box] = found;
  const key = await crypto.subtle.importKey("raw", bits.slice(LOOKUP), "AES-GCM", false, ["decrypt"]);
  const sealed = bytes(box);
  const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, NONCE) }, key, sealed.slice(NONCE));
  return { id, names: JSON.parse(new TextDecoder().decode(text)) };
};

/* A number is short enough for somebody patient to try all of them: it tells whom to let in, never a name. */
const openWithNumber = async (number, list) => {
  const derived = { name: "PBKDF2", hash: "SHA-256", salt: bytes(list.salt), iterations: list.iterations };
  const id = list.numbers[hex(await crypto.subtle.deriveBits(derived, await secret(number, "PBKDF2"), LOOKUP * 8))];
  return id ? { id, names: {} } : null;
};

/* Whose code it is, in which of the lists: { id, names, list }, or null. */
export const find = async ({ token, number }, lists) => {
  for (const list of lists) {
    const found = token ? await openWithToken(token, list) : await openWithNumber(number, list);
    if (found) return { ...found, list };
  }
  return null;
};
