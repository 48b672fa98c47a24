// Asks the browser for a passkey and puts its answer into the form. Without it codes work as always.
"use strict";
{
  const form = document.getElementById("passkey-form");
  const problem = form.querySelector(".passkey-problem");

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const known = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));
  const ask = () => {
    const { create, get } = form.dataset;
    const options = JSON.parse(create ?? get);
    options.challenge = bytes(options.challenge);
    if (get) {
      options.allowCredentials = known(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = known(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  };

  const NAMES = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = (credential) => {
    const response = { transports: credential.response.getTransports?.() ?? [] };
    for (const name of NAMES) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const REASONS = {
    NotAllowedError: "No passkey was given. Try again.",
    InvalidStateError: "This device has a passkey of yours already.",
    SecurityError: "Passkeys work only where the site is reached by its name over https.",
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      form.elements.credential.value = answer(await ask());
    } catch (error) {
      problem.textContent = REASONS[error.name] ?? "The browser could not use a passkey.";
      return;
    }
    form.submit();
  });

  if (window.PublicKeyCredential) form.hidden = false;
  else document.querySelector(".passkey-missing")?.removeAttribute("hidden");
}
