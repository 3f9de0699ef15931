/** The server's clock, estimated from what it says and how long it took to say it. */
export class ServerClock {
  #offset = 0;
  #doubt = Number.POSITIVE_INFINITY;

  constructor(private readonly local: () => number = Date.now) {}

  /** Takes a reading. Without `sentAt` (a pushed event) it only counts while there is nothing better. */
  sample(serverTime: string, sentAt?: number): void {
    const server = Date.parse(serverTime);
    if (Number.isNaN(server)) return;
    const received = this.local();
    const doubt = sentAt === undefined ? 10_000 : (received - sentAt) / 2;
    // Clocks drift, so that an old exact reading gives way slowly to newer ones.
    if (doubt > this.#doubt * 2) return;
    this.#doubt = Math.max(doubt, 1);
    this.#offset = server - (sentAt === undefined ? received : sentAt + doubt);
  }

  /** Milliseconds since 1970 on the server. */
  now(): number {
    return this.local() + this.#offset;
  }
}
