// One look at filed photos. It fetches nothing, keeps nothing, changes nothing but what the eye sees, and measures
// nothing: no scale, no length, no area. Nothing moves or flickers by itself.
"use strict";
(() => {
  const MOST = 6; // photos side by side
  const STEP = 1.25;
  const CLOSEST = 16; // screen pixels for a pixel of the photo
  const FLIP_MS = 350; // fewer than three changes a second, even when the key is hammered (WCAG 2.3.1)
  const IDLE_MS = 10 * 60 * 1000;
  const WARN_MS = 60 * 1000;

  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const stage = one(".stage");
  const status = one("[role=status]");
  const divider = one(".divider");
  const range = one(".position input");
  const help = one("dialog");
  const buttons = Object.fromEntries(all("button[data-do]").map((button) => [button.dataset.do, button]));
  const photos = all("figure").map((figure, at) => ({
    at,
    figure,
    view: figure.querySelector(".view"),
    image: figure.querySelector("img"),
    choose: one(`button[data-choose="${at}"]`),
    date: figure.dataset.date,
    by: figure.dataset.by,
    time: figure.dataset.time, // where another photo of the page is of the same day
    zoom: 1, // times the size at which the whole photo fits its view
    x: 0.5, // the point of the turned photo in the middle of its view
    y: 0.5,
    turn: 0,
  }));

  let mode = "one";
  let picked = photos.slice(-MOST); // side by side, in order
  let pair = photos.slice(-2); // divided, or one on the other
  let active = photos[photos.length - 1];
  let isLinked = true;
  let isFlipped = false; // whether the older of the pair is on top
  let flippedAt = -FLIP_MS;
  let hasKeys = true;

  // --- what is shown, and how

  const shown = () => (mode === "one" ? [active] : mode === "side" ? picked : pair);
  const moved = () => (isLinked ? shown() : [active]);

  function size(photo) {
    const { naturalWidth: width, naturalHeight: height } = photo.image;
    return photo.turn % 2 ? [height, width] : [width, height];
  }

  function fit(photo) {
    const [width, height] = size(photo);
    return Math.min(photo.view.clientWidth / width, photo.view.clientHeight / height) || 1;
  }

  const exact = (photo) => 1 / devicePixelRatio / fit(photo); // at which a pixel of it takes one of the screen
  const least = (photo) => Math.min(1, exact(photo));
  const most = (photo) => Math.max(1, CLOSEST * exact(photo));
  const between = (low, value, high) => Math.min(high, Math.max(low, value));

  function place(photo) {
    const [width, height] = size(photo);
    const scale = fit(photo) * photo.zoom;
    const left = photo.view.clientWidth / 2 - photo.x * width * scale;
    const top = photo.view.clientHeight / 2 - photo.y * height * scale;
    const turned = ["", ` translate(${width}px,0) rotate(90deg)`, ` translate(${width}px,${height}px) rotate(180deg)`,
      ` translate(0,${height}px) rotate(270deg)`][photo.turn];
    photo.image.style.transform = `translate(${left}px,${top}px) scale(${scale})${turned}`;
    photo.image.classList.toggle("coarse", scale * devicePixelRatio >= 3);
  }

  function draw() {
    const now = shown();
    stage.dataset.mode = mode;
    stage.dataset.count = now.length;
    const [older, newer] = pair;
    for (const photo of photos) {
      const isOver = mode === "slide" ? photo === newer : mode === "flip" && photo === (isFlipped ? older : newer);
      photo.figure.hidden = !now.includes(photo);
      photo.figure.classList.toggle("over", isOver);
      photo.figure.classList.toggle("under", mode === "flip" && !isOver);
      photo.view.style.clipPath = mode === "slide" && isOver ? `inset(0 0 0 ${range.value}%)` : "";
      photo.choose?.setAttribute("aria-pressed", String(now.includes(photo)));
    }
    divider.hidden = mode !== "slide";
    divider.style.marginLeft = `calc(${range.value}% - 1px)`;
    one(".position").hidden = mode !== "slide";
    for (const name of ["one", "side", "slide", "flip"]) buttons[name].setAttribute("aria-pressed", String(mode === name));
    now.filter((photo) => photo.image.complete).forEach(place);
    describe();
  }

  // --- words

  const days = (first, last) => Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000);
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const named = (photo) => `photo ${photo.at + 1}`;

  function apart(now) {
    const last = now[now.length - 1];
    const told = now.slice(1).map((photo, at) => count(days(now[at].date, photo.date), "day"));
    const filed = now.some((photo) => photo.by === "filed") ? " (where no date was taken, by the date filed)" : "";
    return now.length < 2 || now[0].date === last.date
      ? now.length < 2 ? "" : `Of the same day: ${now.map((photo) => photo.time).join(", ")}${filed}.`
      : now.length === 2 ? `${told[0]} between them${filed}.`
        : `${told.join(", then ")}; ${count(days(now[0].date, last.date), "day")} in all${filed}.`;
  }

  function describe() {
    const now = shown();
    const how = {
      one: () => `Photo ${active.at + 1} of ${photos.length}.`,
      side: () => `${count(now.length, "photo")} side by side.`,
      slide: () => `Left of the divider ${named(pair[0])}, right of it ${named(pair[1])}.`,
      flip: () => `On top: ${named(isFlipped ? pair[0] : pair[1])}. f turns them.`,
    }[mode]();
    const alone = photos.length > 1 && !isLinked ? `Moving ${named(active)} alone.` : "";
    const zoom = active.zoom === 1 ? "" : `Zoom ${active.zoom.toFixed(1)} times.`;
    const text = [how, mode === "one" ? "" : apart(now), zoom, alone].filter(Boolean).join(" ");
    if (status.textContent !== text) status.textContent = text;
  }

  function line() {
    const several = photos.length > 1
      ? `1–${Math.min(9, photos.length)} photo · n p next, previous · o one · s side by side · d divider, [ ] · f flicker · l together · `
      : "";
    one(".line").textContent = `Keys: ${several}+ − 0 z zoom · arrows move · r turn · g grid · h hide · ? all`;
  }

  // --- moving

  function zoomBy(factor, point) {
    for (const photo of moved()) {
      const before = photo.zoom;
      photo.zoom = between(least(photo), before * factor, most(photo));
      if (photo.zoom <= 1) [photo.x, photo.y] = [0.5, 0.5];
      else if (point) shift(photo, (point[0] * (photo.zoom / before - 1)), (point[1] * (photo.zoom / before - 1)));
    }
    draw();
  }

  function shift(photo, across, down) {
    const [width, height] = size(photo);
    const scale = fit(photo) * photo.zoom;
    photo.x = between(0, photo.x + across / (width * scale), 1);
    photo.y = between(0, photo.y + down / (height * scale), 1);
  }

  function pan(across, down) {
    for (const photo of moved()) shift(photo, across * photo.view.clientWidth, down * photo.view.clientHeight);
    draw();
  }

  function whole() {
    for (const photo of moved()) Object.assign(photo, { zoom: 1, x: 0.5, y: 0.5 });
    draw();
  }

  function pixels() {
    for (const photo of moved()) photo.zoom = exact(photo);
    draw();
  }

  function turn(quarters) {
    for (const photo of moved()) {
      photo.turn = (photo.turn + quarters + 4) % 4;
      [photo.x, photo.y] = quarters > 0 ? [1 - photo.y, photo.x] : [photo.y, 1 - photo.x];
      photo.zoom = Math.min(photo.zoom, most(photo));
    }
    draw();
  }

  function divide(by) {
    if (mode !== "slide") return;
    range.value = Number(range.value) + by;
    draw();
  }

  // --- choosing

  function show(name) {
    if (photos.length < 2) return;
    if (name === "flip" && mode === "flip") return flip();
    if (name === "side" && picked.length < 2) picked = photos.slice(-2);
    mode = name;
    if (!shown().includes(active)) active = shown()[shown().length - 1];
    draw();
  }

  function flip() {
    if (performance.now() - flippedAt < FLIP_MS) return;
    flippedAt = performance.now();
    isFlipped = !isFlipped;
    draw();
  }

  function choose(photo) {
    if (!photo) return;
    if (mode === "side") {
      const isIn = picked.includes(photo);
      if (isIn ? picked.length === 2 : picked.length === MOST) {
        status.textContent = isIn ? "Two photos at least are compared; o shows one." : `At most ${MOST} photos are compared.`;
        return;
      }
      picked = photos.filter((other) => (other === photo ? !isIn : picked.includes(other)));
    } else if (mode !== "one" && !pair.includes(photo)) {
      pair = [pair[1], photo].sort((first, second) => first.at - second.at);
    }
    active = shown().includes(photo) || mode === "one" ? photo : shown()[0];
    draw();
  }

  function step(by) {
    const among = mode === "one" ? photos : shown();
    active = among[(among.indexOf(active) + by + among.length) % among.length];
    if (mode !== "one") active.view.focus();
    draw();
  }

  // --- hiding, and emptying itself

  function hide() {
    const hides = document.body.classList.toggle("hides");
    buttons.hide.setAttribute("aria-pressed", String(hides));
    one(".gone").hidden = !hides;
    status.hidden = hides;
  }

  let used = performance.now();
  let isWarned = false;
  function watch() {
    const idle = performance.now() - used;
    if (idle >= IDLE_MS) return empty();
    if (idle >= IDLE_MS - WARN_MS && !isWarned) {
      isWarned = true;
      status.hidden = false;
      status.textContent = "Nobody touched this for nine minutes: it empties itself in one. Any key keeps it.";
    }
    setTimeout(watch, Math.min(IDLE_MS - WARN_MS, 5000));
  }
  function touch() {
    used = performance.now();
    if (isWarned) describe();
    isWarned = false;
  }
  function empty() {
    const words = document.createElement("p");
    words.className = "gone";
    words.textContent = "Emptied, since nobody touched it for ten minutes. To look again, run imgfile view.";
    photos.forEach((photo) => photo.image.removeAttribute("src"));
    document.body.replaceChildren(words);
  }

  // --- keys, buttons, pointer

  const acts = {
    one: () => show("one"), side: () => show("side"), slide: () => show("slide"), flip: () => show("flip"),
    in: () => zoomBy(STEP), out: () => zoomBy(1 / STEP), fit: whole, pixels,
    left: () => pan(-0.1, 0), right: () => pan(0.1, 0), up: () => pan(0, -0.1), down: () => pan(0, 0.1),
    turn: () => turn(1), back: () => turn(-1), hide, next: () => step(1), previous: () => step(-1),
    nearer: () => divide(-5), farther: () => divide(5),
    grid: () => buttons.grid.setAttribute("aria-pressed", String(stage.classList.toggle("grid"))),
    link: () => {
      isLinked = !isLinked;
      buttons.link.setAttribute("aria-pressed", String(isLinked));
      describe();
    },
    help: () => help.showModal(), close: () => help.close(),
  };
  const keys = {
    o: "one", s: "side", d: "slide", f: "flip", "+": "in", "=": "in", "-": "out", "0": "fit", z: "pixels",
    r: "turn", R: "back", g: "grid", l: "link", h: "hide", n: "next", p: "previous", "[": "nearer", "]": "farther", "?": "help",
  };
  const arrows = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
  const still = new Set(["flip", "hide", "help", "grid", "link"]); // not while a key is held down

  document.addEventListener("keydown", (event) => {
    touch();
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const isHidden = document.body.classList.contains("hides");
    if (event.key in arrows) {
      if (event.target === range || isHidden || moved().every((photo) => photo.zoom <= 1)) return; // the page scrolls
      event.preventDefault();
      return acts[arrows[event.key]]();
    }
    if (!hasKeys) return;
    const name = keys[event.key];
    if (isHidden && name !== "hide") return;
    if (name && !(event.repeat && still.has(name))) acts[name]();
    else if (/^[1-9]$/.test(event.key) && photos.length > 1) choose(photos[Number(event.key) - 1]);
    else return;
    event.preventDefault();
  });

  for (const button of Object.values(buttons)) button.addEventListener("click", () => acts[button.dataset.do]());
  for (const photo of photos) {
    photo.choose?.addEventListener("click", () => choose(photo));
    photo.image.addEventListener("load", draw);
    photo.view.addEventListener("focus", () => { active = photo; describe(); });
    photo.view.addEventListener("wheel", (event) => {
      if (event.ctrlKey) return; // the browser's own zoom
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? STEP : 1 / STEP, fromMiddle(photo, event));
    }, { passive: false });
    photo.view.addEventListener("dblclick", (event) => {
      if (photo.zoom > 1) return whole();
      zoomBy(Math.max(2, exact(photo)), fromMiddle(photo, event));
    });
    photo.view.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      active = photo;
      photo.view.setPointerCapture(event.pointerId);
    });
    photo.view.addEventListener("pointermove", (event) => {
      if (!photo.view.hasPointerCapture(event.pointerId)) return;
      for (const each of moved()) shift(each, -event.movementX, -event.movementY);
      draw();
    });
  }
  function fromMiddle(photo, event) {
    const { left, top, width, height } = photo.view.getBoundingClientRect();
    return [event.clientX - left - width / 2, event.clientY - top - height / 2];
  }
  range.addEventListener("input", draw);
  help.querySelector("input").addEventListener("change", (event) => { hasKeys = event.target.checked; });
  document.addEventListener("pointermove", touch);
  document.addEventListener("wheel", touch, { passive: true });
  addEventListener("resize", draw);

  one(".tools").hidden = false;
  one(".line").hidden = false;
  if (photos.length < 2) all(".several").forEach((part) => { part.hidden = true; });
  else if (photos.length <= MOST) mode = "side";
  line();
  draw();
  watch();
})();
