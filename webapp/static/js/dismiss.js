// [data-dismiss] gets a working close button; [data-focus] (a form's list of errors) is read out and scrolled to.
(() => {
  document.querySelectorAll("[data-dismiss]").forEach((notice) => {
    const button = notice.querySelector(".notice-close");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => notice.remove());
  });
  const wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();
})();
