// A page of another site that tries to read from the program and to make it do something.

const target = new URLSearchParams(location.search).get("target");
const body = JSON.stringify({ kind: "resume", run: "stopped" });
const own = { "Content-Type": "application/json", "X-Metalscape": "1" };

/** What came of a request: the body that was read, or "opaque", or "refused". */
async function tried(url, options = {}) {
  try {
    const response = await fetch(url, options);
    return response.type === "opaque" ? "opaque" : `${response.status} ${await response.text()}`;
  } catch {
    return "refused";
  }
}

/** Whether an element loads its address. */
function loads(tag, attributes) {
  return new Promise((done) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = () => done("loaded");
    element.onerror = () => done("refused");
    document.body.append(element);
  });
}

function hears(url) {
  return new Promise((done) => {
    const stream = new EventSource(url);
    const end = (what) => {
      stream.close();
      done(what);
    };
    stream.onmessage = () => end("heard");
    stream.onopen = () => end("open");
    stream.onerror = () => end("refused");
  });
}

function opens(url) {
  return new Promise((done) => {
    const socket = new WebSocket(url);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
  });
}

/** Whether a frame can be looked into; what it shows is looked at from outside. */
async function framed(url) {
  const frame = document.createElement("iframe");
  const loaded = new Promise((done) => (frame.onload = done));
  Object.assign(frame, { src: url, id: "framed" });
  document.body.append(frame);
  await loaded;
  return frame.contentDocument === null ? "refused" : frame.contentDocument.body.innerText;
}

/** Send a form, which needs no leave of the server, into a frame. */
async function sent(enctype) {
  const name = `answer ${enctype}`;
  const frame = Object.assign(document.createElement("iframe"), { name });
  const form = document.createElement("form");
  Object.assign(form, { action: `${target}/api/jobs`, method: "post", enctype, target: name });
  // as text/plain this is JSON: {"kind": "resume", "run": "stopped", "more": "=" }
  const field = document.createElement("input");
  Object.assign(field, { name: `${body.slice(0, -1)},"name":"`, value: '"}' });
  form.append(field);
  document.body.append(frame, form);
  const loaded = new Promise((done) => (frame.onload = done));
  form.submit();
  await loaded;
  return "sent";
}

/** Open the page beside this one, and look into it. */
async function beside() {
  const page = window.open(`${target}/?run=base`, "beside");
  await new Promise((done) => setTimeout(done, 1500));
  try {
    return page === null || page.closed ? "refused" : page.document.body.innerText;
  } catch {
    return "refused";
  }
}

async function attack() {
  const read = {};
  const done = {};
  read.own = await tried("attack.js"); // this works: the page is able to read what it may
  read.get = await tried(`${target}/api/home`);
  read.noCors = await tried(`${target}/api/home`, { mode: "no-cors" });
  read.credentials = await tried(`${target}/api/home`, { credentials: "include" });
  read.page = await tried(`${target}/`);
  read.image = await loads("img", { src: `${target}/api/runs/base/map.png` });
  read.script = await loads("script", { src: `${target}/dom.js`, type: "module" });
  read.json = await loads("script", { src: `${target}/api/home` });
  read.style = await loads("link", { href: `${target}/app.css`, rel: "stylesheet" });
  read.events = await hears(`${target}/api/events`);
  read.socket = await opens(`${target.replace("http", "ws")}/api/events`);
  read.frame = await framed(`${target}/?run=base`);
  read.beside = await beside();
  done.simple = await tried(`${target}/api/jobs`, { method: "POST", body });
  done.noCors = await tried(`${target}/api/jobs`, { method: "POST", mode: "no-cors", body });
  done.json = await tried(`${target}/api/jobs`, { method: "POST", headers: own, body });
  done.put = await tried(`${target}/api/jobs`, { method: "PUT", headers: own, body });
  done.beacon = String(navigator.sendBeacon(`${target}/api/jobs`, body));
  done.text = await sent("text/plain");
  done.form = await sent("application/x-www-form-urlencoded");
  return { read, done };
}

window.attack = attack;
