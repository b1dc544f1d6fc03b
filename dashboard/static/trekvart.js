// The screens read without this file. With it: charts, tabs that stay when the period changes, menus that close, copying.
"use strict";

// What the stylesheet hides, on a phone or behind another tab, is not drawn.
const plots = () => [...document.querySelectorAll(".plot[data-figure]")].filter((plot) => plot.clientWidth);

// "var(--accent)" in a figure becomes what the stylesheet says just now, light or dark.
function coloured(value, style) {
  if (typeof value === "string") {
    const name = /^var\((--[a-z-]+)\)$/.exec(value);
    return name ? style.getPropertyValue(name[1]).trim() : value;
  }
  if (Array.isArray(value)) return value.map((one) => coloured(one, style));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, style)]));
}

// Labels that would touch are thinned: about 78 pixels each, or what the longest of them needs.
function thinned(axis, width) {
  const longest = Math.max(...axis.ticktext.map((text) => text.length), 0);
  const every = Math.ceil((axis.ticktext.length * Math.max(78, longest * 7.5)) / Math.max(width, 1));
  const kept = (_, index) => index % every === 0;
  return { ...axis, tickvals: axis.tickvals.filter(kept), ticktext: axis.ticktext.filter(kept) };
}

function draw(plot) {
  const style = getComputedStyle(document.documentElement);
  const figure = coloured(JSON.parse(document.getElementById(plot.dataset.figure).textContent), style);
  const family = getComputedStyle(document.body).fontFamily;
  figure.layout.font.family = family;
  figure.layout.hoverlabel.font.family = family;
  if (figure.layout.xaxis) figure.layout.xaxis = thinned(figure.layout.xaxis, plot.clientWidth - 60);
  figure.layout.width = plot.clientWidth;
  // A list's chart is as high as it has lines.
  if (figure.layout.height) plot.style.height = `${figure.layout.height}px`;
  figure.layout.height = plot.clientHeight;
  plot.querySelector(".sketch")?.remove();
  // The figures behind a list's chart are at hand, folded away once it is drawn.
  const beneath = plot.parentElement.querySelector(":scope > .beneath");
  if (beneath && !plot.dataset.drawn) beneath.open = false;
  plot.dataset.drawn = "";
  const config = { displayModeBar: false, doubleClick: false, showTips: false, showAxisDragHandles: false };
  return window.Plotly.react(plot, figure.data, figure.layout, config);
}

function library(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

async function charts() {
  if (!plots().length) return;
  const figure = document.querySelector("figure[data-plotly]");
  try {
    await library(figure.dataset.plotly);
    await Promise.all(plots().map(draw));
  } catch (problem) {
    figure.querySelector("figcaption")?.append(" ", figure.dataset.failed);
    throw problem;
  }
  document.documentElement.dataset.charts = "drawn";
  const again = () => plots().forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  matchMedia("print").addEventListener("change", again);
  addEventListener("beforeprint", again);
  let widths = plots().map((plot) => plot.clientWidth).join();
  new ResizeObserver(() => {
    const now = plots().map((plot) => plot.clientWidth).join();
    if (now !== widths) {
      widths = now;
      requestAnimationFrame(again);
    }
  }).observe(plots()[0]);
}

// A chosen tab goes into the address, and into every link that leads to this same page.
function keep(name, value) {
  const put = (address) => {
    const to = new URL(address, location.href);
    if (value) to.searchParams.set(name, value);
    else to.searchParams.delete(name);
    return to.pathname + to.search + to.hash;
  };
  history.replaceState(null, "", put(location.href));
  document.querySelectorAll("a[data-keep]").forEach((link) => link.setAttribute("href", put(link.href)));
  document.querySelectorAll("form[data-keep]").forEach((form) => {
    form.querySelector(`input[type=hidden][name="${name}"]`)?.remove();
    if (!value) return;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(field);
  });
}

document.addEventListener("change", ({ target }) => {
  if (target.matches(".tabs input[type=radio]")) {
    keep(target.name, target.value === target.dataset.default ? "" : target.value);
    if (window.Plotly) plots().filter((plot) => !("drawn" in plot.dataset)).forEach(draw);
  }
});

// An open menu closes by Escape, and by a click anywhere else.
function close(but) {
  document.querySelectorAll(".menu[open]").forEach((menu) => {
    if (menu !== but) menu.open = false;
  });
}
document.addEventListener("click", ({ target }) => close(target.closest(".menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".menu[open]");
  close(null);
  open?.querySelector("summary").focus();
});

document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return; // not on plain http
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
  });
});

// A chosen file's text, into the field where it can also be pasted.
document.querySelectorAll("input[data-into]").forEach((input) => {
  input.closest("label").hidden = false;
  input.addEventListener("change", async () => {
    document.getElementById(input.dataset.into).value = await input.files[0].text();
  });
});

charts();
