// A table wider than its text gets a frame that scrolls, reached and moved by keyboard. Without JavaScript the table itself
// scrolls, by touch and mouse only.
(() => {
  "use strict";
  document.querySelectorAll("[data-tables] table").forEach((table) => {
    const frame = document.createElement("div");
    frame.className = "table-scroll";
    table.replaceWith(frame);
    frame.append(table);
    if (frame.scrollWidth <= frame.clientWidth) return;
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", table.closest("[data-tables]").dataset.tables);
  });
})();
