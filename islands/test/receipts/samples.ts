import type { Kept } from "../../src/receipts/model.ts";

export const KEY_ID = "01932f6e-3c80-7a1b-9c4d-5e6f708192a3";
export const CODE = "AGQ3FQ6U4X3AAKAAAEBAGBAFAYDQQCI";
export const OTHER_CODE = "AGQ3FQ6U4X3AAKIAAEBAGBAFAYDQQCI";

/** A scan that waits. */
export function kept(id: string, more: Partial<Kept> = {}): Kept {
  return { id, person: "ada", code: CODE, receipt: id, sequence: 1, at: 1, progress: "waiting", result: null, ...more };
}
