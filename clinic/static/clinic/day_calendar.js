// A calendar beside each field for a day. The field stays what is typed and sent, in the clinic's order.
"use strict";

(() => {
  const template = document.querySelector("#day-calendar");
  if (!template) return;
  const widths = { d: 2, m: 2, y: 4 };

  function parts(field) {
    const order = field.dataset.day;
    return { order: [...order.slice(0, 3)], between: order.slice(3) };
  }

  // “06-01-2027” → “2027-01-06”, and nothing of what is half typed.
  function iso(field) {
    const numbers = field.value.trim().split(/[\s./,-]+/);
    if (numbers.length !== 3) return "";
    const { order } = parts(field);
    const said = Object.fromEntries(order.map((part, n) => [part, numbers[n].padStart(widths[part], "0")]));
    return `${said.y}-${said.m}-${said.d}`;
  }

  function written(field, day) {
    const [y, m, d] = day.split("-");
    const said = { y, m, d };
    const { order, between } = parts(field);
    return order.map((part) => said[part]).join(between);
  }

  function add(field) {
    const [button, calendar] = template.content.cloneNode(true).children;
    const around = document.createElement("span");
    around.className = "day";
    field.replaceWith(around);
    around.append(field, button, calendar);
    const label = field.labels?.[0]?.firstChild?.textContent.trim();
    if (label) button.querySelector(".unseen").append(`: ${label}`);
    if (field.dataset.firstDay) calendar.min = field.dataset.firstDay;
    if (field.dataset.lastDay) calendar.max = field.dataset.lastDay;
    button.addEventListener("click", () => {
      calendar.value = iso(field);
      calendar.showPicker();
    });
    calendar.addEventListener("change", () => {
      if (calendar.value) field.value = written(field, calendar.value);
      field.focus();
    });
  }

  function look(within) {
    for (const field of within.querySelectorAll("[data-day]")) {
      if (!field.parentElement.matches(".day")) add(field);
    }
  }

  look(document);
  document.addEventListener("htmx:load", (loaded) => look(loaded.target));
})();
