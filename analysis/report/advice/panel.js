// Shows what to choose for the work that the sliders and boxes describe, and shows it anew when one is moved.
(() => {
  const told = JSON.parse(document.getElementById("advice-data").textContent);
  const panel = document.getElementById("advising");
  const sliders = [...panel.querySelectorAll("input[type=range]")];
  const boxes = [...panel.querySelectorAll("input[type=checkbox]")];
  const picture = panel.querySelector("[data-figure]");
  let view = null;

  // What is set.

  const valueOf = (slider) => told.sliders[slider.name].values[slider.value];
  const textOf = (slider) => told.sliders[slider.name].texts[slider.value];
  const isTicked = (name) => boxes.some((one) => one.name === name && one.checked);

  function workThatIsSet() {
    const set = Object.fromEntries(sliders.map((one) => [one.name, valueOf(one)]));
    return { ...set, requests: Number(set.latency + set.size > 0), cold: Number(!isTicked("warm")) };
  }

  function isWork() {
    const work = workThatIsSet();
    return Boolean(work.requests || work.compute);
  }

  function command() {
    const { compute } = workThatIsSet();
    const set = sliders.filter((one) => textOf(one) !== told.none && (compute || one.name !== "gil_free"));
    const values = set.map((one) => `${told.sliders[one.name].option} ${textOf(one).replace(/[ ,]/g, "")}`);
    const ticked = boxes.filter((one) => one.checked).map((one) => told.boxes[one.name]);
    return [told.command, ...values, ...ticked].join(" ");
  }

  // How numbers are written, as in the rest of the page: three digits and a unit.

  const count = (value) => value.toLocaleString("en");

  function digits(value) {
    const rounded = Number(value.toPrecision(3));
    const decimals = rounded > 0 ? Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(rounded)))) : 2;
    return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

  function inUnits(value, units) {
    const [unit, size] = units.findLast((one) => value >= 0.9995 * one[1]) ?? units[0];
    return size === 1 && units === told.bytes ? `${value.toFixed(0)} ${unit}` : `${digits(value / size)} ${unit}`;
  }

  const seconds = (value) => inUnits(Number(value.toPrecision(3)), told.seconds);
  const bytes = (value) => inUnits(value, told.bytes);
  const interval = (one) => `${seconds(one.low)} to ${seconds(one.high)}`;

  // What is shown.

  function element(tag, attributes, ...content) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...content);
    return made;
  }

  const strong = (text) => element("strong", {}, text);

  function write(name, ...content) {
    panel.querySelector(`[data-advice=${name}]`).replaceChildren(...content);
  }

  function named(pattern) {
    const made = panel.querySelector("template").content.cloneNode(true);
    made.querySelector("circle").setAttribute("fill", pattern.color);
    made.querySelector("bdi").textContent = pattern.name;
    return made;
  }

  function showSet() {
    for (const one of sliders) {
      one.setAttribute("aria-valuetext", textOf(one));
      panel.querySelector(`output[for=${one.id}]`).textContent = textOf(one);
    }
    write("command", command());
  }

  function showAnswer(options) {
    const chosen = options.filter((one) => one.isChosen);
    const [first, next] = [options[0], options[chosen.length]];
    if (!first) {
      for (const name of ["workers", "time", "cost", "next"]) write(name, "–");
      write("choice", isWork() ? "none, for lack of memory" : "no work: have it wait, compute or transfer");
      return;
    }
    const or = (text) => element("span", { class: "or" }, ` or ${text}`);
    const second = chosen.slice(1).flatMap((one) => [or(""), named(one.pattern)]);
    write("choice", named(first.pattern), ...(chosen.length > 2 ? [or(`${chosen.length - 1} others`)] : second));
    const workers = new Set(chosen.map((one) => count(one.best.workers)));
    const enough = first.fewest < first.best.workers ? ` (${count(first.fewest)} are enough)` : "";
    write("workers", strong([...workers].join(" or ")), enough);
    write("time", strong(seconds(first.best.seconds)), ` (${interval(first)})`);
    write("cost", `${seconds(first.best.cpu_seconds)} of CPU time, ${bytes(first.best.peak_bytes)}`);
    write("next", ...(next ? [named(next.pattern), `, ${digits(next.slowness)}× as long`] : ["–"]));
  }

  function rowOf(pattern, option) {
    const name = element("th", { scope: "row" }, named(pattern));
    if (!option) {
      const isExcluded = isTicked("blocking") && !pattern.blocking;
      const reason = isExcluded ? "takes coroutines" : `needs more than ${bytes(told.memory_bytes)}`;
      return element("tr", {}, name, element("td", { colspan: 6 }, reason));
    }
    const { best } = option;
    const cells = [
      count(best.workers),
      seconds(best.seconds),
      interval(option),
      `${digits(option.slowness)}×`,
      seconds(best.cpu_seconds),
      bytes(best.peak_bytes),
    ];
    return element("tr", {}, name, ...cells.map((text) => element("td", {}, text)));
  }

  function showTable(options) {
    const rest = told.patterns.filter((one) => !options.some((option) => option.pattern === one));
    write("rows", ...options.map((one) => rowOf(one.pattern, one)), ...rest.map((one) => rowOf(one)));
  }

  function showCurves(options) {
    picture.classList.toggle("unknown", !options.length);
    if (!options.length) return;
    const datum = (option) => (point) => ({
      pattern: option.pattern.drawn,
      color: option.pattern.color,
      dash: option.pattern.dash,
      x: point.workers,
      y: point.seconds * 1000,
      workers: count(point.workers),
      took: seconds(point.seconds),
    });
    view.data("lines", options.flatMap((one) => one.curve.map(datum(one))));
    view.data("best", options.map((one) => datum(one)(one.best)));
    view.runAsync();
  }

  function show() {
    const options = isWork() ? advise(told, workThatIsSet(), isTicked("blocking")) : [];
    showSet();
    showAnswer(options);
    showTable(options);
    if (view) showCurves(options);
  }

  panel.hidden = false;
  panel.addEventListener("input", show);
  picture.addEventListener("drawn", (event) => {
    view = event.detail;
    show();
  });
  show();
})();
