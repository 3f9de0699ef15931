/** Finds people in a pack by parts of their names. */

/** Who somebody is, as the list of names says. */
export interface Whose {
  readonly names: readonly string[];
  /** Empty where they have none. */
  readonly number: string;
}

export const NOBODY: Whose = { names: [], number: "" };

/** Whoever is found, and their record. */
export interface Named extends Whose {
  readonly record: string;
}

/** Most people who are found at once. */
const FOUND = 20;

/** Whoever has all the words in their names or number, in any order, whatever their marks and case. */
export function find(people: readonly Named[], text: string): Named[] {
  const words = plain(text).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const fits = ({ names, number }: Named): boolean => {
    const own = plain([...names, number].join(" "));
    return words.every((word) => own.includes(word));
  };
  return people.filter(fits).slice(0, FOUND);
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
