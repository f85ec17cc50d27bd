// Acts on tasks work without network: they are kept on the device with their time, sent in their order
// when the network is back, and what was refused is told. The server does each once, however often it
// is sent, by its act_id.
import { addAct, changeAct, listActs, removeAct } from "./act_store.js";

const RETRY_MS = 20000;
// A phone that believes it has network waits so long for an answer.
const TIMEOUT_MS = 15000;
// Pages of tasks that are kept ahead.
const MAX_KEPT_PAGES = 20;
// Acts after which somebody no longer has the task.
const OVER = /\/(finish|release)$/;

let notice;

function readFields(form) {
  return [...new FormData(form)].filter(([, value]) => !(value instanceof File && value.size === 0));
}

function post(url, fields) {
  const hasFiles = fields.some(([, value]) => value instanceof File);
  const body = hasFiles ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  const headers = { Accept: "application/json" };
  return fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

const isAnswer = (response) => response.headers.get("Content-Type")?.startsWith("application/json");

// Send the form; without network keep the act. What the server refuses, its page explains: the form is
// sent once more as any other form.
async function submitAct(form) {
  const fields = readFields(form);
  if (!(await listActs()).some((act) => !act.refusal)) {
    try {
      const response = await post(form.action, fields);
      if (response.ok && isAnswer(response)) location.assign(form.action.replace(/\/\w+$/, ""));
      else form.submit();
      return;
    } catch {
      // no network
    }
  }
  const kept = fields.map(([name, value]) => [name, name === "acted_at" ? new Date().toISOString() : value]);
  await addAct({ task: form.dataset.task, label: form.dataset.label, url: form.action, fields: kept });
  await showQueue();
}

async function sendActs() {
  let wasSent = false;
  for (const act of await listActs()) {
    if (act.refusal) continue;
    let response;
    try {
      response = await post(act.url, act.fields);
    } catch {
      break; // still no network
    }
    if (response.redirected || response.status === 401) {
      notice.dataset.signedOut = "";
      break;
    }
    if (response.status >= 500) break;
    wasSent = true;
    if (response.ok) await removeAct(act.number);
    else await changeAct({ ...act, refusal: (isAnswer(response) && (await response.json()).message) || "" , fields: [] });
  }
  await showQueue();
  const isIdle = !document.activeElement?.matches("input, select, textarea");
  const isWaiting = (await listActs()).some((act) => act.fields.length);
  if (wasSent && isIdle && !isWaiting) location.reload(); // what was refused is told again
}

// One page at a time sends.
function sendLater() {
  if (!navigator.locks) return sendActs();
  return navigator.locks.request("movr-task-queue", { ifAvailable: true }, (lock) => lock && sendActs());
}

function addLine(text, className = "") {
  const line = document.createElement("p");
  line.className = className;
  line.append(text);
  notice.append(line);
  return line;
}

function showRefusal(act) {
  const line = addLine("", "task-refused");
  const text = line.appendChild(document.createElement("span"));
  text.append(Object.assign(document.createElement("strong"), { textContent: act.label }));
  text.append(document.createElement("br"), act.refusal || notice.dataset.refusedMessage);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary btn-compact";
  button.append(notice.dataset.dismissLabel);
  button.addEventListener("click", () => removeAct(act.number).then(showQueue));
  line.append(button);
}

// What the page shows of a task whose acts wait: what was pressed, and the next step.
function showWaiting(acts) {
  for (const element of document.querySelectorAll("[data-queued]")) {
    const { task } = element.closest("[data-task]").dataset;
    const act = acts.findLast((each) => each.task === task);
    element.hidden = !act;
    element.textContent = act ? `${notice.dataset.waitingLabel}: ${act.label}` : "";
  }
  const own = notice.dataset.task && acts.filter((act) => act.task === notice.dataset.task);
  if (!own?.length) return;
  const action = own.at(-1).url.split("/").pop();
  for (const step of document.querySelectorAll("[data-step]")) step.hidden = step.dataset.after !== action;
}

// The next task of a kept page may be over by now: then it is the next one of the kept list that is not.
async function showNextTask(acts) {
  const link = document.querySelector("[data-next-task]");
  const isOver = (task) => acts.some((act) => act.task === task && OVER.test(act.url));
  if (!link || !isOver(link.dataset.nextTask)) return;
  const kept = await caches.open("task-pages").then((pages) => pages.match("/fleet/tasks"));
  const list = new DOMParser().parseFromString(kept ? await kept.text() : "", "text/html");
  const cards = [...list.querySelectorAll("[data-own-tasks] [data-task]")];
  const next = cards.find(({ dataset: { task } }) => task !== notice.dataset.task && !isOver(task));
  link.hidden = !next;
  if (next) link.href = next.querySelector(".task-link").getAttribute("href");
}

async function showQueue() {
  const acts = await listActs();
  const waiting = acts.filter((act) => !act.refusal && act.fields.length);
  notice.replaceChildren();
  acts.filter((act) => !act.fields.length).forEach(showRefusal);
  if (!navigator.onLine) addLine(notice.dataset.offlineMessage);
  if (waiting.length && "signedOut" in notice.dataset) addLine(notice.dataset.signedOutMessage, "task-refused");
  else if (waiting.length === 1) addLine(notice.dataset.waitingOne);
  else if (waiting.length) addLine(notice.dataset.waitingMany.replace("{n}", waiting.length));
  showWaiting(waiting);
  await showNextTask(waiting);
}

// Let the service worker keep this page and those of the tasks on it, so that they open without network.
async function keepPages() {
  const links = [...document.querySelectorAll("[data-own-tasks] .task-link")].slice(0, MAX_KEPT_PAGES);
  for (const url of [location.href, ...links.map((link) => link.href)]) await fetch(url);
}

async function keepPagesOffline() {
  if (!navigator.serviceWorker || !window.caches) return;
  await navigator.serviceWorker.register("/fleet/tasks/worker.js", { scope: "/fleet/tasks" });
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    active.postMessage("claim");
    await controlled;
  }
  // What this page has loaded before the worker was there.
  const files = performance.getEntriesByType("resource").map((entry) => entry.name);
  const cache = await caches.open("task-files");
  await Promise.allSettled(files.filter((name) => name.startsWith(`${location.origin}/static/`)).map((name) => cache.add(name)));
  await keepPages();
}

export function startTaskQueue(element) {
  if (!window.indexedDB) return;
  notice = element;
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("[data-queue-act]")) return;
    event.preventDefault();
    submitAct(event.target);
  });
  element.dataset.started = "";
  showQueue().then(sendLater);
  window.addEventListener("online", sendLater);
  window.addEventListener("offline", showQueue);
  setInterval(async () => (await listActs()).some((act) => act.fields.length) && sendLater(), RETRY_MS);
  if (navigator.onLine) keepPagesOffline().catch(() => {});
}
