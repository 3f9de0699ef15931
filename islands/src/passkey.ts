/** Making a passkey and signing in with one: the browser's answer travels in the form around it. */
import { fromBase64Url, toBase64Url } from "./lib/base64.ts";
import { one, setText } from "./lib/dom.ts";

/** What the server asks; `known` are ids of keys. */
interface Options {
  challenge: string;
  party: string;
  known: string[];
  partyName?: string;
  user?: string;
  userName?: string;
  algorithms?: number[];
}

const form = one<HTMLFormElement>("form[data-passkey]");
if (form) start(form);

function start(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const options = JSON.parse(form.dataset["options"] ?? "{}") as Options;
    complain(form, "");
    const asked = form.dataset["passkey"] === "make" ? make(options) : use(options);
    asked.then(
      (answer) => send(form, answer),
      (error: unknown) => complain(form, explain(error)),
    );
  });
}

function keys(options: Options): PublicKeyCredentialDescriptor[] {
  return options.known.map((id) => ({ type: "public-key", id: fromBase64Url(id) }));
}

async function make(options: Options): Promise<Record<string, ArrayBuffer>> {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: fromBase64Url(options.challenge),
      rp: { id: options.party, name: options.partyName ?? options.party },
      user: {
        id: fromBase64Url(options.user ?? ""),
        name: options.userName ?? "",
        displayName: options.userName ?? "",
      },
      pubKeyCredParams: (options.algorithms ?? []).map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: keys(options),
      authenticatorSelection: { residentKey: "discouraged", userVerification: "preferred" },
      attestation: "none",
      timeout: 120_000,
    },
  });
  const { rawId, response } = made as PublicKeyCredential;
  const told = response as AuthenticatorAttestationResponse;
  const key = told.getPublicKey();
  if (key === null) throw new DOMException("", "NotSupportedError");
  return {
    credential: rawId,
    client_data: told.clientDataJSON,
    authenticator_data: told.getAuthenticatorData(),
    public_key: key,
  };
}

async function use(options: Options): Promise<Record<string, ArrayBuffer>> {
  const used = await navigator.credentials.get({
    publicKey: {
      challenge: fromBase64Url(options.challenge),
      rpId: options.party,
      allowCredentials: keys(options),
      userVerification: "preferred",
      timeout: 120_000,
    },
  });
  const { rawId, response } = used as PublicKeyCredential;
  const told = response as AuthenticatorAssertionResponse;
  return {
    credential: rawId,
    client_data: told.clientDataJSON,
    authenticator_data: told.authenticatorData,
    signature: told.signature,
  };
}

function send(form: HTMLFormElement, answer: Record<string, ArrayBuffer>): void {
  for (const [name, bytes] of Object.entries(answer)) {
    const field = one<HTMLInputElement>(`input[name=${name}]`, form);
    if (field) field.value = toBase64Url(new Uint8Array(bytes));
  }
  form.submit();
}

function complain(form: HTMLFormElement, text: string): void {
  const place = one("[data-passkey-error]", form);
  setText(place, text);
  if (place) place.hidden = text === "";
}

/** What went wrong, in words: browsers tell little on purpose. */
function explain(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return "This passkey was added already: use another one.";
  if (name === "NotSupportedError") return "This browser or key can't make a passkey that is taken here.";
  if (name === "SecurityError") return "This address is not the one for which passkeys are made.";
  if (!("credentials" in navigator)) return "This browser knows no passkeys.";
  return "The browser gave no passkey: it was cancelled, or took too long. Try again.";
}
