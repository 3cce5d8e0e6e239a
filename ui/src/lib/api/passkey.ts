/** What the browser is asked about passkeys; the server's options go in as they are, its answer comes back as JSON. */
import { Problem } from "./problem";

type Json = Record<string, unknown>;

/** Only named, secure places have passkeys: localhost and https. */
export const able = (): boolean =>
  isSecureContext && typeof PublicKeyCredential === "function" && typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";

export async function make(options: Json): Promise<Json> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON);
  return answered(() => navigator.credentials.create({ publicKey }));
}

export async function sign(options: Json): Promise<Json> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
  return answered(() => navigator.credentials.get({ publicKey }));
}

async function answered(asked: () => Promise<Credential | null>): Promise<Json> {
  let credential: Credential | null;
  try {
    credential = await asked();
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") throw new Problem(409, "This device has a passkey for Hearth already.");
    throw new Problem(400, "The device did not confirm it, or had no passkey for this place. Try again, or choose another way.");
  }
  if (!(credential instanceof PublicKeyCredential)) throw new Problem(400, "The device gave no passkey. Try again, or choose another way.");
  return credential.toJSON() as unknown as Json;
}
