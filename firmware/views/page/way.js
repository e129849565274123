"use strict";
/* The way to a Zappi that reads right, step by step; what the device knows is never asked twice. */
(() => {
const KEY = "way", box = $("way");
let step = Number(localStorage.getItem(KEY) || 0), busy = false, plain = null, power = null, watts2 = null, drawn = "";
const STEPS = ["Mains", "Inverter", "Direction", "Calibration", "WiFi", "Done"];
const go = n => { step = n; localStorage.setItem(KEY, n); drawn = ""; draw(); };
const leave = () => { localStorage.setItem(KEY, "left"); box.hidden = true; };
const p = (text, cls) => make("p", text, { className: cls || "" });
const button = (text, act, main) => { const b = make("button", text, { type: "button", className: main ? "main" : "" }); b.addEventListener("click", async () => { if (busy) return; busy = b.disabled = true; say(""); try { await act(); } catch (e) { say(e.error || String(e), e.field); } busy = b.disabled = false; }); return b; };
const row = (...b) => { const r = make("div", null, { className: "row" }); r.style.marginTop = ".8rem"; r.append(...b); return r; };
const ask = (id, words, value, help) => { const l = make("label", words, { htmlFor: id }), i = make("input", null, { id, value: value || "", autocomplete: "off", inputMode: "decimal" }); i.setAttribute("aria-describedby", "wayerr"); const out = [l, i]; if (help) out.push(make("small", help)); return out; };
const say = (words, field) => { const e = $("wayerr"); if (!e) return; e.textContent = words || ""; if (words) { const at = { watts: "ww", lead_watts: "wl", pf: "wp", password: "wpass", ssid: "wname", old_password: "wold" }[field]; if (at && $(at)) { $(at).setAttribute("aria-invalid", "true"); $(at).focus(); } } };
const when = () => { const d = new Date(); return d.getFullYear() + "-" + String(d.getMonth() + 1).padStart(2, "0") + "-" + String(d.getDate()).padStart(2, "0"); };
const READ = "On the Zappi: Installer settings › CT config › Readings. Wait until the number rests, about 10 seconds.";

const VIEWS = [
  s => s.mains.locked
    ? [p("The mains is seen: " + num(s.mains.volts, 0) + " V, " + num(s.mains.hz, 2) + " Hz."), row(button("Next", () => go(1), true))]
    : [p("The mains is not seen yet. Is the small transformer plugged in, and its wire on the mains input? It takes two seconds.")],
  s => s.inverter.battery_w != null && s.inverter.age_ms < 5000
    ? [p("The inverter answers: " + num(s.inverter.battery_w, 0) + " W."), row(button("Next", () => go(2), true))]
    : [p("The inverter does not answer yet" + (s.inverter.problem ? " (" + s.inverter.problem + ")" : "") + "."), row(button("Search for it", async () => { $("dfind").open = true; found(await send("scan", {})); $("dfind").scrollIntoView(); }, true))],
  s => {
    const w = s.inverter.battery_w, is = charging => button(charging ? "Charging" : "Discharging", async () => { await send("direction", { charging }); go(3); });
    if (s.inverter.question) return [p("Is the battery charging right now? The inverter's display tells."), row(is(true), is(false))];
    return [p(w ? "The device thinks: " + way(w) + " with " + num(Math.abs(w), 0) + " W. Is that so?" : "The battery rests. You can look again later."), row(button("Yes, that is so", () => go(3), true), button("The other way", async () => { await send("direction", { charging: w > 0 }); }))];
  },
  s => {
    if (watts2) return [p("Solved. The Zappi showed " + num(100 * watts2.factor, 1) + " % of the power, " + num(Math.abs(watts2.off_deg), 1) + "° off" + (watts2.swapped ? ", the sign turned round" : "") + ". Now in force: the power is corrected, ± " + num(watts2.expected_pct, 1) + " % from the rounding of the display."), p(READ), ...ask("ww", "What does it show now? (W)"), ...ask("wp", "Power factor, if it shows one"),
      row(button("Keep it", async () => { rec = await send("calibrate", { watts: $("ww").value, pf: $("wp").value, compare: true, date: when() }); watts2 = plain = null; go(4); }, true), button("Undo", async () => { await send("calibrate", { undo: true }); watts2 = plain = null; drawn = ""; draw(); }))];
    if (plain && s.hold) return [p("A test phase is held now: the number falls to about half. " + READ), ...ask("wl", "What does the Zappi show now? (W)"),
      row(button("Solve", async () => { watts2 = await send("calibrate", { watts: plain.watts, pf: plain.pf, lead_watts: $("wl").value }); drawn = ""; draw(); }, true), button("Back", async () => { plain = null; await send("release", {}); drawn = ""; draw(); }))];
    if (s.hold) return [p("The Zappi should show about " + num(s.hold.watts, 0) + " W. " + READ), ...ask("ww", "What does the Zappi show? (W)"), ...ask("wp", "Power factor, if it shows one", "", "Leave it empty if it shows none."),
      row(button("Next", async () => { plain = await send("calibrate", { watts: $("ww").value, pf: $("wp").value }); drawn = ""; draw(); }, true), button("Stop", () => send("release", {})))];
    plain = null;
    return [p("The device holds a power, you type what the Zappi shows of it: twice, then it is right."), ...ask("wh", "Power to hold (W)", power || "2000"), row(button("Hold", async () => { power = $("wh").value; await send("hold", { watts: power, minutes: 10 }); }, true), button("Not now", () => go(4)))];
  },
  () => [p("Name and password of this device's WiFi. Write them down; the console says them too."), ...ask("wname", "WiFi name"), ...ask("wold", "Old password, if you change it"), ...ask("wpass", "New password, 8 letters or more"),
    row(button("Save and restart", async () => { const b = {}; if ($("wname").value) b.ssid = $("wname").value; if ($("wpass").value) { b.password = $("wpass").value; b.old_password = $("wold").value; } if (Object.keys(b).length) { await send("settings", b); await send("restart", {}); } go(5); }, true), button("Keep as it is", () => go(5)))],
  () => [p("Done. The Zappi reads the battery now."), row(button("Close", leave, true))],
];

function draw() {
  if (!st || box.hidden) return;
  const s = st, hold = s.hold ? [s.hold.watts] : 0;
  const key = JSON.stringify([step, s.mains.locked, s.inverter.battery_w != null && s.inverter.age_ms < 5000, step === 2 ? [s.inverter.question, way(s.inverter.battery_w)] : 0, step === 3 ? [hold, plain, watts2] : 0]);
  if (key === drawn) return;
  drawn = key;
  const title = make("h2", "Step " + (step + 1) + " of " + STEPS.length + ": " + STEPS[step], { tabIndex: -1 });
  const err = make("p", "", { id: "wayerr", className: "bad" });
  err.setAttribute("role", "alert");
  const nav = row(...(step ? [button("‹ Back", () => go(step - 1))] : []), button("Leave", leave));
  box.replaceChildren(title, ...VIEWS[step](s), err, nav);
}
window.theWay = { draw, open: n => { box.hidden = false; go(n == null ? (isNaN(step) ? 0 : Math.min(step, 5)) : n); box.scrollIntoView(); } };
if (isNaN(step)) step = 0;
draw();
})();
