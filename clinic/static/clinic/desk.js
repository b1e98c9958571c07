// What is nicer with a script; every page works without it.
"use strict";

// A form is sent once: a second click would only be told that the time is taken. Forms that htmx sends
// are watched in in_place.js.
document.addEventListener("submit", (submitted) => {
  const form = submitted.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    submitted.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[data-busy]")) {
    button.textContent = button.dataset.busy;
  }
});

// Coming back by the browser's own button: the form may be sent again.
window.addEventListener("pageshow", (shown) => {
  if (shown.persisted) window.location.reload();
});

function makeNicer(within) {
  for (const button of within.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // The number of sessions follows the protocol.
  const count = within.querySelector("[data-session-count]");
  for (const protocol of count ? within.querySelectorAll("[data-min-sessions]") : []) {
    protocol.addEventListener("change", () => {
      const { minSessions, maxSessions } = protocol.dataset;
      if (minSessions === maxSessions) count.value = minSessions;
    });
  }
  // A patient who asked for it knows of it, until somebody says otherwise.
  for (const knows of within.querySelectorAll("[data-follows]")) {
    const asked = knows.form.elements[knows.dataset.follows];
    const follow = () => {
      knows.checked = asked.value === "patient";
    };
    asked.addEventListener("change", follow);
    knows.addEventListener("change", () => asked.removeEventListener("change", follow));
  }
}

makeNicer(document);
// A part that was swapped in is as nice.
document.addEventListener("htmx:load", (loaded) => {
  if (loaded.target !== document.body) makeNicer(loaded.target);
});
