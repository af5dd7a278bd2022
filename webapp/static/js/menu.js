// [data-menu] is a <details>: it opens without a script. This closes it on Escape and when attention goes elsewhere.
(() => {
  const close = (menu) => menu.removeAttribute("open");
  const open = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => open().forEach((menu) => menu.contains(event.target) || close(menu)));
  document.addEventListener("focusin", (event) => open().forEach((menu) => menu.contains(event.target) || close(menu)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      const had = menu.contains(document.activeElement);
      close(menu);
      if (had) menu.querySelector("summary").focus();
    });
  });
})();
