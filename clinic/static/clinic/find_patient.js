// Patients are found as someone types: ↑ and ↓ choose, Enter opens, Esc shuts the list. Without it the form is sent.
"use strict";

class PatientFinder {
  fewest = 3;
  pause = 200;

  asking = null;
  timer = 0;
  // What the list was found by; while it is being asked again, none.
  foundBy = null;
  chosen = -1;

  constructor(form) {
    this.form = form;
    this.field = form.querySelector("input[name=search]");
    this.list = Object.assign(document.createElement("div"), { className: "found", hidden: true });
    this.said = Object.assign(document.createElement("p"), { className: "unseen" });
    this.said.setAttribute("role", "status");
    this.field.parentElement.append(this.list, this.said);
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries(roles)) this.field.setAttribute(name, value);
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("keydown", (pressed) => this.press(pressed));
    this.field.addEventListener("blur", () => this.shut());
    // The field keeps the focus, so that the list stays open until it is clicked.
    this.list.addEventListener("mousedown", (pressed) => pressed.preventDefault());
    this.list.addEventListener("click", ({ target }) => this.open(target.closest("[role=option]")));
  }

  get words() {
    return this.field.value.trim();
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  later() {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.foundBy = null;
    if (this.words.length < this.fewest) this.shut();
    else this.timer = window.setTimeout(() => this.ask().catch(() => this.shut()), this.pause);
  }

  async ask() {
    const words = this.words;
    this.asking = new AbortController();
    // Sent, not asked by an address: addresses are logged.
    const answer = await fetch(this.form.dataset.find, {
      method: "POST",
      body: new URLSearchParams({ search: words }),
      headers: { "HX-Request": "true", "X-CSRFToken": token() },
      cache: "no-store",
      redirect: "error",
      signal: this.asking.signal,
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // The form asks again by itself, and is answered in full.
    const refused = page.querySelector(".notice-words");
    if (words !== this.words || document.activeElement !== this.field) return;
    if (answer.ok) this.show(words, [...page.body.children]);
    else if (refused) this.show(null, [refused]);
    else this.shut();
  }

  show(words, nodes) {
    this.list.replaceChildren(...nodes.map((node) => document.adoptNode(node)));
    this.list.hidden = false;
    this.foundBy = words;
    this.chosen = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-expanded", String(this.options.length > 0));
    if (this.options.length) this.field.setAttribute("aria-controls", "found-list");
    this.said.textContent = this.list.querySelector(".found-said, .notice-words")?.textContent ?? "";
  }

  shut() {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.list.replaceChildren();
    this.foundBy = null;
    this.chosen = -1;
    this.said.textContent = "";
    this.field.setAttribute("aria-expanded", "false");
    for (const name of ["aria-activedescendant", "aria-controls"]) this.field.removeAttribute(name);
  }

  press(pressed) {
    // Enter ends the writing of a word in Chinese or Japanese.
    if (pressed.isComposing) return;
    const { options } = this;
    const act = {
      ArrowDown: () => this.choose(options, this.chosen + 1),
      ArrowUp: () => this.choose(options, this.chosen < 0 ? options.length - 1 : this.chosen - 1),
      Enter: () => this.open(this.foundBy === this.words ? (options[this.chosen] ?? sole(options)) : null),
      Escape: () => this.leave(),
    }[pressed.key];
    if (act?.()) pressed.preventDefault();
  }

  // Past the last one nobody is chosen, then the first one again.
  choose(options, at) {
    if (!options.length) return false;
    this.chosen = at >= 0 && at < options.length ? at : -1;
    for (const [place, option] of options.entries()) {
      option.setAttribute("aria-selected", String(place === this.chosen));
    }
    const option = options[this.chosen];
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
    return true;
  }

  open(option) {
    if (!option) return false;
    window.location.assign(option.dataset.opens);
    return true;
  }

  leave() {
    if (this.list.hidden) return false;
    this.shut();
    return true;
  }
}

function sole(options) {
  return options.length === 1 ? options[0] : null;
}

// As the page has it, by now or since somebody signed in again.
function token() {
  const kept = document.getElementById("idle-lock")?.content.querySelector("[name=csrfmiddlewaretoken]");
  return kept?.value ?? "";
}

function findIn(within) {
  for (const form of within.querySelectorAll("form[data-find]")) new PatientFinder(form);
}

findIn(document);
document.addEventListener("htmx:load", (loaded) => {
  if (loaded.target !== document.body) findIn(loaded.target);
});
