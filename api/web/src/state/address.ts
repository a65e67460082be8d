// Which ids may stand in an address: those that say nothing by themselves. A telephone number, an account, a document
// or a name never does, because addresses end in logs, histories and messages.

/** An entity `E-…`, a pseudonym `V-01` or its identifier `V-01/tel1`, a community `C7`, a finding `F-001`, a source's digest. */
const PUBLIC_ID = /^(E-[0-9A-Z]{6,16}|[VMWLRS]-\d{1,4}(\/[a-z]+\d*)?|C\d{1,6}|[A-Z]{1,4}-?[0-9A-Za-z]{1,24}|[0-9a-f]{12,64}(#.*)?)$/;
const NUMBER_LIKE = /\d{7,}/;
const DIGEST = /^[0-9a-f]{12,64}(#|$)/;

/** Whether an id may stand in an address. */
export function isPublic(id: string): boolean {
  if (!PUBLIC_ID.test(id)) return false;
  // Twelve hexadecimal characters of a digest may all be digits; so may a telephone number, which is why it needs a plus or a prefix.
  return DIGEST.test(id) ? /[a-f]/.test(id.slice(0, 64).split('#')[0] ?? '') : id.startsWith('E-') || !NUMBER_LIKE.test(id);
}
