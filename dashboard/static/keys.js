// Shortcuts: a key does what a click on the element with that aria-keyshortcuts does. "?" tells which there are on this
// page, "/" goes to its first search. They can be switched off, for who speaks to the computer (WCAG 2.1.4); that
// choice is all the dashboard ever stores with its readers.
"use strict";
{
  const help = document.getElementById("keys");
  const opener = document.querySelector("[data-keys]");
  const choice = document.getElementById("keys-on");
  const marked = () => [...document.querySelectorAll("[aria-keyshortcuts]")];
  const writes = (target) => target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("trekvart-keys") !== "off";
      return value ? localStorage.removeItem("trekvart-keys") : localStorage.setItem("trekvart-keys", "off");
    } catch {
      return true; // a browser that stores nothing
    }
  };

  const line = (key, text) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    row.append(term, Object.assign(document.createElement("dd"), { textContent: text }));
    return row;
  };

  const show = () => {
    const list = help.querySelector("dl");
    const lines = marked().map((one) => line(one.getAttribute("aria-keyshortcuts"), one.getAttribute("aria-label") ?? one.textContent.trim()));
    if (document.querySelector("input[type=search]")) lines.push(line("/", list.dataset.search));
    lines.push(line("?", list.dataset.help));
    list.replaceChildren(...lines);
    choice.checked = stored();
    help.showModal();
  };

  if (help) {
    opener.hidden = false;
    opener.addEventListener("click", show);
    choice.addEventListener("change", () => stored(choice.checked));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
      if (writes(event.target) || !stored()) return;
      if (event.key === "?") return show();
      if (event.key === "/") {
        const field = [...document.querySelectorAll("input[type=search]")].find((one) => one.checkVisibility());
        if (!field) return;
        event.preventDefault();
        return field.focus();
      }
      marked().find((one) => one.getAttribute("aria-keyshortcuts") === event.key.toLowerCase())?.click();
    });
  }
}
