// Tests many saved rows, one request for each, as fast as their mail servers bear, and shows how far it is.

const { Pace, badge, fill, testSaved } = window.partnerSmtp;

const NOT_OK = ["untrusted", "login_unused", "failed", "busy"];
const LOST_IN_A_ROW = 3;
const ENOUGH_TO_GUESS = 3;

const clock = (ms) => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

class BulkTest extends window.StimulusModule.Controller {
  static targets = [
    ...["start", "rest", "again", "cancel", "state", "progress", "done", "clock", "count", "live"],
    ...["filter", "table", "row"],
  ];

  static values = { strings: Object, pace: Object };

  connect() {
    this.rows = this.rowTargets.map((tr) => ({ tr, url: tr.dataset.url, server: tr.dataset.server, state: "" }));
    this.cancelWords = this.cancelTarget.textContent;
    this.startTarget.hidden = false;
  }

  disconnect() {
    if (!this.run) return;
    this.leave("cancelled");
    this.run.aborter.abort();
  }

  start() {
    this.begin(this.rows);
  }

  rest() {
    this.begin(this.rows.filter((row) => !row.state));
  }

  again() {
    this.begin(this.rows.filter((row) => NOT_OK.includes(row.state)));
  }

  // Pressed once, it starts no more tests; pressed twice, it does not wait for the running ones either.
  cancel() {
    if (!this.run) return;
    if (this.run.end === "cancelled") {
      this.run.aborter.abort();
      return;
    }
    this.cancelTarget.textContent = this.stringsValue.stopNow;
    this.say(this.stringsValue.stopping);
    this.leave("cancelled");
    this.goOn();
  }

  narrow({ target }) {
    this.tableTarget.classList.toggle("partner-smtp-bulk__rows--narrow", target.checked);
  }

  begin(rows) {
    if (this.run || !rows.length) return;
    this.run = { aborter: new AbortController(), end: "finished", lost: 0, milestone: 0, started: Date.now() };
    this.run.total = rows.length;
    this.pace = new Pace(this.paceValue, rows);
    rows.forEach((row) => this.settle(row, { text: this.stringsValue.waiting }));
    this.busy(true);
    this.goOn();
  }

  goOn() {
    clearTimeout(this.timer);
    const now = Date.now();
    for (let row; (row = this.pace.next(now)); ) this.test(row);
    this.tell();
    const wait = this.pace.wait(now);
    if (!this.pace.remaining) this.finish();
    else if (wait < Infinity) this.timer = setTimeout(() => this.goOn(), wait);
  }

  async test(row) {
    const { stringsValue: strings, run } = this;
    this.settle(row, { text: strings.running });
    const outcome = await testSaved(row.url, this.token, run.aborter.signal, strings);
    this.pace.ended(row, Date.now());
    if ("retryAfter" in outcome) this.postpone(row, outcome.retryAfter);
    else this.settle(row, outcome);
    this.heed(row, outcome);
    this.goOn();
  }

  postpone(row, retryAfter) {
    const { stringsValue: strings, run } = this;
    if (run.end === "finished" && this.pace.retry(row, retryAfter, Date.now())) {
      this.settle(row, { text: fill(strings.again, { seconds: Math.ceil(retryAfter / 1000) }) });
    } else this.settle(row, { state: "busy", text: strings.busy });
  }

  // What the outcome of one row means for the others.
  heed(row, { forbidden, lost, loginRefused }) {
    this.run.lost = lost ? this.run.lost + 1 : 0;
    if (forbidden) this.leave("forbidden");
    else if (this.run.lost >= LOST_IN_A_ROW) this.leave("offline");
    if (!loginRefused) return;
    const { server } = row;
    const text = fill(this.stringsValue.held, { server, count: this.paceValue.refusedLogins });
    this.pace.loginRefused(server).forEach((other) => this.settle(other, { text }));
  }

  leave(end) {
    this.run.end = end;
    this.pace.takeOut().forEach((row) => this.settle(row, {}));
  }

  settle(row, { state = "", badge: shown, text = "" }) {
    row.state = state;
    row.tr.dataset.state = state;
    row.tr.querySelector("[data-result]").textContent = text;
    if (shown) row.tr.querySelector("[data-badge]").replaceChildren(badge(shown));
  }

  tell() {
    const { run, stringsValue: strings } = this;
    const done = run.total - this.pace.remaining;
    this.progressTarget.value = done / run.total;
    this.doneTarget.textContent = fill(strings.progress, { done, total: run.total });
    this.countTargets.forEach((count) => {
      const { state } = count.dataset;
      count.querySelector("dd").textContent = this.rows.filter((row) => row.state === state).length;
    });
    // Read aloud at every tenth only.
    const milestone = Math.floor((done * 10) / run.total);
    if (milestone <= run.milestone || run.end !== "finished") return;
    run.milestone = milestone;
    this.say(this.doneTarget.textContent, { aloud: true });
  }

  tick() {
    const { run, stringsValue: strings } = this;
    const gone = Date.now() - run.started;
    const done = run.total - this.pace.remaining;
    const left = (gone / done) * this.pace.remaining;
    const guesses = done >= ENOUGH_TO_GUESS && this.pace.remaining;
    const sentence = guesses ? strings.left : strings.elapsed;
    this.clockTarget.textContent = fill(sentence, { elapsed: clock(gone), left: clock(left) });
  }

  busy(isBusy) {
    const hadFocus = document.activeElement;
    clearInterval(this.ticking);
    this.element.setAttribute("aria-busy", String(isBusy));
    this.startTarget.setAttribute("aria-disabled", String(isBusy));
    this.stateTarget.hidden = false;
    this.filterTarget.hidden = false;
    this.cancelTarget.hidden = !isBusy;
    this.cancelTarget.textContent = this.cancelWords;
    this.restTarget.hidden = isBusy || !this.rows.some((row) => !row.state);
    this.againTarget.hidden = isBusy || !this.rows.some((row) => NOT_OK.includes(row.state));
    // A button that hides must not take the focus away with it.
    if (hadFocus?.hidden) (isBusy ? this.cancelTarget : this.startTarget).focus();
    if (!isBusy) return;
    this.ticking = setInterval(() => this.tick(), 1000);
    this.tick();
    this.say("");
  }

  finish() {
    const { end } = this.run;
    this.tick();
    this.run = null;
    this.busy(false);
    const counts = this.countTargets
      .map((count) => [count.querySelector("dt").textContent.trim(), count.querySelector("dd").textContent])
      .filter(([, number]) => number !== "0")
      .map((pair) => pair.join(": "));
    this.say(fill(this.stringsValue[end], { counts: counts.join(", ") }));
  }

  // What is to be seen anyway is only read aloud.
  say(sentence, { aloud = false } = {}) {
    this.liveTarget.classList.toggle("w-sr-only", aloud);
    this.liveTarget.textContent = sentence;
  }

  get token() {
    return this.element.querySelector("[name=csrfmiddlewaretoken]").value;
  }
}

window.wagtail.app.register("partner-smtp-bulk", BulkTest);
