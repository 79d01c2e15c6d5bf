// Passkeys: the only part of Schoolgate that needs script. A form with `data-passkey` ("get" or "make") is shown where
// the browser knows passkeys; its button asks us for a challenge, lets the browser answer it, and sends the answer with
// the form like any other field.

const toBytes = (text) => {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const withBytes = (list) => (list ?? []).map((known) => ({ ...known, id: toBytes(known.id) }));

// The options as the browser wants them: what travels as base64url becomes bytes.
const getOptions = (options) => ({
  ...options,
  challenge: toBytes(options.challenge),
  allowCredentials: withBytes(options.allowCredentials),
});

const makeOptions = (options) => ({
  ...options,
  challenge: toBytes(options.challenge),
  user: { ...options.user, id: toBytes(options.user.id) },
  excludeCredentials: withBytes(options.excludeCredentials),
});

const spelled = (credential) => {
  const { response } = credential;
  const parts = { clientDataJSON: toText(response.clientDataJSON) };
  if (response.attestationObject) {
    parts.attestationObject = toText(response.attestationObject);
    parts.transports = response.getTransports?.() ?? [];
  } else {
    parts.authenticatorData = toText(response.authenticatorData);
    parts.signature = toText(response.signature);
    parts.userHandle = response.userHandle ? toText(response.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    extensions: credential.getClientExtensionResults(),
    response: parts,
  });
};

const ask = async (form) => {
  const answer = await fetch(form.dataset.challenge, { method: "POST", headers: { accept: "application/json" } });
  const isJson = answer.headers.get("content-type")?.startsWith("application/json") ?? false;
  if (!answer.ok || answer.redirected || !isJson) {
    throw new Error("no challenge");
  }
  const { ceremony, options } = await answer.json();
  const credential =
    form.dataset.passkey === "make"
      ? await navigator.credentials.create({ publicKey: makeOptions(options) })
      : await navigator.credentials.get({ publicKey: getOptions(options) });
  form.elements.ceremony.value = ceremony;
  form.elements.answer.value = spelled(credential);
  form.submit();
};

const words = (error) => {
  if (error.name === "InvalidStateError") return "This device already has a passkey for Schoolgate.";
  if (error.name === "NotAllowedError") return "The passkey was not used. You can try again.";
  if (error.message === "no challenge") return "Schoolgate could not begin. Load this page again, then try again.";
  return "Your browser could not use a passkey here. You can use another way.";
};

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button[type=button]");
    const said = form.querySelector("[role=status]");
    form.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      said.textContent = "Your browser is asking you to confirm.";
      try {
        await ask(form);
      } catch (error) {
        said.textContent = words(error);
        button.disabled = false;
      }
    });
  }
}
