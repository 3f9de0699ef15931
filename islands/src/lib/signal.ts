/** A verdict to hear and to feel: for whoever looks at the guest and not at the screen. */

export class Signal {
  #audio: AudioContext | null = null;

  /** Browsers give a sound to a page that was touched. */
  prepare(): void {
    try {
      this.#audio ??= new AudioContext();
      void this.#audio.resume();
    } catch {
      // Without sound there are still light and word.
    }
  }

  /** One high tone and a short buzz, or two low tones and a long one. */
  give(admitted: boolean): void {
    if ("vibrate" in navigator) navigator.vibrate(admitted ? 80 : [200, 80, 200]);
    if (admitted) this.#tone(880, 0, 0.12);
    else for (const after of [0, 0.22]) this.#tone(196, after, 0.18);
  }

  #tone(pitch: number, after: number, length: number): void {
    const audio = this.#audio;
    if (audio?.state !== "running") return;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const begin = audio.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + length);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + length);
  }
}
