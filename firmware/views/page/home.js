"use strict";
/* The home's WiFi: join it, who may do what from there, the broker; and the login of those who come from there. */
(() => {
const box = make("div"), words = make("p"), list = make("div"), mqtt = make("p", "", { className: "dim" });
words.setAttribute("role", "status"); mqtt.setAttribute("role", "status");
let drawer = null, built = false, lookedAt = 0, asking = false, last = {};
const row = (...b) => { const r = make("div", null, { className: "row" }); r.style.marginTop = ".8rem"; r.append(...b); return r; };
const button = (text, act, main) => make("button", text, { type: "button", className: main ? "main" : "", onclick: () => press1(act) });
const put = (e, text) => { if (e.textContent !== text) e.textContent = text; };

async function get() {
  const r = await fetch("/api/home");
  if (r.status === 401) { await login(); return get(); }
  if (!r.ok) throw await r.json();
  return r.json();
}

/* Fields: name, words, what stands below it, kind. */
const FIELDS = [
  ["ssid", "Name of your WiFi", ""],
  ["password", "Its password", "", "password"],
  ["login", "Password of this page", "For changes from the home WiFi; 8 characters or more. On the device\u2019s own WiFi nobody is asked for it.", "password"],
  ["old_login", "Page password in force, to change it", "", "password"],
  ["open", "Whoever is in the home WiFi may look, without a password", "", "checkbox"],
  ["ap_minutes", "Own WiFi off after (minutes)", "Once the home WiFi is there and nobody is on the own one. 0: it stays. A touch of the button brings it back.", "number"],
  ["broker", "MQTT broker", "Its address in numbers, as 192.168.1.10. Home Assistant then finds the device. Empty: none.", "", 1],
  ["broker_user", "User there", "", "", 1],
  ["broker_password", "Password there", "", "password", 1],
];
const inputs = {};
function field([name, label, help, kind]) {
  const e = make("div", null, { className: "field" }), id = "home-" + name, i = inputs[name] = make("input", null, { id, type: kind === "number" ? "text" : kind || "text", autocomplete: kind === "password" ? "new-password" : "off" }), l = make("label", label, { htmlFor: id });
  if (kind === "number") i.inputMode = "numeric";
  i.setAttribute("aria-describedby", id + "-e");
  if (kind === "checkbox") { l.prepend(i, " "); e.append(l); } else e.append(l, i);
  const err = make("small", "", { id: id + "-e", className: "bad" }); err.setAttribute("role", "alert");
  e.append(err);
  if (help) e.append(make("small", help));
  return e;
}
function build() {
  built = true;
  const form = make("form", null, { id: "homeform", noValidate: true, onsubmit: save }), more = make("details");
  more.append(make("summary", "MQTT and Home Assistant"), mqtt, ...FIELDS.filter(f => f[4]).map(field));
  form.append(...FIELDS.filter(f => !f[4]).map(field), more, row(make("button", "Save", { className: "main" }), button("Leave the home WiFi", leave)), make("p", "", { id: "homesaved" }));
  form.lastChild.setAttribute("role", "status");
  box.replaceChildren(words, row(button("Look for networks", async () => { await send("home", { scan: true }); lookedAt = 0; })), list, form);
  fill();
}
function fill() {
  for (const [name, , , kind] of FIELDS) {
    const i = inputs[name];
    if (kind === "checkbox") i.checked = last[name]; else if (kind === "password") { i.value = ""; i.placeholder = last[name + "_set"] ? "unchanged" : "none"; } else i.value = last[name];
    i.dataset.was = kind === "checkbox" ? String(i.checked) : i.value;
  }
  inputs.old_login.parentNode.hidden = !last.login_set;
}
async function leave() { last = await send("home", { ssid: "", password: "" }); fill(); shown(); }
async function save(e) {
  e.preventDefault();
  const b = {};
  for (const [name, , , kind] of FIELDS) {
    const i = inputs[name], v = kind === "checkbox" ? i.checked : i.value;
    i.removeAttribute("aria-invalid"); put($(i.id + "-e"), "");
    if (String(v) !== i.dataset.was) b[name] = v;
  }
  if (!Object.keys(b).length) return put($("homesaved"), "Nothing has changed.");
  put($("homesaved"), "");
  try { last = await send("home", b); fill(); shown(); put($("homesaved"), "Saved."); }
  catch (x) {
    const i = inputs[x.field];
    if (!i) return put($("homesaved"), x.error);
    if (i.closest("details details")) i.closest("details details").open = true;
    i.setAttribute("aria-invalid", "true"); put($(i.id + "-e"), plain(x.error, x.field)); i.focus();
  }
}
function shown() {
  put(words, last.words || "");
  if (!last.possible) return;
  put(mqtt, last.mqtt || (last.broker ? "Not in touch yet." : "No broker is chosen."));
  const key = JSON.stringify([last.scanning, last.networks]);
  if (list.dataset.t === key) return;
  list.dataset.t = key;
  const bars = dbm => dbm > -60 ? "strong" : dbm > -75 ? "good" : "weak";
  list.replaceChildren(...(last.scanning ? [make("p", "Listening \u2026", { className: "dim" })] : !last.networks ? [] : last.networks.length ? last.networks.map(([name, dbm, locked]) => {
    const b = make("button", name + " \u00b7 " + bars(dbm) + (locked ? "" : " \u00b7 open"), { type: "button", onclick: () => { inputs.ssid.value = name; if (!locked) inputs.password.dataset.was = "-"; inputs.password.focus(); } });
    b.style.cssText = "width:100%;text-align:left;margin-top:.4rem"; return b;
  }) : [make("p", "No network is heard.", { className: "dim" })]));
}
async function draw(d) {
  if (asking) return;
  asking = true; lookedAt = now();
  try {
    last = await get();
    if (!built && last.possible) build();
    if (!last.possible) box.replaceChildren(words);
    shown();
  } catch (x) { if (!built) box.replaceChildren(make("p", x.error && x.field === "login" ? x.error : "It did not arrive. Close and open again.", { className: "bad" })); }
  asking = false;
}

/* Ask for the page's password; the promise fails where somebody thinks better of it. */
let open = null;
function login() {
  return open = open || new Promise((done, no) => {
    const d = make("dialog"), f = make("form", null, { noValidate: true }), i = make("input", null, { id: "pagepass", type: "password", autocomplete: "current-password" }), err = make("small", "", { className: "bad", id: "pageerr" }), title = make("h2", "Log in", { id: "pagetitle" });
    d.setAttribute("aria-labelledby", "pagetitle"); i.setAttribute("aria-describedby", "pageerr"); err.setAttribute("role", "alert");
    let good = false;
    f.append(title, make("p", "You come through the home WiFi. Changes there want the password of this page.", { className: "dim" }), make("label", "Password of this page", { htmlFor: "pagepass" }), i, err,
      row(make("button", "Cancel", { type: "button", onclick: () => d.close() }), make("button", "Log in", { className: "main" })));
    f.onsubmit = async e => {
      e.preventDefault();
      try { await send("login", { password: i.value }, true); good = true; d.close(); }
      catch (x) { put(err, plain(x.error.replace(/\.$/, ""), "password")); i.value = ""; i.focus(); }
    };
    d.onclose = () => { d.remove(); open = null; good ? done() : no({ error: "Not logged in; nothing was changed.", field: "login" }); };
    d.append(f); document.body.append(d); d.showModal();
  });
}
the.home = {
  login,
  open: d => { drawer = d; if (!d.contains(box)) d.append(box); draw(); },
  draw: () => { if (drawer && drawer.open && now() - lookedAt > 2000) draw(); },
};
})();
