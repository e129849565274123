"use strict";
/* The drawers below the first view: why, settings, what happened, another phone, everything. */
(() => {
const body = (d, ...content) => { let b = d.querySelector(".in"); if (!b) d.append(b = make("div", null, { className: "in" })); b.replaceChildren(...content); };
const get = async path => { const r = await fetch("/api/" + path); if (r.status === 401) { await login(); return get(path); } if (!r.ok) throw await r.json(); return r.json(); };
const two = n => String(n).padStart(2, "0");
const row = (...b) => { const r = make("div", null, { className: "row" }); r.style.marginTop = ".8rem"; r.append(...b); return r; };
const button = (text, act, main) => make("button", text, { type: "button", className: main ? "main" : "", onclick: () => press1(act) });
const failed = d => () => body(d, make("p", "It did not arrive. Close and open again.", { className: "bad" }));

/* Clock time of something that happened so many seconds after the device's start. */
function clock(t_s) {
  const d = new Date(Date.now() - 1000 * (st.uptime_s - t_s)), today = new Date().toDateString() === d.toDateString();
  return (today ? "" : d.getDate() + "." + (d.getMonth() + 1) + ". ") + two(d.getHours()) + ":" + two(d.getMinutes()) + ":" + two(d.getSeconds());
}
function keep(name, text, type) {
  const a = make("a", null, { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  a.click(); setTimeout(() => URL.revokeObjectURL(a.href), 5000);
}

/* Why does the Zappi see this: the chain from the register to the pin. */
async function why(d) {
  const { rows } = await get("why");
  const out = make("dl");
  for (const [step, words, age_s] of rows) out.append(make("dt", step), make("dd", words + (age_s == null ? "" : " · " + age_s.toFixed(1) + " s old")));
  const better = rows.map(r => /profile (\w+) fits better/.exec(r[1])).find(m => m);
  const take = better ? [make("button", "Take the profile " + better[1], { type: "button", onclick: () => press1(async () => { await send("settings", { profile: better[1] }); await why(d); }) })] : [];
  body(d, make("p", "From the inverter's register to the pin, each with what it says now.", { className: "dim" }), out, ...take);
}

async function log(d) {
  logged = st ? st.events : -1;
  const l = await get("log"), list = make("ol", null, { id: "log" });
  for (const e of l.events.reverse()) { const li = make("li"); li.append(make("time", clock(e.t_s)), make("span", e.words)); list.append(li); }
  if (l.dropped) list.append(make("li", l.dropped + " older ones are forgotten"));
  const link = (path, words) => make("a", words, { href: "/api/" + path + ".csv", download: "" });
  const links = make("p"); links.append(link("log", "This list"), " or ", link("history", "the chart's numbers"), " for a spreadsheet");
  body(d, list, links);
}
let logged = -1;

async function everything(d) {
  const s = await get("status"), out = [];
  const table = (title, o) => { const rows = Object.entries(o || {}).filter(e => e[1] !== null && typeof e[1] !== "object" && e[1] !== "").sort(); if (!rows.length) return; const l = make("dl"); for (const [k, v] of rows) l.append(make("dt", k), make("dd", String(v))); out.push(make("h3", title), l); };
  table("Inverter line", s.inverter); table("Mains", s.mains); table("Output", s.ct); table("Measured again", s.readback); table("Loop", s.loop); table("Chip", s.chip); table("Counters", s.counters); table("Device", s);
  body(d, ...out); d.querySelector(".in").id = "all";
}

/* Name and password, to be typed or to be looked at by another phone's camera. */
async function wifi(d) {
  const w = await get("wifi"), n = w.qr.length, list = make("dl");
  list.append(make("dt", "WiFi name"), make("dd", w.ssid), make("dt", "Password"), make("dd", w.password), make("dt", "Page"), make("dd", w.url));
  const picture = make("div", null, { className: "qr" });
  if (n) {
    let path = "";
    w.qr.forEach((line, y) => [...line].forEach((c, x) => { if (c === "#") path += "M" + x + " " + y + "h1v1h-1z"; }));
    picture.innerHTML = `<svg viewBox="-4 -4 ${n + 8} ${n + 8}" role="img" aria-label="QR code of WiFi name and password"><rect x="-4" y="-4" width="${n + 8}" height="${n + 8}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
  }
  body(d, make("p", "Let its camera look at this, or type it. Later: type wifi on the console."), picture, list);
}

const GROUPS = { "Installation": ["limit_w", "invert", "muted", "offset_w", "forced", "mains_v"], "Output stage": ["stage", "gain_trim_pct", "lag_deg", "full_scale_ma", "mains_scale", "readback", "sense_mv_per_ma"], "Inverter": ["profile", "baud", "parity", "stop_bits", "unit_address", "poll_s", "stale_s", "experimental"], "WiFi": ["ssid", "password", "radio"] };
const NAMES = { stage: "Output stage", baud: "Speed", unit_address: "Address", unit_address_2: "Address of a second inverter", poll_s: "Ask every", timeout_s: "Wait for an answer", stale_s: "An answer counts for", experimental: "Allow untried inverters", invert: "Turn the sign round", muted: "Mute", readback: "Measure the output", gain_trim_pct: "Power correction", lag_deg: "Phase correction", full_scale_ma: "Full scale", lag_slope_deg_per_hz: "Phase per hertz", gain_slope_pct_per_hz: "Gain per hertz", sense_mv_per_ma: "Sense resistor", sense_trim_pct: "Sense correction", sense_trim_deg: "Sense phase", ssid: "WiFi name", limit_w: "Never more than", offset_w: "Add to the battery's power", forced: "While the battery is under orders", mains_v: "Mains voltage at commissioning", mains_scale: "Mains volts per volt", listen: "Only listen", idle_by_gate: "Gate ahead of the stage", radio: "WiFi on" };
const entered = e => e.type === "checkbox" ? e.checked : e.value;
const put = (e, v) => { if (e.type === "checkbox") e.checked = v === true || v === "true"; else e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); };
let list = [], form = null;

async function settings(d) {
  list = (await get("settings")).settings;
  const left = new Map(list.map(f => [f.name, f])), out = [];
  const section = (title, names) => { const fields = names.map(n => left.get(n)).filter(Boolean); names.forEach(n => left.delete(n)); if (!fields.length) return; const e = make("details"); e.append(make("summary", title), ...fields.map(field)); out.push(e); };
  for (const g in GROUPS) section(g, GROUPS[g]);
  section("Expert", [...left.keys()]);
  form = make("form", null, { id: "form", noValidate: true, onsubmit: save });
  const file = make("input", null, { type: "file", accept: ".json,.txt", hidden: true, onchange: () => press1(async () => { const f = file.files[0]; file.value = ""; if (f) await load_file(f, d); }) });
  file.setAttribute("aria-label", "Settings file");
  const saved = make("p", "", { id: "saved" });
  saved.setAttribute("role", "status");
  form.append(...out, row(make("button", "Save", { className: "main", id: "save" }), button("Restart now", async () => { await send("restart"); show("saved", "Restarting …"); })), saved,
    row(button("Save as a file", () => keep("battery-ct-settings.json", JSON.stringify({ "battery-ct": st.version, settings: Object.fromEntries(list.filter(f => !f.secret).map(f => [f.name, f.value])) }, null, 1), "application/json")), button("Load a file", () => file.click())),
    row(button("All to defaults", defaults)), file);
  body(d, form);
}
function defaults() {
  for (const f of list) if (!f.secret && f.name !== "ssid") put($("set-" + f.name), f.default);
  show("saved", "The defaults are filled in. Save puts them in force; Undo beside a field keeps yours.");
}
async function load_file(f, d) {
  let given;
  try { given = JSON.parse(await f.text()); given = given.settings || given; if (typeof given !== "object" || !given) throw 0; } catch (e) { return show("saved", "That is no settings file."); }
  const names = Object.keys(given).filter(n => list.some(f => f.name === n && f.value === given[n]) === false);
  if (!names.length) return show("saved", "The file says what is in force already.");
  try { await send("settings", Object.fromEntries(names.map(n => [n, given[n]]))); }
  catch (x) { return show("saved", "Nothing was changed. " + x.error); }
  await settings(d);
  show("saved", "In force from the file: " + names.join(", ") + ".");
}
function field(f) {
  const id = "set-" + f.name, box = make("div", null, { className: "field" }), label = make("label", (NAMES[f.name] || f.name[0].toUpperCase() + f.name.slice(1).replace(/_(w|s|ma|deg|pct)$/, "").replace(/_/g, " ")) + (f.unit ? " (" + f.unit + ")" : ""), { htmlFor: id });
  let input;
  if (f.choices) { input = make("select"); for (const c of f.choices) { const [v, t] = Array.isArray(c) ? c : [c, c]; input.append(new Option(t, v, false, v === f.value)); } }
  else if (f.type === "bool") input = make("input", null, { type: "checkbox", checked: f.value });
  else if (f.secret) input = make("input", null, { type: "password", placeholder: f.set ? "unchanged" : "none", autocomplete: "new-password" });
  else input = make("input", null, { type: "text", value: f.value, inputMode: f.type === "str" || f.low < 0 ? "text" : "decimal", autocomplete: "off" });
  input.id = id; input.name = f.name; input.dataset.was = String(entered(input));
  input.setAttribute("aria-describedby", id + "-h " + id + "-e");
  const range = f.type === "int" || f.type === "float" ? f.choices ? "" : " " + num(f.low, f.low % 1 ? 1 : 0) + " to " + f.high + (f.unit ? " " + f.unit : "") + ", default " + f.default + "." : "";
  if (f.name === "password") { const o = make("input", null, { type: "password", id: "set-old_password", name: "old_password", autocomplete: "off" }); o.dataset.was = ""; box.append(make("label", "Password in force, to change it", { htmlFor: o.id }), o, make("small", "", { id: o.id + "-e", className: "bad" })); }
  if (f.type === "bool") { label.prepend(input, " "); box.append(label); } else box.append(label, input);
  const undo = make("button", "Undo", { type: "button", className: "undo", hidden: true, onclick: () => { put(input, input.dataset.was); input.focus(); } });
  undo.setAttribute("aria-label", "Undo " + label.textContent.trim());
  for (const kind of ["input", "change"]) input.addEventListener(kind, () => { undo.hidden = String(entered(input)) === input.dataset.was; });
  box.append(undo, make("small", "", { id: id + "-e", className: "bad" }));
  box.lastChild.setAttribute("role", "alert");
  box.append(make("small", f.help + range, { id: id + "-h" }));
  return box;
}
async function save(e) {
  e.preventDefault();
  const inputs = [...form.elements].filter(x => x.name), changed = inputs.filter(x => String(entered(x)) !== x.dataset.was);
  inputs.forEach(x => { x.removeAttribute("aria-invalid"); show(x.id + "-e", ""); });
  if (!changed.length) return show("saved", "Nothing has changed.");
  show("saved", "");
  try {
    const a = await send("settings", Object.fromEntries(changed.map(x => [x.name, entered(x)])));
    for (const x of changed) { if (x.name in a.accepted && x.type !== "checkbox") x.value = a.accepted[x.name]; if (x.type === "password") x.value = ""; x.dataset.was = String(entered(x)); put(x, entered(x)); }
    for (const x of inputs) if (x.name in a.accepted && !changed.includes(x)) { x.dataset.was = String(a.accepted[x.name]); put(x, a.accepted[x.name]); }
    record();
    const later = changed.some(x => /ssid|password|radio|board/.test(x.name)) || "idle_by_gate" in a.accepted;
    show("saved", a.saved ? (later ? "Saved. It counts from a restart on: Restart now below." : "Saved and in force.") : "In force, but not saved: see the fault above.");
  } catch (x) {
    const at = x.field && $("set-" + x.field);
    if (at) { at.closest("details").open = true; at.setAttribute("aria-invalid", "true"); show(at.id + "-e", plain(x.error, x.field)); at.focus(); } else show("saved", x.error);
  }
}

const FILL = { dwhy: why, dset: settings, dlog: log, dwifi: wifi, dall: everything };
let lookedAt = 0;
const asked = new Set();
async function fill(d) {
  if (asked.has(d)) return;
  asked.add(d);
  await FILL[d.id](d).catch(failed(d));
  asked.delete(d);
}
the.more = {
  open: d => fill(d),
  /* What moves is asked for again, every two seconds. */
  draw: () => {
    if (now() - lookedAt < 2000) return;
    lookedAt = now();
    if ($("dwhy").open) fill($("dwhy")); else if ($("dlog").open && logged !== st.events) fill($("dlog")); else if ($("dall").open) fill($("dall"));
  },
};
})();
