// Acts on tasks that wait for the network, in the order in which they were done, with their photos. Kept
// in IndexedDB, until they are sent or the person signs out.

const DATABASE = "movr-tasks";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("acts", { keyPath: "number", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, use) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("acts", mode);
      const request = use(transaction.objectStore("acts"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// An act: { account, task, label, url, fields: [[name, text or File]], refused, refusal, failures }. If it was
// refused it was sent, and somebody has to read why it was not saved. failures: how often the server
// could not answer.
export const addAct = (act) => run("readwrite", (acts) => acts.add(act));
// One that was removed meanwhile stays so.
export const changeAct = (act) =>
  run("readwrite", (acts) => {
    const present = acts.get(act.number);
    present.onsuccess = () => present.result && acts.put(act);
    return present;
  });
export const removeAct = (number) => run("readwrite", (acts) => acts.delete(number));
export const deleteActs = () =>
  new Promise((resolve) => {
    if (!window.indexedDB) return resolve();
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = request.onerror = resolve;
  });
export const listActs = () => run("readonly", (acts) => acts.getAll());
