"use strict";
/* The way to a Zappi that reads right, step by step; what the device knows is never asked twice. */
(() => {
const KEY = "way", box = $("way"), store = localStorage;
let step = Number(store.getItem(KEY) || 0), busy = false, power = null, drawn = "", viewed = "", search = null, looking = 0;
/* What was read so far outlives a reload in mid-step: {watts, pf, …} of the plain power, then what was solved. */
let kept = {};
try { kept = JSON.parse(store.getItem("way-kept")) || {}; } catch (e) { /* from the start, then */ }
const keep = more => { kept = more; store.setItem("way-kept", JSON.stringify(kept)); redraw(); };
const STEPS = ["Mains", "Inverter", "Direction", "Calibration", "WiFi", "Done"];
const go = n => { step = n; looking = 0; store.setItem(KEY, n); redraw(); };
const leave = () => { store.setItem(KEY, "left"); box.hidden = true; };
const redraw = () => { drawn = ""; draw(); };
const p = (text, cls) => make("p", text, { className: cls || "" });
const button = (text, act, main) => { const b = make("button", text, { type: "button", className: main ? "main" : "" }); b.addEventListener("click", async () => { if (busy) return; busy = b.disabled = true; say(""); try { await act(); } catch (e) { say(e.error || String(e), e.field); } busy = b.disabled = false; }); return b; };
const row = (...b) => { const r = make("div", null, { className: "row" }); r.style.marginTop = ".8rem"; r.append(...b); return r; };
const ask = (id, words, value, help) => { const l = make("label", words, { htmlFor: id }), i = make("input", null, { id, value: value || "", autocomplete: "off", inputMode: "decimal" }); i.setAttribute("aria-describedby", "wayerr"); const out = [l, i]; if (help) out.push(make("small", help)); return out; };
const FIELDS = { watts: "ww", lead_watts: "wl", pf: "wp", va: "wp", amps: "wp", password: "wpass", ssid: "wname", old_password: "wold" };
const say = (words, field) => { const e = $("wayerr"); if (!e) return; e.textContent = words || ""; for (const i of box.querySelectorAll("[aria-invalid]")) i.removeAttribute("aria-invalid"); const at = words && $(FIELDS[field] || (field === "watts" ? "wh" : "-")); if (at) { at.setAttribute("aria-invalid", "true"); at.focus(); } };
const when = () => { const d = new Date(); return d.getFullYear() + "-" + String(d.getMonth() + 1).padStart(2, "0") + "-" + String(d.getDate()).padStart(2, "0"); };
const READ = "On the Zappi: Installer settings › CT config › Readings. Wait until the number rests, about 10 seconds.";
const answers = s => s.inverter.battery_w != null && s.inverter.age_ms < 5000;

/* The search for the inverter; its block stays the same while the step is drawn anew. */
const S = { box: make("div"), go: make("button", "Search for it", { type: "button", id: "find" }), words: make("p", "", { id: "fw" }), found: make("div", null, { id: "fp" }) };
S.words.setAttribute("role", "status");
S.box.append(S.words, S.found, row(S.go));
const scan = body => press1(async () => found(await send("scan", body)));
S.go.addEventListener("click", () => scan(S.go.textContent === "Stop" ? { cancel: true } : {}));
function found(a) {
  const was = search && search.state;
  search = a;
  const on = a.state === "searching" || a.state === "identifying";
  S.go.textContent = on ? "Stop" : a.state === "idle" ? "Search for it" : "Search again";
  S.go.className = answers(st) || a.proposals.length ? "" : "main";
  const words = a.state === "idle" ? "" : a.words + (on ? " · question " + a.tried + " of at most " + a.total : "");
  if (S.words.textContent !== words) S.words.textContent = words;
  const key = JSON.stringify([a.proposals, a.hint, a.left_out, on]);
  if (S.found.dataset.t !== key) {
    S.found.dataset.t = key;
    const many = a.proposals.length > 1, out = [];
    if (many) out.push(p("More than one fits. The one on the inverter's type plate is right; the first is the most likely."));
    for (const o of a.proposals) {
      const e = p(""), take = o.unit == null ? o.profile : o.profile + "@" + o.unit;
      e.append(make("b", o.name), make("br"), make("small", (o.unit == null ? "" : "address " + o.unit + " · ") + o.why + (o.experimental ? " · nobody has tried it yet" : "")), make("br"), button("Use this", async () => { await send("scan", { use: take }); S.words.textContent = "Stored: " + o.name; S.found.replaceChildren(); }, o === a.proposals[0]));
      out.push(e);
    }
    if (a.hint) out.push(p(a.hint[0].toUpperCase() + a.hint.slice(1) + "."));
    if (a.left_out && !on) out.push(p("Not tried yet: " + a.left_out + "."), button("Try these too", () => scan({ more: true })));
    S.found.replaceChildren(...out);
  }
  clearTimeout(looking);
  if (on && step === 1 && !box.hidden) looking = setTimeout(look, 1000);
  if (was && was !== a.state) say("");
}
async function look() { try { found(await (await fetch("/api/scan")).json()); } catch (e) { looking = setTimeout(look, 2000); } }

/* What was just brought about is so, even while the live numbers are still those of before. */
let sure = { until: 0 };
const surely = held => { sure = { held, until: now() + 2000 }; };
const heldNow = s => now() < sure.until ? sure.held : s.hold;
const hold = async watts => { power = watts; const a = await send("hold", { watts, minutes: 10 }); surely({ watts: a.watts, lead_deg: 0 }); };
const release = async () => { await send("release", {}); surely(null); redraw(); };
const reading = () => { const v = $("wp").value.trim(), kind = $("wk").value; return v ? { watts: $("ww").value, [kind]: v } : { watts: $("ww").value }; };
/* What else the Zappi may show beside the watts. */
const second = () => { const k = make("select", null, { id: "wk" }); for (const [v, t] of [["pf", "Power factor"], ["va", "VA"], ["amps", "A"]]) k.append(new Option(t, v)); k.setAttribute("aria-label", "What else it shows"); const [l, i, h] = ask("wp", "What else it shows", "", "Power factor, VA or A, if it shows one of them; else leave it empty."), r = row(k, i); k.style.cssText = i.style.cssText = "flex:1 1 8rem"; r.style.flexWrap = "wrap"; return [l, r, h]; };

function calibration(s) {
  const held = heldNow(s), turned = held && held.lead_deg;
  if (kept.solved) {
    const f = kept.solved, was = f.before || {}, is = f.after || {}, better = p("Solved. The Zappi showed " + num(100 * f.factor, 1) + " % of the power, " + num(Math.abs(f.off_deg), 1) + "° off" + (f.swapped ? ", the sign turned round" : "") + ". Now it is corrected; what may be left: ± " + num(f.expected_pct, 1) + " %, from the rounding of its display.");
    better.append(make("small", " Power correction " + num(was.gain_trim_pct, 1) + " → " + num(is.gain_trim_pct, 1) + " %, phase correction " + num(was.lag_deg, 1) + " → " + num(is.lag_deg, 1) + "°."));
    const undo = button("Undo", async () => { await send("calibrate", { undo: true }); surely(null); record(); keep({}); });
    if (!held) return [better, p("The test power has ended. Hold it once more to look whether it reads right now."), row(button("Hold", async () => { await hold(kept.held_w || 2000); redraw(); }, true), undo)];
    return [better, p(READ), ...ask("ww", "What does it show now? (W)"), ...second(),
      row(button("Keep it", async () => { rec = await send("calibrate", { ...reading(), compare: true, date: when() }); surely(null); keep({}); go(4); if (rec.sense) oops({ error: rec.sense }); }, true), undo)];
  }
  if (kept.plain && turned) return [p("The current is turned by 60° now, so the number falls to about half. " + READ), ...ask("wl", "What does the Zappi show now? (W)"),
    row(button("Solve", async () => { const solved = await send("calibrate", { ...kept.plain, lead_watts: $("wl").value }); surely({ watts: held.watts, lead_deg: 0 }); record(); keep({ solved, held_w: held.watts }); }, true), button("Read again", async () => { await hold(held.watts); keep({}); }))];
  if (turned) return [p("A reading was begun, perhaps on another phone. Finish it there, or begin anew here."), row(button("Begin anew", async () => { await hold(held.watts); redraw(); }, true))];
  if (held) return [p("The Zappi should show about " + num(held.watts, 0) + " W. " + READ), ...ask("ww", "What does the Zappi show? (W)"), ...second(),
    row(button("Next", async () => { const r = reading(); await send("calibrate", r); surely({ watts: held.watts, lead_deg: 60 }); keep({ plain: r }); }, true), button("Stop", release)),
    p("With a power factor of 0.99 or more the second reading can be left out:", "dim"), button("This reading is enough", async () => { const solved = await send("calibrate", { ...reading(), once: true }); record(); keep({ solved, held_w: held.watts }); })];
  const again = rec && rec.undo ? [button("Take the last one back", async () => { await send("calibrate", { undo: true }); record(); redraw(); })] : [];
  return [p("The device holds a power, you type what the Zappi shows of it: twice, then it is right. Let no car charge meanwhile."), ...ask("wh", "Power to hold (W)", power || "2000"), row(button("Hold", async () => { await hold($("wh").value); keep({}); }, true), button("Not now", () => go(4)), ...again)];
}

const VIEWS = [
  s => s.mains.locked
    ? [p("The mains is seen: " + num(s.mains.volts, 0) + " V, " + num(s.mains.hz, 2) + " Hz."), row(button("Next", () => go(1), true))]
    : [p("The mains is not seen yet. Is the small transformer plugged in, and its wire on the mains input? It takes two seconds.")],
  s => answers(s)
    ? [p("The inverter answers: " + num(s.inverter.battery_w, 0) + " W."), row(button("Next", () => go(2), true)), S.box]
    : [p("The inverter does not answer yet. The search tries the usual speeds and addresses, two minutes at most; the output is zero meanwhile."), S.box],
  s => {
    const w = s.inverter.battery_w, is = charging => button(charging ? "Charging" : "Discharging", async () => { await send("direction", { charging }); go(3); });
    if (s.inverter.question) return [p("Is the battery charging right now? The inverter's display tells."), row(is(true), is(false))];
    return [p(w ? "The device thinks: " + doing(w) + " with " + num(Math.abs(w), 0) + " W. Is that so?" : "The battery rests. You can look again later."), row(button("Yes, that is so", () => go(3), true), button("The other way", async () => { say((await send("direction", { charging: w > 0 })).words); }))];
  },
  calibration,
  () => [p("Name and password of this device's WiFi. Write them down; the console says them too (wifi)."), make("p", wifi, { id: "wnow" }), ...ask("wname", "WiFi name"), ...ask("wold", "Old password, if you change it"), ...ask("wpass", "New password, 8 letters or more"),
    row(button("Save and restart", async () => { const b = {}; if ($("wname").value) b.ssid = $("wname").value; if ($("wpass").value) { b.password = $("wpass").value; b.old_password = $("wold").value; } if (Object.keys(b).length) { await send("settings", b); await send("restart", {}); wifi = ""; renamed = b.ssid || "the same name"; } go(5); }, true), button("Keep as it is", () => go(5)))],
  () => [...(renamed ? [p("The device restarts. Join its WiFi again in half a minute: " + renamed + ".")] : []), p(rec && rec.compared ? "Done. The Zappi reads the battery now." : "Almost done: nobody has compared with the Zappi yet. Step 4 does that, at any time."), p("Another phone gets in with what stands under “Another phone” below."), row(button("Close", leave, true))],
];
let wifi = "", renamed = "";
async function nowInForce() { try { const w = await (await fetch("/api/wifi")).json(); wifi = "Now: " + w.ssid + ", password " + w.password; if ($("wnow")) $("wnow").textContent = wifi; } catch (e) { /* the fields are there all the same */ } }

function draw() {
  if (!st || box.hidden) return;
  const s = st, held = heldNow(s), hold = held ? [held.watts, held.lead_deg] : 0;
  const key = JSON.stringify([step, s.mains.locked, step < 2 && answers(s), step === 2 ? [s.inverter.question, doing(s.inverter.battery_w)] : 0, step === 3 ? [hold, kept, !hold && rec && rec.undo] : 0]);
  if (key === drawn) return;
  drawn = key;
  const title = make("h2", "Step " + (step + 1) + " of " + STEPS.length + ": " + STEPS[step], { tabIndex: -1 });
  const err = make("p", "", { id: "wayerr", className: "bad" });
  err.setAttribute("role", "alert");
  const nav = row(...(step ? [button("‹ Back", () => go(step - 1))] : []), button("Leave", leave));
  const view = JSON.stringify([step, !!kept.solved, !!kept.plain, !!hold, hold && hold[1]]), same = view === viewed, typed = same ? [...box.querySelectorAll("input")].map(i => [i.id, i.value]) : [], at = document.activeElement && document.activeElement.id;
  viewed = view;
  box.replaceChildren(title, ...VIEWS[step](s), err, nav);
  for (const [id, value] of typed) if (value && $(id) && !$(id).value) $(id).value = value;
  if (at && same && box.querySelector("#" + at)) $(at).focus();
  if (step === 1 && !looking) look();
  if (step === 4 && !wifi) nowInForce();
}
the.way = { draw, open: (n, stay) => { box.hidden = false; go(n == null ? (isNaN(step) ? 0 : Math.min(step, 5)) : n); if (!stay) box.scrollIntoView(); } };
if (isNaN(step)) step = 0;
draw();
})();
