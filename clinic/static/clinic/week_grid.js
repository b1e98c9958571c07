// A week drawn on a grid: it writes the rows of the form beside it, and reads them again. The rows are what
// is sent. What a grid cannot say – other weeks, nights, odd minutes – stays as its row says, and is shown.
"use strict";

(() => {
  const MINUTES = 24 * 60;

  function minutes(clock) {
    const said = /^(\d{1,2})[:.](\d{2})$/.exec(clock.trim());
    return said ? Number(said[1]) * 60 + Number(said[2]) : null;
  }

  function clock(at) {
    const within = at % MINUTES;
    return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
  }

  function draw(form) {
    const section = form.querySelector("[data-week-grid]");
    const rows = form.querySelector("[data-week-rows]");
    const model = form.querySelector("template[data-week-row]");
    const total = form.elements["hours-TOTAL_FORMS"];
    const step = Number(section.dataset.weekGrid);
    const days = section.dataset.days.split(",");
    const said = section.querySelector("[data-week-said]");
    const table = section.querySelector("table");
    const height = MINUTES / step;
    const cells = [];
    let cursor = { row: Math.floor((8 * 60) / step), day: 0 };
    let anchor = null;
    let stroke = null;

    const part = (row, name) => row.querySelector(`[name$="-${name}"]`);

    // Of a row: which weekday, and from which to which line; null where a grid cannot say it.
    function plain(row) {
      const opens = minutes(part(row, "opens").value);
      let closes = minutes(part(row, "closes").value);
      if (opens === null || closes === null) return null;
      if (closes === 0) closes = MINUTES;
      const every = part(row, "every_weeks").value.trim();
      const isOther = (every && every !== "1") || part(row, "valid_until").value.trim();
      if (isOther || closes <= opens || opens % step || closes % step) return null;
      return { day: Number(part(row, "weekday").value) - 1, first: opens / step, end: closes / step };
    }

    function covered(row) {
      const opens = minutes(part(row, "opens").value);
      const closes = minutes(part(row, "closes").value);
      if (opens === null || closes === null) return [];
      const day = Number(part(row, "weekday").value) - 1;
      const end = closes > opens ? closes : closes + MINUTES;
      const found = [];
      for (let at = Math.floor(opens / step); at * step < end; at += 1) {
        found.push([at % height, (day + Math.floor(at / height)) % 7]);
      }
      return found;
    }

    function read() {
      for (const line of cells) for (const cell of line) cell.className = "";
      for (const row of rows.querySelectorAll("[data-row]")) {
        const isPlain = plain(row);
        for (const [line, day] of covered(row)) cells[line][day].className = isPlain ? "is-open" : "is-other";
      }
      for (const line of cells) for (const cell of line) tell(cell);
    }

    function tell(cell) {
      const { open, closed, other } = section.dataset;
      const isOpen = cell.className !== "";
      cell.setAttribute("aria-selected", String(isOpen));
      const state = cell.className === "is-other" ? other : isOpen ? open : closed;
      cell.setAttribute("aria-label", `${days[cell.day]} ${clock(cell.line * step)}, ${state}`);
    }

    function emptyRow() {
      for (const row of rows.querySelectorAll("[data-row]")) {
        if (!part(row, "opens").value && !part(row, "closes").value) return row;
      }
      const number = Number(total.value);
      const holder = document.createElement("div");
      holder.innerHTML = model.innerHTML.replaceAll("__prefix__", String(number));
      const row = holder.firstElementChild;
      rows.append(row);
      // Its days get their calendars.
      row.dispatchEvent(new Event("htmx:load", { bubbles: true }));
      total.value = String(number + 1);
      return row;
    }

    // The rows of one weekday say what the grid shows of it.
    function write(day) {
      for (const row of rows.querySelectorAll("[data-row]")) {
        if (plain(row)?.day !== day) continue;
        for (const name of ["opens", "closes", "every_weeks", "counted_from"]) part(row, name).value = "";
      }
      let first = null;
      for (let line = 0; line <= height; line += 1) {
        const isOpen = line < height && cells[line][day].className === "is-open";
        if (isOpen && first === null) first = line;
        if (isOpen || first === null) continue;
        const row = emptyRow();
        part(row, "weekday").value = String(day + 1);
        part(row, "opens").value = clock(first * step);
        part(row, "closes").value = clock(line * step);
        first = null;
      }
    }

    function fill(from, to, isOpen) {
      const [first, last] = [Math.min(from.row, to.row), Math.max(from.row, to.row)];
      const [left, right] = [Math.min(from.day, to.day), Math.max(from.day, to.day)];
      for (let day = left; day <= right; day += 1) {
        for (let line = first; line <= last; line += 1) {
          const cell = cells[line][day];
          if (cell.className !== "is-other") cell.className = isOpen ? "is-open" : "";
          tell(cell);
        }
        write(day);
      }
      const state = isOpen ? section.dataset.open : section.dataset.closed;
      said.textContent = `${days[left]} ${clock(first * step)} – ${days[right]} ${clock((last + 1) * step)}, ${state}`;
    }

    function go(to) {
      cells[cursor.row][cursor.day].tabIndex = -1;
      cursor = {
        row: Math.min(Math.max(to.row, 0), height - 1),
        day: Math.min(Math.max(to.day, 0), 6),
      };
      const cell = cells[cursor.row][cursor.day];
      cell.tabIndex = 0;
      cell.focus();
    }

    function build() {
      const head = table.createTHead().insertRow();
      head.append(document.createElement("td"));
      for (const name of days) {
        const cell = document.createElement("th");
        cell.scope = "col";
        cell.textContent = name;
        head.append(cell);
      }
      const body = table.createTBody();
      for (let line = 0; line < height; line += 1) {
        const row = body.insertRow();
        const label = document.createElement("th");
        label.scope = "row";
        // Every line has a name; between the hours it is only heard.
        const name = document.createElement("span");
        name.textContent = clock(line * step);
        if ((line * step) % 60) name.className = "unseen";
        label.append(name);
        row.append(label);
        cells.push(
          days.map((_, day) => {
            const cell = row.insertCell();
            cell.setAttribute("role", "gridcell");
            cell.tabIndex = -1;
            return Object.assign(cell, { line, day });
          }),
        );
      }
      cells[cursor.row][cursor.day].tabIndex = 0;
    }

    const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

    table.addEventListener("keydown", (pressed) => {
      const arrow = ARROWS[pressed.key];
      if (arrow) {
        if (pressed.shiftKey) anchor ??= { ...cursor };
        else anchor = null;
        go({ row: cursor.row + arrow[0], day: cursor.day + arrow[1] });
        if (pressed.shiftKey) fill(anchor, cursor, true);
      } else if (pressed.key === "Enter" || pressed.key === " ") {
        fill(anchor ?? cursor, cursor, true);
      } else if (pressed.key === "Delete" || pressed.key === "Backspace") {
        fill(anchor ?? cursor, cursor, false);
      } else if (pressed.key === "Home" || pressed.key === "End") {
        anchor = null;
        go({ row: cursor.row, day: pressed.key === "Home" ? 0 : 6 });
      } else if (pressed.key === "PageUp" || pressed.key === "PageDown") {
        anchor = null;
        go({ row: cursor.row + (pressed.key === "PageUp" ? -60 : 60) / step, day: cursor.day });
      } else {
        return;
      }
      pressed.preventDefault();
    });

    const under = (touched) => {
      const cell = document.elementFromPoint(touched.clientX, touched.clientY)?.closest("[role=gridcell]");
      return cell && table.contains(cell) ? { row: cell.line, day: cell.day } : null;
    };

    table.addEventListener("pointerdown", (touched) => {
      const at = touched.pointerType === "mouse" && touched.button === 0 ? under(touched) : null;
      if (!at) return;
      touched.preventDefault();
      go(at);
      anchor = null;
      stroke = { from: at, opens: cells[at.row][at.day].className === "" };
    });
    table.addEventListener("pointermove", (touched) => {
      const at = stroke && under(touched);
      if (at && at.day === stroke.from.day) stroke.to = at;
      if (!stroke?.to) return;
      for (const line of cells) for (const cell of line) cell.classList.remove("is-drawn");
      const [first, last] = [stroke.from.row, stroke.to.row].sort((one, other) => one - other);
      for (let line = first; line <= last; line += 1) cells[line][stroke.from.day].classList.add("is-drawn");
    });
    document.addEventListener("pointerup", () => {
      if (!stroke) return;
      for (const line of cells) for (const cell of line) cell.classList.remove("is-drawn");
      fill(stroke.from, stroke.to ?? stroke.from, stroke.opens);
      stroke = null;
    });

    rows.addEventListener("change", read);
    build();
    read();
    section.hidden = false;
  }

  function look(within) {
    for (const form of within.querySelectorAll("[data-week]")) {
      if (!form.dataset.drawn) draw(form);
      form.dataset.drawn = "yes";
    }
  }

  look(document);
  document.addEventListener("htmx:load", (loaded) => look(loaded.target));
})();
