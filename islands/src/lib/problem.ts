/** Problem details (RFC 9457) as the server answers them. */

export interface Problem {
  reason: string;
  detail: string;
}

/** Reads a refusal; `reason` is the last part of its type. */
export async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) {
      const { type, detail } = body as { type?: unknown; detail?: unknown };
      const reason = typeof type === "string" ? (type.split("/").pop() ?? "") : "";
      return { reason, detail: typeof detail === "string" ? detail : "" };
    }
  } catch {
    // Not JSON: the caller falls back to its own words.
  }
  return { reason: "", detail: "" };
}
