/** Choosing the part of a photo that is kept: by sliders, or by dragging the picture. */
import { dragged, squareOf, type View } from "./lib/crop.ts";
import { one } from "./lib/dom.ts";

const LARGEST = 10 * 1024 * 1024;
const KINDS = ["image/jpeg", "image/png", "image/webp"];

const form = one<HTMLFormElement>("form[data-photo]");
if (form) start(form);

function start(form: HTMLFormElement): void {
  const input = one<HTMLInputElement>("input[type=file]", form);
  const panel = one<HTMLFieldSetElement>("[data-crop]", form);
  const canvas = panel && one<HTMLCanvasElement>("canvas", panel);
  const paper = canvas?.getContext("2d");
  if (!input || !panel || !canvas || !paper) return;
  let picture: HTMLImageElement | null = null;

  input.addEventListener("change", () => void choose());
  for (const slider of ["zoom", "across", "down"]) sliderOf(slider)?.addEventListener("input", draw);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!picture || !canvas.hasPointerCapture(event.pointerId)) return;
    const width = canvas.clientWidth || canvas.width;
    const next = dragged(sizeOf(picture), view(), event.movementX / width, event.movementY / width);
    setSlider("across", next.across * 100);
    setSlider("down", next.down * 100);
    draw();
  });
  if (input.files?.length) void choose();

  async function choose(): Promise<void> {
    const file = input?.files?.[0];
    picture = null;
    const wrong = file ? complaint(file) : "";
    input?.setCustomValidity(wrong);
    if (wrong) input?.reportValidity();
    if (file && !wrong && (await isPicture(file))) picture = await load(file);
    setSlider("zoom", 1);
    setSlider("across", 50);
    setSlider("down", 50);
    draw();
  }

  function draw(): void {
    if (panel) panel.hidden = picture === null;
    const square = picture ? squareOf(sizeOf(picture), view()) : null;
    for (const name of ["x", "y", "side"] as const) {
      const field = one<HTMLInputElement>(`input[name=${name}]`, form);
      if (field) field.value = square ? String(square[name]) : "";
    }
    if (!picture || !square || !paper || !canvas) return;
    const { x, y, side } = square;
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(picture, x, y, side, side, 0, 0, canvas.width, canvas.height);
  }

  function sliderOf(name: string): HTMLInputElement | null {
    return one<HTMLInputElement>(`#${name}`, form);
  }

  function setSlider(name: string, value: number): void {
    const slider = sliderOf(name);
    if (slider) slider.value = String(value);
  }

  function view(): View {
    const value = (name: string): number => Number(sliderOf(name)?.value ?? 0);
    return { zoom: value("zoom"), across: value("across") / 100, down: value("down") / 100 };
  }
}

function complaint(file: File): string {
  if (file.size > LARGEST) return "This file is larger than 10 MiB. Choose a smaller picture.";
  if (file.type && !KINDS.includes(file.type)) return "Choose a JPEG, PNG or WebP picture.";
  return "";
}

/** Whether a file begins like one of the three kinds; what it is for certain the server says. */
async function isPicture(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const start = String.fromCharCode(...head);
  return start.startsWith("\u00ff\u00d8\u00ff") || start === "\u0089PNG" || start === "RIFF";
}

/** Browsers turn the picture upright, as the server does. One they can't show is sent as it is. */
async function load(file: File): Promise<HTMLImageElement | null> {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await picture.decode();
    return picture;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

function sizeOf(picture: HTMLImageElement): { width: number; height: number } {
  return { width: picture.naturalWidth, height: picture.naturalHeight };
}
