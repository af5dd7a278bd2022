// [data-sheet] is the checkbox that opens a sheet without a script. This moves the focus in and out, and closes on Escape.
(() => {
  "use strict";
  const sheetOf = (box) => box.parentElement.querySelector(".sheet");
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sheet]") && event.target.checked) sheetOf(event.target).focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector("[data-sheet]:checked");
    if (event.key !== "Escape" || !box) return;
    box.checked = false;
    box.focus();
  });
})();
