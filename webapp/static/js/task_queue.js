// Acts on tasks work without network: they are kept on the device with their time, sent in their order
// when the network is back, and what was refused is told. The server does each once, however often it
// is sent, by its act_id.
import { addAct, changeAct, listActs, removeAct } from "./act_store.js";

const RETRY_MS = 20000;
// A phone that believes it has network waits so long for an answer; with photos longer.
const TIMEOUT_MS = 15000;
const PHOTO_TIMEOUT_MS = 300000;
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
  const signal = AbortSignal.timeout(hasFiles ? PHOTO_TIMEOUT_MS : TIMEOUT_MS);
  return fetch(url, { method: "POST", body, headers, signal });
}

// Acts of the account that made them: on a phone that two people use, nobody sends those of the other.
const listOwnActs = async () => (await listActs()).filter((act) => act.account === notice.dataset.account);

const isRefused = (act) => act.refused || !act.fields.length;

// The account that is signed in now, and the token for its forms: this page may be older than the session.
// Nothing if nobody is signed in.
async function readSession() {
  const response = await fetch("/fleet/tasks", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-task-queue]")?.dataset;
}

const isAnswer = (response) => response.headers.get("Content-Type")?.startsWith("application/json");

// Send the form; without network keep the act. What the server refuses, its page explains: the form is
// sent once more as any other form.
async function submitAct(form) {
  const fields = readFields(form);
  if (!(await listOwnActs()).some((act) => !isRefused(act))) {
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
  const { account } = notice.dataset;
  await addAct({ account, task: form.dataset.task, label: form.dataset.label, url: form.action, fields: kept });
  await showQueue();
}

async function sendActs() {
  const waiting = (await listOwnActs()).filter((act) => !isRefused(act));
  if (!waiting.length) return;
  let session;
  try {
    session = await readSession();
  } catch {
    return; // still no network
  }
  if (session?.account !== notice.dataset.account) {
    notice.dataset.signedOut = "";
    await showQueue();
    return;
  }
  const wasSent = await sendInOrder(waiting, session.csrfToken);
  await showQueue();
  const isIdle = !document.activeElement?.matches("input, select, textarea");
  const isWaiting = (await listOwnActs()).some((act) => !isRefused(act));
  if (wasSent && isIdle && !isWaiting) location.reload(); // what was refused is told again
}

// Send acts until there is no network; return whether one was done or refused.
async function sendInOrder(acts, csrfToken) {
  let wasSent = false;
  for (const act of acts) {
    const fields = act.fields.map(([name, value]) => [name, name === "csrf_token" ? csrfToken : value]);
    let response;
    try {
      response = await post(act.url, fields);
    } catch {
      break; // no network any more
    }
    if (response.status >= 500 || response.status === 429) break;
    if (response.redirected || response.status === 401) {
      notice.dataset.signedOut = "";
      break;
    }
    wasSent = true;
    if (response.ok) await removeAct(act.number);
    else await changeAct({ ...act, refused: true, refusal: await readRefusal(response) });
  }
  return wasSent;
}

async function readRefusal(response) {
  const answer = isAnswer(response) ? await response.json() : {};
  return answer.message || answer.error_description || "";
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
  const acts = await listOwnActs();
  const waiting = acts.filter((act) => !isRefused(act));
  notice.replaceChildren();
  acts.filter(isRefused).forEach(showRefusal);
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
  setInterval(sendLater, RETRY_MS);
  if (navigator.onLine) keepPagesOffline().catch(() => {});
}
