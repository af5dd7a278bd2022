// The record editor: shows the fields of the chosen type only, and asks before unsaved text is left.
// Without JavaScript the fields of every type are shown; the server takes those of the chosen one.
(function () {
  "use strict";
  const select = document.querySelector("[data-kind-select]");
  if (!select) return;
  const groups = document.querySelectorAll("[data-kind]");

  function show() {
    groups.forEach((group) => (group.hidden = group.dataset.kind !== select.value));
  }

  const form = select.form;
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => changed && event.preventDefault());
  select.addEventListener("change", show);
  show();
})();
