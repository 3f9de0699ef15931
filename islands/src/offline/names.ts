/** Finds people in a pack by parts of their names. */
export interface Named {
  readonly record: string;
  readonly names: readonly string[];
}

/** Most people who are found at once. */
const FOUND = 20;

/** Whoever has all the words in their names, in any order, whatever their marks and case. */
export function find(people: readonly Named[], text: string): Named[] {
  const words = plain(text).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const fits = ({ names }: Named): boolean => {
    const own = plain(names.join(" "));
    return words.every((word) => own.includes(word));
  };
  return people.filter(fits).slice(0, FOUND);
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
