// [data-keep] keeps what is typed into a form in this tab until it is saved: a session that ends, a form that is refused or
// a page that breaks costs no text. Signing out forgets it in every tab of the browser; another person forgets it in his own.
// Without JavaScript the browser's own "back" is all there is.
(() => {
  "use strict";
  const OURS = "kept:";
  const LEFT = "signed-out";
  const names = (start) => Object.keys(sessionStorage).filter((name) => name.startsWith(start));
  const drop = (name) => sessionStorage.removeItem(name);
  const read = (name) => JSON.parse(sessionStorage.getItem(name));

  let leaves = false;

  // Signing out leaves a mark for the other tabs: one that shows a page of ours sees it at once, the others with their next page,
  // and be it the sign-in page. A session that ends by itself leaves none.
  const lastLeft = () => {
    try {
      return localStorage.getItem(LEFT) || "";
    } catch {
      return ""; // The browser keeps nothing for us; then it keeps no text in another tab either.
    }
  };

  function forget(mark) {
    names(OURS).forEach(drop);
    sessionStorage.setItem(LEFT, mark);
  }

  if ((sessionStorage.getItem(LEFT) || "") !== lastLeft()) forget(lastLeft());
  window.addEventListener("storage", (event) => {
    if (event.key !== LEFT) return;
    leaves = true;
    forget(event.newValue || "");
  });

  const person = document.querySelector('meta[name="person"]');
  if (!person) return;
  const mine = `${OURS}${person.content}:`;

  function write(name, entry) {
    if (leaves) return;
    try {
      sessionStorage.setItem(name, JSON.stringify(entry));
    } catch {
      drop(name); // No room: better no copy than an old one.
    }
  }

  names(OURS).filter((name) => !name.startsWith(mine)).forEach(drop);
  // A page that tells of success comes after what was sent is stored.
  if (document.querySelector(".notice-success")) names(mine).filter((name) => read(name).sent).forEach(drop);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-keep-nothing]")) return;
    leaves = true;
    try {
      localStorage.setItem(LEFT, `${Date.now()}-${Math.random()}`);
    } catch {
      // No room for a mark: this tab at least forgets.
    }
    forget(lastLeft());
  });

  const pairs = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");

  function fill(form, kept) {
    for (const one of form.elements) {
      const values = kept.filter(([name]) => name === one.name).map(([, value]) => value);
      if (one.type === "checkbox" || one.type === "radio") one.checked = values.includes(one.value);
      else if (values.length && one.type !== "submit") one.value = values[0];
    }
    tell(form);
  }

  function tell(form) {
    form.querySelectorAll("select").forEach((one) => one.dispatchEvent(new Event("change", { bubbles: true })));
  }

  document.querySelectorAll("form[data-keep]").forEach((form) => {
    const name = mine + form.dataset.keep;
    const notice = form.querySelector("[data-kept]");
    let timer = 0;
    const keep = (sent) => write(name, { sent, pairs: pairs(form) });
    const entry = sessionStorage.getItem(name) && read(name);
    // What the server sent back with its objections is newer than our copy.
    if (entry && !form.hasAttribute("data-refused") && JSON.stringify(entry.pairs) !== JSON.stringify(pairs(form))) {
      fill(form, entry.pairs);
      write(name, { sent: false, pairs: entry.pairs });
      form.dispatchEvent(new Event("input"));
      notice.hidden = false;
    }
    notice.querySelector("button").addEventListener("click", () => {
      clearTimeout(timer);
      drop(name);
      form.reset();
      tell(form);
      notice.hidden = true;
    });
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 300, false);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      keep(true);
    });
  });
})();
