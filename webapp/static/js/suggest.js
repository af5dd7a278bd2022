// Type-ahead under the search field: fetches a list of links and lets the arrow keys walk it.
// Without JavaScript the field is a plain search form.
(function () {
  "use strict";
  const field = document.querySelector("[data-suggest]");
  if (!field) return;
  const list = document.getElementById("suggestions");
  let timer = 0;
  let asked = "";
  let chosen = -1;

  function options() {
    return Array.from(list.querySelectorAll("[role=option]"));
  }

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const all = options();
    all.forEach((option, i) => option.classList.toggle("is-chosen", i === index));
    chosen = index;
    if (index >= 0) field.setAttribute("aria-activedescendant", all[index].id);
    else field.removeAttribute("aria-activedescendant");
  }

  async function load() {
    const text = field.value;
    if (text.trim().length < 2 || text === asked) return;
    asked = text;
    const answer = await fetch(field.dataset.suggest + "?q=" + encodeURIComponent(text), {
      headers: { Accept: "text/html" },
    });
    // An answer that arrives late must not replace the list for what stands in the field now.
    if (!answer.ok || answer.redirected || field.value !== text || document.activeElement !== field) return;
    list.innerHTML = await answer.text();
    const some = options().length > 0;
    list.hidden = !some;
    field.setAttribute("aria-expanded", String(some));
    chosen = -1;
  }

  field.addEventListener("input", function () {
    clearTimeout(timer);
    if (field.value.trim().length < 2) close();
    timer = setTimeout(load, 120);
  });
  field.addEventListener("keydown", function (event) {
    const all = options();
    if (list.hidden || !all.length) return;
    if (event.key === "ArrowDown") choose((chosen + 1) % all.length);
    else if (event.key === "ArrowUp") choose((chosen - 1 + all.length) % all.length);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) window.location.assign(all[chosen].href);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => setTimeout(close, 200));
  field.form.addEventListener("submit", close);
})();
