// Security keys: the browser talks to the key, the form carries the answer.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const named = (credentials) => (credentials || []).map((known) => ({ ...known, id: bytes(known.id) }));

async function created(asked) {
  const key = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials),
    },
  });
  return said(key, {
    attestationObject: text(key.response.attestationObject),
    transports: key.response.getTransports ? key.response.getTransports() : [],
  });
}

async function shown(asked) {
  const key = await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = key.response;
  return said(key, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

function said(key, answer) {
  return {
    id: key.id,
    rawId: text(key.rawId),
    type: key.type,
    authenticatorAttachment: key.authenticatorAttachment,
    clientExtensionResults: key.getClientExtensionResults(),
    response: { clientDataJSON: text(key.response.clientDataJSON), ...answer },
  };
}

for (const form of document.querySelectorAll("form[data-security-key]")) {
  if (!window.PublicKeyCredential) {
    continue;
  }
  form.hidden = false;
  const words = form.querySelector("[data-security-key-said]");
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    submitted.stopPropagation();
    words.textContent = "";
    const asked = JSON.parse(form.dataset.options).publicKey;
    try {
      const answer = await (form.dataset.securityKey === "create" ? created(asked) : shown(asked));
      form.elements.credential.value = JSON.stringify(answer);
      // Not requestSubmit: this listener has done its work.
      form.submit();
    } catch (problem) {
      words.textContent = words.dataset[`on${problem.name}`] || words.dataset.onError;
    }
  });
}
