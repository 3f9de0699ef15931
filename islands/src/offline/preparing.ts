/** Fetches a pack: all of it and verified, or none. */
import type { Device, Pack } from "./model.ts";
import { openPack } from "./payload.ts";
import type { Server } from "./server.ts";
import { Away } from "./server.ts";
import type { Store } from "./store.ts";

/** After so many changes all of it is fetched again. */
const PARTS = 50;

/** How far a download is: bytes, and how many there are, where that is known. */
export type Heard = (received: number, whole: number | null) => void;

/** Which pack is fetched. */
export interface Wanted {
  readonly point: string;
  readonly withoutPhotos: boolean;
}

/** Fetches the pack of a point and takes it. */
export async function prepare(store: Store, server: Server, device: Device, { point, withoutPhotos }: Wanted, heard: Heard): Promise<void> {
  const bytes = await download(await server.pack(point, null, withoutPhotos), heard);
  await store.take(await openPack(bytes, device.keys, device.id, point));
}

/** Fetches what has changed since a pack was made; all of it again once that was often. */
export async function refresh(store: Store, server: Server, device: Device, pack: Pack): Promise<void> {
  const point = pack.point.id;
  const since = pack.last - pack.first < PARTS ? pack.cursor : null;
  const bytes = await download(await server.pack(point, since, pack.withoutPhotos), () => undefined);
  await store.take(await openPack(bytes, device.keys, device.id, point));
}

/** All bytes of an answer. */
export async function download(answer: Response, heard: Heard): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(answer.headers.get("content-length") ?? "");
  const known = length > 0 && !answer.headers.has("content-encoding") ? length : null;
  const parts: Uint8Array[] = [];
  let received = 0;
  try {
    for (const reader = answer.body?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      received += value.length;
      heard(received, known);
    }
  } catch {
    throw new Away("the download broke off");
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
