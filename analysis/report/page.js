"use strict";
// Draws the pictures one after the other, so that the page can be used meanwhile, and says when all are drawn.
(() => {
  const page = document.documentElement;
  const specifications = JSON.parse(document.getElementById("specifications").textContent);
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true, // interpreted: the page allows no script to be made of text
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };

  async function draw(picture) {
    try {
      const { view } = await vegaEmbed(picture, specifications[picture.dataset.figure], options);
      picture.dispatchEvent(new CustomEvent("drawn", { detail: view }));
    } catch (error) {
      picture.removeAttribute("role");
      picture.textContent = `This picture cannot be drawn here (${error.message}); its numbers are below.`;
      picture.classList.add("failed");
    }
  }

  async function drawAll() {
    for (const picture of document.querySelectorAll("[data-figure]")) {
      await draw(picture);
      await new Promise((resolve) => setTimeout(resolve));
    }
    page.dataset.drawn = "all";
  }

  function toggleTheme(button) {
    const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const isDark = page.dataset.theme ? page.dataset.theme === "dark" : prefersDark;
    page.dataset.theme = isDark ? "light" : "dark";
    button.setAttribute("aria-pressed", String(!isDark));
  }

  const button = document.getElementById("theme");
  button.hidden = false;
  button.setAttribute("aria-pressed", String(matchMedia("(prefers-color-scheme: dark)").matches));
  button.addEventListener("click", () => toggleTheme(button));

  // On paper nothing can be opened.
  const opened = new Set();
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      opened.add(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened.clear();
  });

  drawAll();
})();
