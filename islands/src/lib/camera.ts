/** A camera on a video: the one at the back first, its light, and the others. */

/** Turns the light on; not in every list of types yet. */
interface Light {
  torch?: boolean;
}

export interface Lens {
  readonly id: string;
  readonly name: string;
}

export class Camera {
  #stream: MediaStream | null = null;

  constructor(private readonly video: HTMLVideoElement) {}

  /** Whether this browser gives a page a camera at all, which it does over HTTPS alone. */
  static get offered(): boolean {
    return isSecureContext && typeof navigator.mediaDevices?.getUserMedia === "function";
  }

  /** Shows a camera; without an id the one at the back, where there is one. */
  async open(id = ""): Promise<void> {
    this.close();
    const which: MediaTrackConstraints = id
      ? { deviceId: { exact: id } }
      : { facingMode: { ideal: "environment" } };
    const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    this.video.srcObject = this.#stream;
    await this.video.play();
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** All cameras, in the browser's order. */
  async lenses(): Promise<Lens[]> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices
      .filter((device) => device.kind === "videoinput")
      .map((device, at) => ({ id: device.deviceId, name: device.label || `Camera ${at + 1}` }));
  }

  get current(): string {
    return this.#track?.getSettings().deviceId ?? "";
  }

  get hasLight(): boolean {
    return (this.#track?.getCapabilities?.() as Light | undefined)?.torch === true;
  }

  async light(on: boolean): Promise<void> {
    await this.#track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream?.getVideoTracks()[0];
  }
}

/** Why there is no picture, and what to do. */
export function whyNot(error: unknown): string {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "Your browser may not use the camera. Allow it in the address bar, or type the code.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found. Type the code instead.";
    case "NotReadableError":
      return "Another program is using the camera. Close it and try again.";
    default:
      return "The camera did not start. Type the code instead.";
  }
}
