/** The readable code: ten characters, the last of which checks the others. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS = 10;
const MODULUS = 37;

export type ReadableProblem = "length" | "character" | "check";

/**
 * Reads what somebody typed: any case, white space and hyphens anywhere, O for 0, I and L for 1.
 * The code as it is printed, or what is wrong with it.
 */
export function readCode(text: string): { code: string } | { error: ReadableProblem } {
  const letters = [...text.replace(/[ \t\r\n-]/g, "")].map(plain);
  const digits = letters.map((letter) => (letter.length === 1 ? ALPHABET.indexOf(letter) : -1));
  if (digits.includes(-1)) {
    return { error: "character" };
  }
  if (digits.length !== CHARACTERS) {
    return { error: "length" };
  }
  // Nine digits are 45 bits, which a number holds exactly.
  const value = digits.slice(0, -1).reduce((sum, digit) => sum * 32 + digit, 0);
  if (value % MODULUS !== digits.at(-1)) {
    return { error: "check" };
  }
  return { code: `${letters.slice(0, 5).join("")}-${letters.slice(5).join("")}` };
}

/** The letter that is meant; letters beyond ASCII stay what they are. */
function plain(letter: string): string {
  const upper = /^[a-z]$/.test(letter) ? letter.toUpperCase() : letter;
  return upper === "O" ? "0" : upper === "I" || upper === "L" ? "1" : upper;
}
