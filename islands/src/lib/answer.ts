/** Reading what a server answers. */

/** What an answer says. One that breaks off, or that something on the way wrote, fails with `broken`. */
export async function jsonOf<Content>(answer: Response, broken: Error): Promise<Content> {
  try {
    return (await answer.json()) as Content;
  } catch {
    throw broken;
  }
}
