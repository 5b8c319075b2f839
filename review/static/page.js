"use strict";
// The page works without this file as a plain document; with it, pictures, lines and player agree.

const cuts = [...document.querySelectorAll(".cut")];
const chosen = (name) => document.querySelector(`input[name=${name}]:checked`)?.value;
const shown = () => cuts.find((cut) => !cut.hidden);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function seek(cut, seconds, play) {
  const video = cut.querySelector("video");
  // A hair past the cut, so that the frame shown is the shot's own first one.
  const moment = seconds + 0.02;
  if (video.readyState >= 1) video.currentTime = moment;
  else {
    cut.wanted = moment;
    video.addEventListener("loadedmetadata", () => { video.currentTime = moment; }, { once: true });
    video.load();
  }
  mark(cut);
  if (play) video.play().catch(() => {});
}

function mark(cut) {
  const video = cut.querySelector("video");
  const now = video.readyState >= 1 ? video.currentTime : (cut.wanted ?? 0);
  for (const each of cut.querySelectorAll("[data-from]")) {
    const on = now >= Number(each.dataset.from) && now < Number(each.dataset.to);
    if (each.classList.toggle("on", on) && each.dataset.shot) {
      cut.querySelector(".now-shot").textContent = each.dataset.shot;
    }
  }
  for (const each of cut.querySelectorAll(".reel i")) {
    const from = Number(each.dataset.seek);
    const done = Math.min(1, Math.max(0, (now - from) / (Number(each.dataset.end) - from)));
    each.firstChild.style.width = `${done * 100}%`;
  }
  if (video.duration) {
    cut.querySelector(".now-clock").textContent = `${clock(now)} / ${clock(video.duration)}`;
  }
}

function choose() {
  const language = chosen("language") ?? cuts[0].dataset.language;
  const of = (cut) => cut.dataset.language === language;
  // Not every language need have every frame: keep the language, take the frame it has.
  const next = cuts.find((cut) => of(cut) && cut.dataset.aspect === chosen("aspect")) ?? cuts.find(of);
  const before = shown();
  if (!next || next === before) return;
  const shot = before.querySelector(".frame.on")?.dataset.shot;
  const playing = !before.querySelector("video").paused;
  before.querySelector("video").pause();
  before.hidden = true;
  next.hidden = false;
  const box = document.querySelector(`input[name=aspect][value="${next.dataset.aspect}"]`);
  if (box) box.checked = true;
  const same = [...next.querySelectorAll(".frame")].find((each) => each.dataset.shot === shot);
  if (same) seek(next, Number(same.dataset.from), playing);
  else next.querySelector("video").preload = "metadata";
}

function step(by) {
  const cut = shown();
  const starts = [...cut.querySelectorAll(".frame")].map((each) => Number(each.dataset.from));
  const now = cut.querySelector("video").currentTime;
  const at = starts.findLastIndex((start) => start <= now);
  const next = starts[Math.min(starts.length - 1, Math.max(0, at + by))];
  if (next !== undefined) seek(cut, next, false);
}

for (const cut of cuts) {
  const video = cut.querySelector("video");
  for (const each of ["timeupdate", "seeked", "loadedmetadata"]) {
    video.addEventListener(each, () => mark(cut));
  }
  cut.addEventListener("click", (event) => {
    const target = event.target.closest("[data-seek]");
    const reading = !event.target.closest("button") && String(getSelection());
    if (target && !reading) seek(cut, Number(target.dataset.seek), true);
  });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[name=language], input[name=aspect]")) choose();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "[") step(-1);
  if (event.key === "]") step(1);
  if (event.key === " " && event.target === document.body) {
    event.preventDefault();
    const video = shown().querySelector("video");
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  }
});
