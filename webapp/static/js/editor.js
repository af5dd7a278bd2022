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
