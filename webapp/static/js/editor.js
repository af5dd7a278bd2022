// The record editor: shows the fields of the chosen type and marking only, and asks before unsaved text is left.
// Without JavaScript all of them are shown; the server takes those of the chosen type.
(function () {
  "use strict";
  const select = document.querySelector("[data-kind-select]");
  if (!select) return;
  const groups = document.querySelectorAll("[data-kind]");

  function show() {
    groups.forEach((group) => (group.hidden = group.dataset.kind !== select.value));
  }

  const form = select.form;

  function showRecipients() {
    const chosen = form.querySelector("[name=marking]:checked");
    form.querySelectorAll("[data-for-marking]").forEach((group) => {
      const fits = chosen && group.dataset.forMarking.split(" ").includes(chosen.value);
      group.hidden = !fits && !group.querySelector(".field-error");
      // What is not shown is not sent either: nobody is listed unawares.
      group.querySelectorAll("input").forEach((one) => (one.disabled = group.hidden));
    });
  }

  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => changed && event.preventDefault());
  select.addEventListener("change", show);
  form.addEventListener("change", showRecipients);
  show();
  showRecipients();
})();
// [data-marking-form]: the recipients that fit the chosen marking, and nothing of the others is sent.
(function () {
  "use strict";
  const form = document.querySelector("[data-marking-form]");
  if (!form) return;

  function show() {
    const chosen = form.querySelector("[name=marking]:checked");
    form.querySelectorAll("[data-for-marking]").forEach((group) => {
      group.hidden = !(chosen && group.dataset.forMarking.split(" ").includes(chosen.value)) && !group.querySelector(".field-error");
      group.querySelectorAll("input").forEach((one) => (one.disabled = group.hidden));
    });
  }

  form.addEventListener("change", show);
  show();
})();
// [data-write]: a text with buttons that put Markdown round what is selected, and a list of people after an @.
// Without JavaScript the buttons are not there and names are typed.
(function () {
  "use strict";
  const AROUND = { bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], link: ["[", "](https://)"], call: ["@", ""] };
  const BEFORE = { heading: "## ", quote: "> ", list: "- ", steps: "1. " };

  function put(field, from, to, text, first, last) {
    field.focus();
    field.setRangeText(text, from, to, "preserve");
    field.setSelectionRange(first, last);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function apply(field, tool) {
    const { selectionStart: from, selectionEnd: to, value } = field;
    const chosen = value.slice(from, to);
    if (tool in AROUND) {
      const [open, close] = AROUND[tool];
      put(field, from, to, open + chosen + close, from + open.length, from + open.length + chosen.length);
      return;
    }
    const start = value.lastIndexOf("\n", from - 1) + 1;
    const lines = value.slice(start, to).split("\n").map((line) => BEFORE[tool] + line).join("\n");
    put(field, start, to, lines, start + lines.length, start + lines.length);
  }

  document.querySelectorAll("[data-write]").forEach((box) => {
    const field = box.querySelector("textarea");
    const tools = box.querySelector("[role=toolbar]");
    const list = box.querySelector("[role=listbox]");
    let timer = 0;
    let chosen = 0;
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("[data-tool]");
      if (button) apply(field, button.dataset.tool);
    });
    const typed = () => /(?:^|[\s(])@([\p{L}\p{N}.+-]*)$/u.exec(field.value.slice(0, field.selectionStart));
    const options = () => Array.from(list.querySelectorAll("[role=option]"));

    function close() {
      clearTimeout(timer);
      list.hidden = true;
      list.replaceChildren();
    }

    function choose(index) {
      chosen = (index + options().length) % options().length;
      options().forEach((one, i) => {
        one.classList.toggle("is-chosen", i === chosen);
        one.setAttribute("aria-selected", String(i === chosen));
      });
    }

    function insert(name) {
      const found = typed();
      if (!found) return;
      const end = field.selectionStart;
      const start = end - found[1].length;
      close();
      put(field, start, end, name + " ", start + name.length + 1, start + name.length + 1);
    }

    async function load() {
      const found = typed();
      if (!found) return close();
      let answer;
      try {
        answer = await fetch(box.dataset.people + "?q=" + encodeURIComponent(found[1]), { headers: { Accept: "application/json" } });
      } catch {
        return close(); // Gone offline: names can be typed.
      }
      if (!answer.ok || answer.redirected || !typed() || typed()[1] !== found[1]) return;
      list.replaceChildren(
        ...(await answer.json()).map((one) => {
          const option = document.createElement("button");
          option.type = "button";
          option.className = "suggestion";
          option.setAttribute("role", "option");
          option.tabIndex = -1;
          const name = document.createElement("span");
          name.textContent = one.name;
          const detail = document.createElement("small");
          detail.textContent = one.detail;
          option.append(name, detail);
          option.addEventListener("mousedown", (event) => {
            event.preventDefault();
            insert(one.insert);
          });
          option.dataset.insert = one.insert;
          return option;
        }),
      );
      list.hidden = !options().length;
      if (options().length) choose(0);
    }

    field.addEventListener("input", () => {
      clearTimeout(timer);
      if (typed()) timer = setTimeout(load, 150);
      else close();
    });
    field.addEventListener("keydown", (event) => {
      if (list.hidden || !options().length) return;
      if (event.key === "ArrowDown") choose(chosen + 1);
      else if (event.key === "ArrowUp") choose(chosen - 1);
      else if (event.key === "Enter" || event.key === "Tab") insert(options()[chosen].dataset.insert);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
    field.addEventListener("blur", close);
  });
})();
