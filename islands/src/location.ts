/** Telling where this browser is: with a mark, if the class wants to know, or for a class's room. */
import { all, one } from "./lib/dom.ts";

const ASK: PositionOptions = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 };

/** How long a browser's question may stay unanswered, in milliseconds. */
const UNANSWERED = 20_000;

for (const form of all<HTMLFormElement>("form[data-tell-location]")) tell(form);
for (const button of all<HTMLButtonElement>("button[data-use-location]")) use(button);

/** Sends the form once the browser told where it is, or that it does not. */
function tell(form: HTMLFormElement): void {
  let told = false;
  form.addEventListener("submit", (event) => {
    if (told || !("geolocation" in navigator)) return;
    event.preventDefault();
    const button = one<HTMLButtonElement>("button", form);
    button?.setAttribute("aria-busy", "true");
    const send = (): void => {
      if (told) return;
      told = true;
      button?.removeAttribute("aria-busy");
      form.submit();
    };
    navigator.geolocation.getCurrentPosition(
      (position) => {
        fill(form, position.coords);
        send();
      },
      send,
      ASK,
    );
    // A question that nobody answers must not keep the mark waiting.
    setTimeout(send, UNANSWERED);
  });
}

/** Fills the fields of the button's form with where this browser is. */
function use(button: HTMLButtonElement): void {
  const form = button.form;
  if (!form || !("geolocation" in navigator)) return;
  const note = one<HTMLElement>("[data-location-note]", form);
  const say = (text: string): void => {
    if (note) note.textContent = text;
  };
  button.addEventListener("click", () => {
    say("Asking your browser …");
    navigator.geolocation.getCurrentPosition(
      (position) => {
        fill(form, position.coords);
        say(`Filled in, exact to about ${Math.ceil(position.coords.accuracy)} m. Save to keep it.`);
      },
      () => say("Your browser did not tell where it is. Allow it to, or type the numbers."),
      ASK,
    );
  });
}

function fill(form: HTMLFormElement, at: GeolocationCoordinates): void {
  for (const [name, degrees] of [["latitude", at.latitude], ["longitude", at.longitude]] as const) {
    const field = one<HTMLInputElement>(`input[name=${name}]`, form);
    if (field) field.value = degrees.toFixed(6);
  }
}
