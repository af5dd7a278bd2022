// The result list while it is swapped: says the new count, names the window, keeps the filter sheet open where it was.
// Without JavaScript every filter is a link to a whole page.
(() => {
  "use strict";
  const status = document.getElementById("results-status");
  const toggle = () => document.getElementById("facets-open");
  const sheet = () => document.getElementById("facets");
  let kept = null;
  let focused = "";

  // What is asked on purpose is remembered among one's recent searches, what is asked while typing is not.
  document.addEventListener("htmx:configRequest", (event) => {
    const trigger = event.detail.triggeringEvent;
    if (trigger && trigger.type === "submit") event.detail.headers["X-Submitted"] = "1";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const box = toggle();
    kept = event.detail.target.id === "results" && box && box.checked ? sheet().scrollTop : null;
    focused = document.activeElement.id;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const results = document.getElementById("results");
    if (!results) return;
    status.textContent = results.dataset.count;
    document.title = results.dataset.title;
    const box = toggle();
    if (kept === null || !box) return;
    box.checked = true;
    sheet().scrollTop = kept;
    // htmx gives the focus back only to what can be seen, and until now the new sheet was closed.
    const before = focused && document.getElementById(focused);
    if (before) before.focus({ preventScroll: true });
  });
})();
