/** Finds people in a pack by parts of their names. */
import { openNames } from "./seal.ts";

export interface Named {
  readonly record: string;
  readonly names: readonly string[];
}

/** Most people who are found at once. */
const FOUND = 20;

/** Opens the lists of a pack; a later one replaces what an earlier one says of a record. */
export async function readNames(key: CryptoKey, point: string, lists: readonly string[]): Promise<Named[]> {
  const all = new Map<string, readonly string[]>();
  for (const list of lists) {
    for (const [record, names] of await openNames(key, point, list)) all.set(record, names);
  }
  return [...all].map(([record, names]) => ({ record, names }));
}

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
