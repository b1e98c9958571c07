// Acts in place: the answer stands where the act was begun, and so does the focus.
"use strict";

(() => {
  // htmx notes where it was loaded, and an address may hold a name: nothing of a page is kept in the browser.
  sessionStorage.removeItem("htmx-current-path-for-history");

  // What a button says while its form is on its way.
  const words = new WeakMap();
  // By what a form was sent; and one that is sent again by itself: with a token of now, or after the lock.
  const pressed = new WeakMap();
  let again = null;
  let waiting = null;

  const first = (within, ...kinds) => kinds.map((kind) => within?.querySelector(kind)).find(Boolean);

  // The click of its button: only so does htmx send what that is called.
  function sendAgain(form) {
    const button = pressed.get(form);
    if (button) button.click();
    else form.requestSubmit();
  }

  function begin(form) {
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    for (const earlier of form.querySelectorAll(".beside")) earlier.remove();
    for (const button of form.querySelectorAll("button[data-busy]")) {
      words.set(button, [...button.childNodes]);
      button.textContent = button.dataset.busy;
    }
  }

  function end(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button[data-busy]")) {
      if (words.has(button)) button.replaceChildren(...words.get(button));
    }
  }

  // Not lost: the same row if it still stands there, what is wrong, else the part itself.
  function follow(form, target, isRefused) {
    const row = form.closest("[data-row]")?.dataset.row;
    const there = row && target.querySelector(`[data-row="${CSS.escape(row)}"]`);
    const stop = isRefused
      ? first(target, '[aria-invalid="true"]', '[role="alert"]', "h1")
      : first(there, "button", "a[href]");
    const place = stop ?? target;
    if (isRefused && !place.hasAttribute("tabindex")) place.tabIndex = place.matches("input, select, textarea") ? 0 : -1;
    place.focus({ preventScroll: !isRefused });
  }

  document.addEventListener("htmx:beforeRequest", (asked) => {
    const form = asked.detail.requestConfig.elt;
    // A form is sent once: a second press would only be told that the time is taken.
    if (form.dataset.sent) {
      asked.preventDefault();
      return;
    }
    pressed.set(form, asked.detail.requestConfig.triggeringEvent?.submitter);
    begin(form);
  });

  // A whole page, of whoever could not read what was asked: only what it holds is shown.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!/^\s*<!doctype/i.test(detail.serverResponse)) return;
    const whole = new DOMParser().parseFromString(detail.serverResponse, "text/html");
    detail.target = document.querySelector("#page");
    detail.serverResponse = whole.querySelector("#page")?.innerHTML ?? "";
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { xhr, target, requestConfig: { elt: form } } = detail;
    const isElsewhere = xhr.getResponseHeader("HX-Redirect");
    if (isElsewhere) return;
    end(form);
    if (again === form) {
      again = null;
      sendAgain(form);
      return;
    }
    const isUnanswered = xhr.status === 0 || xhr.status >= 500;
    if (isUnanswered && !form.querySelector(".beside")) {
      form.append(document.querySelector("#unreached").content.cloneNode(true));
    } else if (!form.isConnected) {
      follow(form, target, xhr.status >= 400);
    }
  });

  // Signed in again in another tab: what is typed here is sent with the token of now.
  document.addEventListener("fresh-token", ({ target, detail }) => {
    const within = [document, ...[...document.querySelectorAll("template")].map((kept) => kept.content)];
    for (const place of within) {
      for (const kept of place.querySelectorAll("[name=csrfmiddlewaretoken]")) kept.value = detail.token;
    }
    if (!(target instanceof HTMLFormElement) || target.dataset.again) return;
    target.dataset.again = "yes";
    again = target;
  });

  // What met the lock goes on as soon as the one who was acting has opened it.
  document.addEventListener("desk-locked", ({ target }) => {
    waiting = target;
  });
  document.addEventListener("desk-unlocked", () => {
    const form = waiting;
    waiting = null;
    if (form?.isConnected) sendAgain(form);
  });

  document.addEventListener("click", ({ target }) => {
    target.closest("[data-close]")?.closest(".toast").remove();
  });
})();
