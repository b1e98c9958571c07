// Keeps a page true while others work: it asks every two seconds whether anything has changed in the clinic, and
// shows anew what is marked data-live. What someone types stays, and so do focus, scroll and what is unfolded.
"use strict";

new (class Live {
  every = 2000;
  // After errors ever less often; at a locked desk as often as someone might come back.
  slowest = 60_000;
  locked = 30_000;
  // Between two new looks at the page: a server that is slow is left alone for longer.
  rest = 4000;
  restFor = 20;

  own = document.currentScript.dataset;
  since = this.own.since;
  errors = 0;
  restsUntil = 0;
  isOver = false;
  isAsking = false;
  timer = 0;
  bar = null;
  shown = new Map();

  constructor() {
    for (const region of this.regions) this.shown.set(region.dataset.live, bare(region));
    if (!this.shown.size) return;
    document.addEventListener("visibilitychange", () => this.later(0));
    this.later(this.every * Math.random());
  }

  // In the reader's language.
  get words() {
    return document.getElementById("live-words").dataset;
  }

  get regions() {
    return [...document.querySelectorAll("[data-live]")];
  }

  later(milliseconds) {
    window.clearTimeout(this.timer);
    if (this.isOver || document.visibilityState !== "visible") return;
    // Pages that were opened together do not ask together.
    this.timer = window.setTimeout(() => this.look(), milliseconds * (0.9 + 0.2 * Math.random()));
  }

  async look() {
    if (this.isAsking) return;
    this.isAsking = true;
    let wait;
    try {
      wait = await this.ask();
      this.errors = 0;
    } catch {
      this.errors += 1;
      wait = Math.min(this.slowest, this.every * 2 ** this.errors);
    }
    this.isAsking = false;
    this.later(wait);
  }

  // The number stays the page's own until the page is new: what was put off is told again.
  async ask() {
    const address = `${this.own.ask}?since=${this.since}&clinic=${this.own.clinic}`;
    const answer = await fetch(address, {
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status === 204) return this.every;
    if (answer.status === 200) {
      await this.changed();
      return this.every;
    }
    if (answer.status >= 500 || answer.status === 429) throw new Error(answer.statusText);
    const { code, detail } = await answer.json();
    if (code === "desk_locked") return this.locked;
    this.isOver = true;
    if (code === "clinic_switched") this.tell(detail, this.words.reload, () => window.location.reload());
    return this.slowest;
  }

  async changed() {
    if (performance.now() < this.restsUntil || this.mustWait) return;
    if (this.isTyping) this.tell(this.words.changed, this.words.show, () => this.renew({ isAsked: true }));
    else await this.renew({ isAsked: false });
  }

  async renew({ isAsked }) {
    const began = performance.now();
    const page = await fetch(window.location.href, {
      cache: "no-store",
      redirect: "error",
      headers: { Accept: "text/html", "Coursebook-Unattended": "yes" },
    });
    if (!page.ok) throw new Error(page.statusText);
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const took = performance.now() - began;
    this.restsUntil = performance.now() + Math.max(this.rest, this.restFor * took);
    const theirs = fresh.querySelector("script[data-since]")?.dataset;
    // The lock has no regions: the page behind it stays as it is.
    if (!theirs || !fresh.querySelector("[data-live]")) return;
    if (theirs.clinic !== this.own.clinic || theirs.acting !== this.own.acting) {
      this.isOver = true;
      this.tell(this.words.others, this.words.reload, () => window.location.reload());
      return;
    }
    // Someone may have begun to type meanwhile.
    if (this.mustWait || (this.isTyping && !isAsked)) return;
    if (this.swap(fresh)) {
      this.since = theirs.since;
      this.untell();
    }
  }

  // A dialog is open, a form is on its way, or someone is about to copy something.
  get mustWait() {
    if (document.querySelector("dialog[open], [role=dialog][aria-modal=true], form[data-sent]")) return true;
    const picked = document.getSelection();
    return !picked.isCollapsed && this.regions.some((region) => region.contains(picked.anchorNode));
  }

  get isTyping() {
    const at = document.activeElement;
    const isIn = at?.matches("input, textarea, select") && this.regions.some((region) => region.contains(at));
    return isIn || typedIn(document.querySelector("main")).length > 0;
  }

  swap(fresh) {
    const changes = this.regions
      .map((region) => ({ region, next: fresh.querySelector(`[data-live="${region.dataset.live}"]`) }))
      .filter(({ region, next }) => next && bare(next) !== this.shown.get(region.dataset.live));
    for (const { region, next } of changes) {
      if (carryTyped(region, next)) continue;
      this.tell(this.words.lost, this.words.reload, () => window.location.reload());
      return false;
    }
    const focus = document.activeElement;
    const wasIn = changes.find(({ region }) => region.contains(focus));
    const top = window.scrollY;
    for (const { region, next } of changes) {
      this.shown.set(region.dataset.live, bare(next));
      carryFolds(region, next);
      region.replaceWith(document.adoptNode(next));
    }
    if (wasIn) focusAgain(wasIn.next, focus);
    window.scrollTo(0, top);
    return true;
  }

  tell(words, label, act) {
    if (this.bar?.dataset.words === words) return;
    this.untell();
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.className = "button button-small";
    button.addEventListener("click", () => act()?.catch(() => {}));
    const said = Object.assign(document.createElement("p"), { className: "notice-words", textContent: words });
    const actions = Object.assign(document.createElement("div"), { className: "actions" });
    actions.append(button);
    this.bar = Object.assign(document.createElement("div"), { className: "notice notice-hold notice-live" });
    this.bar.dataset.words = words;
    this.bar.setAttribute("role", "status");
    this.bar.append(said, actions);
    document.querySelector("main").prepend(this.bar);
  }

  untell() {
    if (this.bar?.contains(document.activeElement)) document.querySelector("main").focus({ preventScroll: true });
    this.bar?.remove();
    this.bar = null;
  }
})();

// What a region says, without the tokens that are others each time.
function bare(region) {
  const copy = region.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  return copy.innerHTML;
}

function typedIn(part) {
  return [...part.querySelectorAll("input, textarea, select")].filter(isTyped);
}

function isTyped(field) {
  if (["hidden", "submit", "button", "image", "reset"].includes(field.type)) return false;
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  if (field.multiple) return options.some((option) => option.selected !== option.defaultSelected);
  return field.selectedIndex > -1 && field.selectedIndex !== Math.max(0, options.findIndex((o) => o.defaultSelected));
}

// False, with nothing done, if something that was typed would be lost.
function carryTyped(region, next) {
  const fields = [...next.querySelectorAll("input, textarea, select")];
  const pairs = typedIn(region).map((field) => [field, fields.find((other) => nameOf(other) === nameOf(field))]);
  if (pairs.some(([, other]) => !other)) return false;
  for (const [field, other] of pairs) {
    if (["checkbox", "radio"].includes(field.type)) other.checked = field.checked;
    else if (!field.multiple) other.value = field.value;
    else for (const option of other.options) option.selected = chosen(field).includes(option.value);
  }
  return true;
}

function chosen(field) {
  return [...field.selectedOptions].map((option) => option.value);
}

function nameOf(field) {
  const isChoice = ["checkbox", "radio"].includes(field.type);
  return [field.form?.getAttribute("action"), field.type, field.name, isChoice ? field.value : ""].join(" ");
}

// By its words, for one above it may have come or gone.
function carryFolds(region, next) {
  const words = (fold) => fold.querySelector("summary")?.textContent.trim();
  const folds = new Map([...region.querySelectorAll("details")].map((fold) => [words(fold), fold.open]));
  for (const fold of next.querySelectorAll("details")) fold.open = folds.get(words(fold)) ?? fold.open;
}

function focusAgain(region, before) {
  const mark = (one) =>
    [one.tagName, one.id, one.getAttribute("href"), one.form?.getAttribute("action"), one.textContent].join(" ");
  const same = [...region.querySelectorAll(before.tagName)].find((one) => mark(one) === mark(before));
  if (!same) region.tabIndex = -1;
  (same ?? region).focus({ preventScroll: true });
}
