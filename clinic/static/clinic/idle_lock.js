// The idle lock in the browser: it hides the page once nobody has touched it for so many minutes, and gives it
// back as it was to the one who was acting. The server locks by itself; this keeps a half-typed form.
"use strict";

const template = document.querySelector("#idle-lock");
if (template) new (class IdleLock {
  idle = Number(document.body.dataset.idleMinutes) * 60_000;
  // The server need not know every key: as often as it writes, and not oftener.
  grain = Math.min(60_000, this.idle / 10);
  acting = template.dataset.acting;
  windows = new BroadcastChannel("coursebook-desk");
  touchedAt = Date.now();
  toldServerAt = Date.now();
  toldWindowsAt = 0;
  covered = null;

  constructor() {
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
      window.addEventListener(kind, () => this.touched(), { capture: true, passive: true });
    }
    for (const kind of ["visibilitychange", "focus", "pageshow"]) {
      window.addEventListener(kind, () => this.look(), { capture: true });
    }
    // An act in place met the lock of the server.
    document.addEventListener("desk-locked", () => this.covered || this.cover());
    window.addEventListener("pagehide", () => this.covered && this.forget());
    this.windows.addEventListener("message", ({ data: said }) => this.heard(said));
    this.windows.postMessage({ acting: this.acting, at: this.touchedAt });
    window.setInterval(() => this.look(), 1000);
  }

  get isOver() {
    // Real time: a computer that slept has been idle all the while.
    return Date.now() - this.touchedAt >= this.idle;
  }

  touched() {
    if (this.covered) return;
    if (this.isOver) {
      this.cover();
      return;
    }
    this.touchedAt = Date.now();
    if (this.touchedAt - this.toldWindowsAt >= 1000) {
      this.toldWindowsAt = this.touchedAt;
      this.windows.postMessage({ acting: this.acting, at: this.touchedAt });
    }
  }

  look() {
    if (this.covered) return;
    if (this.isOver) this.cover();
    else if (this.touchedAt > this.toldServerAt && Date.now() - this.toldServerAt >= this.grain) this.tell();
  }

  // Another window of this browser: the same person is at work there, or another one has taken over.
  heard(said) {
    if (said.acting !== this.acting) {
      this.leave();
      return;
    }
    if (this.covered && said.unlocked) this.uncover();
    if (!this.covered && !this.isOver) this.touchedAt = Math.max(this.touchedAt, said.at);
  }

  async tell() {
    this.toldServerAt = Date.now();
    try {
      const answer = await this.send(template.dataset.awake, new FormData());
      // Signed out is not locked: what is typed waits for the next sign-in, and this page for its idle time.
      if (answer.status !== 204 && answer.status !== 401) this.cover();
    } catch {
      // No connection: the next look tries again, and the server locks when it must.
    }
  }

  async send(address, fields, isAgain = false) {
    fields.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const headers = { Accept: "application/json", Acting: this.acting };
    const answer = await fetch(address, { method: "POST", body: fields, headers });
    if (answer.status !== 403 || isAgain) return answer;
    // The same person has signed in again in another window.
    const { token } = await answer.clone().json().catch(() => ({}));
    if (!token) return answer;
    document.dispatchEvent(new CustomEvent("fresh-token", { detail: { token } }));
    return this.send(address, fields, true);
  }

  cover() {
    const lock = template.content.cloneNode(true).firstElementChild;
    this.covered = {
      lock,
      title: document.title,
      focus: document.activeElement,
      top: window.scrollY,
      hidden: [...document.body.children].filter((part) => part !== template && !part.hidden),
    };
    for (const part of this.covered.hidden) {
      part.hidden = true;
      part.inert = true;
    }
    document.title = template.dataset.title;
    document.body.append(lock);
    const form = lock.querySelector("form");
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      // The page's own script lets a form be sent once; this one may be tried again.
      submitted.stopPropagation();
      this.unlock(form);
    });
    lock.addEventListener("keydown", (pressed) => this.keepFocus(pressed));
    form.elements["lock-secret"].focus();
  }

  keepFocus(pressed) {
    if (pressed.key !== "Tab") return;
    const stops = [...this.covered.lock.querySelectorAll("a, button, input:not([type=hidden])")];
    const leaves = pressed.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== leaves) return;
    pressed.preventDefault();
    (pressed.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  async unlock(form) {
    const secret = form.elements["lock-secret"];
    const button = form.querySelector("button");
    button.disabled = true;
    let said;
    try {
      const answer = await this.send(form.action, new FormData(form));
      said = await answer.json();
    } catch {
      said = { state: "refused", sentence: template.dataset.unreached };
    }
    button.disabled = false;
    secret.value = "";
    if (said.state === "open") {
      this.uncover();
      this.windows.postMessage({ acting: this.acting, at: this.touchedAt, unlocked: true });
    } else if (said.state === "refused") {
      const refusal = form.querySelector("[role=alert]");
      refusal.querySelector("[data-refusal]").textContent = said.sentence;
      refusal.hidden = false;
      secret.focus();
    } else {
      this.leave();
    }
  }

  uncover() {
    const { lock, title, focus, top, hidden } = this.covered;
    this.covered = null;
    this.touchedAt = this.toldServerAt = Date.now();
    lock.remove();
    for (const part of hidden) {
      part.hidden = false;
      part.inert = false;
    }
    document.title = title;
    window.scrollTo(0, top);
    if (focus instanceof HTMLElement) focus.focus({ preventScroll: true });
    document.dispatchEvent(new Event("desk-unlocked"));
  }

  // What is on this page is not for the one who acts now, not even by the browser's own way back.
  leave() {
    this.forget();
    window.location.replace("/");
  }

  forget() {
    for (const form of document.forms) form.reset();
  }
})();
