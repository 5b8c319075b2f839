"use strict";
// The sheet is made by the server; this picks, plays, sends decisions, and asks for what changed.

const one = (selector, of = document) => of.querySelector(selector);
const all = (selector, of = document) => [...of.querySelectorAll(selector)];

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Hoofbeat": "1" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, said: await answer.json().catch(() => ({})) };
}

function tellTimes(of) {
  for (const each of all("time[datetime]", of)) {
    const when = new Date(each.dateTime);
    const today = when.toDateString() === new Date().toDateString();
    each.textContent = when.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
    each.title = when.toLocaleString();
  }
}
tellTimes(document);

// --- coming in ----------------------------------------------------------------------------------

const door = one("#login");
if (door) {
  const comeIn = async (text) => {
    const token = text.trim().split("#").pop();
    const { status, said } = await send("/login", { token });
    if (status === 200) location.replace("/");
    else one(".message", door).textContent = said.error ?? "That did not work.";
  };
  one("form", door).addEventListener("submit", (event) => {
    event.preventDefault();
    comeIn(one("input", door).value);
  });
  const followed = () => {
    const token = location.hash.slice(1);
    if (!token) return;
    history.replaceState(null, "", location.pathname); // out of sight and out of the history
    comeIn(token);
  };
  addEventListener("hashchange", followed);
  followed();
}

// --- the room -----------------------------------------------------------------------------------

const room = document.body.classList.contains("room");
const place = document.body.dataset.place;
const desk = one("#desk");
const GROUPS = {
  wanted: ["waiting", "below gate"],
  decided: ["approved", "rejected", "to be remade"],
  passed: ["passed", "left out"],
  "in work": ["in work"],
};
let current = null; // the job on the desk
let asked = 0; // how often a job was asked for: an answer that comes after another wish is not shown
let toastTimer;

const cards = () => all(".card");
const visible = () => cards().filter((card) => !card.hidden);
const cardOf = (job) => cards().find((card) => card.dataset.job === job);
const chosen = (name) => one(`input[name=${name}]:checked`)?.value ?? "";
const shot = () => one(".shot", desk);
const picked = () => one(".take.picked", desk);

function toast(words) {
  const box = one("#toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, 4000);
}

function filter() {
  const show = chosen("show"), tag = chosen("language");
  const counts = { all: 0 };
  for (const card of cards()) {
    const group = Object.keys(GROUPS).find((each) => GROUPS[each].includes(card.dataset.standing));
    const spoken = !tag || card.dataset.languages.split(" ").includes(tag);
    if (spoken) {
      counts[group] = (counts[group] ?? 0) + 1;
      counts.all += 1;
    }
    // The shot on the desk stays in sight until one moves on, whatever was decided about it.
    card.hidden = !(spoken && (show === "all" || group === show || card.dataset.job === current));
    card.classList.toggle("on", card.dataset.job === current);
  }
  for (const row of all(".row")) row.hidden = !all(".card", row).some((card) => !card.hidden);
  for (const scene of all(".scene-sheet")) scene.hidden = !all(".row", scene).some((row) => !row.hidden);
  for (const each of all("[data-count]")) each.textContent = counts[each.dataset.count] ?? 0;
  one(".nothing").hidden = visible().length > 0;
}

async function open(job, { focus = true } = {}) {
  const wish = ++asked;
  const answer = await fetch(`${place}/shots/${job}`);
  const found = answer.ok && await answer.text();
  if (wish !== asked) return;
  if (!answer.ok) return toast("This shot is not on the sheet any more.");
  desk.innerHTML = found;
  tellTimes(desk);
  current = job;
  desk.hidden = false;
  document.body.classList.add("looking");
  history.replaceState(null, "", `#${job}`);
  filter();
  pick(picked() ?? one(".take", desk));
  if (focus) desk.focus({ preventScroll: true });
  desk.scrollTop = 0;
  // Filters at the top of the window, so that the shot has all that is below them.
  const top = one(".floor").offsetTop - one(".filters").offsetHeight;
  if (scrollY < top) scrollTo(0, top);
  cardOf(job)?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function close() {
  asked += 1;
  const card = cardOf(current);
  for (const video of all("video", desk)) video.pause();
  desk.hidden = true;
  desk.replaceChildren();
  document.body.classList.remove("looking");
  current = null;
  history.replaceState(null, "", location.pathname);
  filter();
  one(".still", card ?? document)?.focus({ preventScroll: true });
}

function step(by) {
  const shown = visible();
  const at = shown.findIndex((card) => card.dataset.job === current);
  const next = shown[at < 0 ? 0 : at + by];
  if (next) open(next.dataset.job);
}

function pick(take) {
  if (!take) return;
  for (const each of all(".take", desk)) {
    const on = each === take;
    each.classList.toggle("picked", on);
    one(".pick", each).setAttribute("aria-checked", on);
    one("video", each).muted = !on;
    if (!on) one("video", each).pause();
  }
  take.scrollIntoView({ block: "nearest", inline: "nearest" });
  for (const each of all(".evidence", desk)) each.hidden = each.dataset.of !== take.dataset.take;
}

function play() {
  const video = one("video", picked() ?? desk);
  if (!video) return;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

function playAll() {
  const videos = all("video", desk);
  const playing = videos.some((video) => !video.paused);
  for (const video of videos) {
    if (playing) video.pause();
    else {
      video.currentTime = 0;
      video.play().catch(() => {});
    }
  }
}

// --- deciding -----------------------------------------------------------------------------------

const reviewer = one("#reviewer");
if (reviewer && !document.body.dataset.guest) {
  reviewer.value = localStorage.getItem("reviewer") ?? reviewer.value;
  reviewer.addEventListener("change", () => localStorage.setItem("reviewer", reviewer.value.trim()));
}

const WORDS = { approve: "Approved", retry: "New takes are asked for", reject: "Rejected", undo: "Taken back" };

function ask(kind) {
  const form = one(".noting", desk);
  form.dataset.kind = kind;
  one(".noting-what", form).textContent = kind === "retry" ? "New takes, with other seeds. Why?" : "No take of this shot will do. Why?";
  form.hidden = false;
  one("textarea", form).focus();
}

let deciding = false; // a key that is pressed twice decides once

async function decide(kind, note = "") {
  const take = picked();
  if (!take || deciding) return;
  deciding = true;
  const here = asked;
  const seen = Number(shot().dataset.seen);
  const job = shot().dataset.job;
  const wish = { job, take: take.dataset.take, kind, note, seen, by: reviewer.value.trim() };
  try {
    await answered(await send(`${place}/decisions`, wish), job, here, `${WORDS[kind]}.`, kind !== "undo");
  } catch {
    toast("The server does not answer; nothing was written.");
  } finally {
    deciding = false;
  }
  const form = one(".noting", desk);
  if (note && form && shot().dataset.job === job) one("textarea", form).value = note; // not lost
}

async function reword(form) {
  const here = asked;
  const line = form.closest(".spoken-line");
  const wish = {
    line: line.dataset.line,
    language: line.dataset.language,
    text: one("textarea", form).value,
    seen: Number(line.dataset.seen),
    by: reviewer.value.trim(),
  };
  try {
    await answered(await send(`${place}/lines`, wish), shot().dataset.job, here, "Kept. The next run speaks these words.", false);
  } catch {
    toast("The server does not answer; nothing was written.");
  }
}

async function answered({ status, said }, job, here, words, onward) {
  if (status === 201) {
    toast(words);
    const shown = visible();
    const next = shown[shown.findIndex((card) => card.dataset.job === job) + 1];
    await refresh();
    if (here !== asked) return; // whoever went elsewhere meanwhile stays there
    if (onward && chosen("show") === "wanted" && next) await open(next.dataset.job);
    else await open(job);
    return;
  }
  if (status === 409) {
    // Look again before deciding again: what holds now is shown, with who decided it and when.
    await refresh();
    await open(job);
  }
  const box = one(".conflict", desk);
  box.textContent = status === 409 ? `Not written: ${said.error}. Look again, and decide anew if you must.` : said.error ?? "That was not written.";
  box.hidden = false;
}

// --- keeping up with the vault ------------------------------------------------------------------

let etag = "";

async function refresh() {
  const answer = await fetch(`${place}/state`, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 304 || !answer.ok) return;
  etag = answer.headers.get("etag") ?? "";
  const state = await answer.json();
  one("#status").textContent = state.status;
  one("#progress").textContent = state.progress;
  one("#share").value = state.share;
  one("#at").dateTime = state.at;
  tellTimes(one("#at").parentElement);
  const known = new Set(cards().map((card) => card.dataset.job));
  const jobs = Object.keys(state.shots);
  if (jobs.length !== known.size || jobs.some((job) => !known.has(job))) {
    // The script was changed, and with it the sheet; nobody's half-written note is lost for it.
    if (all("form", desk).some((form) => !form.hidden)) renewed(shot());
    else location.reload();
    return;
  }
  const changed = cards().filter((card) => state.shots[card.dataset.job] !== card.dataset.mark);
  for (let at = 0; at < changed.length; at += 50) await renew(changed.slice(at, at + 50));
  filter();
}

async function renew(changed) {
  const query = changed.map((card) => `job=${card.dataset.job}`).join("&");
  const parts = new DOMParser().parseFromString(await (await fetch(`${place}/cards?${query}`)).text(), "text/html");
  for (const part of all(".card", parts)) {
    cardOf(part.dataset.job)?.replaceWith(part);
    const open = shot();
    if (open?.dataset.job === part.dataset.job && open.dataset.mark !== part.dataset.mark) renewed(open);
  }
}

function renewed(open) {
  // Somebody may be typing, or watching: say so, and let them look when they like.
  const box = one(".conflict", open);
  if (box.hidden) {
    box.textContent = "There is something new about this shot. ";
    const look = document.createElement("button");
    look.type = "button";
    look.className = "textual";
    look.dataset.do = "again";
    look.textContent = "Look again";
    box.append(look);
    box.hidden = false;
  }
}

async function watch() {
  try {
    await refresh();
    document.body.classList.remove("unheard");
  } catch {
    if (!document.body.classList.contains("unheard")) toast("The server does not answer; trying again.");
    document.body.classList.add("unheard");
  }
  setTimeout(watch, document.hidden ? 15000 : 3000);
}

// --- hands --------------------------------------------------------------------------------------

const ACTS = {
  approve: () => decide("approve"),
  retry: () => ask("retry"),
  reject: () => ask("reject"),
  undo: () => decide("undo"),
  next: () => step(1),
  previous: () => step(-1),
  close,
  again: () => open(current),
  edit: (button) => edit(button.closest(".spoken-line")),
  cancel: (button) => { button.closest("form").hidden = true; desk.focus(); },
};

function edit(line) {
  if (!line) return;
  one(".editing", line).hidden = false;
  one("textarea", line).focus();
}

if (room) {
  document.addEventListener("click", (event) => {
    const still = event.target.closest(".card .still");
    if (still) {
      event.preventDefault();
      open(still.closest(".card").dataset.job);
      return;
    }
    const take = event.target.closest("[data-pick]") ?? (event.target.closest("video") && event.target);
    if (take) pick(take.closest(".take"));
    const button = event.target.closest("[data-do]");
    if (button) ACTS[button.dataset.do](button);
    if (event.target.id === "show-all") {
      one("input[name=show][value=all]").checked = true;
      filter();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches(".filters input")) filter();
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.matches(".noting")) decide(form.dataset.kind, one("textarea", form).value);
    if (form.matches(".editing")) reword(form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Enter") event.target.closest?.("form")?.requestSubmit();
      return;
    }
    if (event.key === "Escape") {
      const form = all("form", desk).find((each) => !each.hidden);
      if (form) { form.hidden = true; desk.focus(); }
      else if (current) close();
      return;
    }
    if (event.target.matches("input:not([type=radio]), textarea")) return;
    const act = { j: "next", k: "previous", a: "approve", r: "retry", x: "reject", u: "undo" }[event.key];
    if (event.key === "j" && !current) step(0);
    else if (act && current) {
      event.preventDefault();
      if (act !== "undo" || one("[data-do=undo]", desk)) ACTS[act]();
    } else if (event.key === "e" && current) {
      event.preventDefault();
      edit(one(".spoken-line", desk));
    } else if (event.key === "f") {
      const shows = all("input[name=show]");
      shows[(shows.findIndex((each) => each.checked) + 1) % shows.length].checked = true;
      filter();
    } else if (event.key === "p" && current) playAll();
    else if (event.key === " " && current && !event.target.closest("button, video, a, summary")) {
      event.preventDefault();
      play();
    } else if (/^[1-9]$/.test(event.key) && current) pick(all(".take", desk)[Number(event.key) - 1]);
  });
  filter();
  const asked = location.hash.slice(1);
  if (asked && cardOf(asked)) open(asked);
  watch();
}
