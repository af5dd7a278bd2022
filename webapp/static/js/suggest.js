// Type-ahead under a search field: fetches a list of links and lets the arrow keys walk it.
// With [data-suggest-on-key] the list waits for the arrow key, because answers appear below while one types.
// Without JavaScript the field is a plain search form.
(() => {
  "use strict";
  const field = document.querySelector("[data-suggest][role=combobox]");
  if (!field) return;
  const list = document.getElementById(field.getAttribute("aria-controls"));
  const waits = field.hasAttribute("data-suggest-on-key");
  let timer = 0;
  let chosen = -1;

  const options = () => Array.from(list.querySelectorAll("[role=option]"));

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    choose(-1);
    field.setAttribute("aria-expanded", "false");
  }

  function choose(index) {
    options().forEach((option, i) => {
      option.classList.toggle("is-chosen", i === index);
      option.setAttribute("aria-selected", String(i === index));
    });
    chosen = index;
    if (index >= 0) field.setAttribute("aria-activedescendant", options()[index].id);
    else field.removeAttribute("aria-activedescendant");
  }

  async function load(first = -1) {
    const text = field.value;
    if (text.trim().length < 2) return;
    let answer;
    try {
      answer = await fetch(field.dataset.suggest + "?q=" + encodeURIComponent(text), { headers: { Accept: "text/html" } });
    } catch {
      return; // Gone offline: searching will say so.
    }
    // An answer that arrives late must not replace the list for what stands in the field now.
    if (!answer.ok || answer.redirected || field.value !== text || document.activeElement !== field) return;
    list.innerHTML = await answer.text();
    const some = options().length > 0;
    list.hidden = !some;
    field.setAttribute("aria-expanded", String(some));
    choose(some ? first : -1);
  }

  field.addEventListener("input", () => {
    if (waits || field.value.trim().length < 2) close();
    clearTimeout(timer);
    if (!waits) timer = setTimeout(load, 120);
  });
  field.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : options().length;
    if (event.key === "ArrowDown") count ? choose((chosen + 1) % count) : load(0);
    else if (!count) return;
    // From the first entry the way up leads back into the field.
    else if (event.key === "ArrowUp") choose(chosen < 0 ? count - 1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) window.location.assign(options()[chosen].href);
    else return;
    event.preventDefault();
  });
  // A press on an entry must not take the focus away before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
})();
