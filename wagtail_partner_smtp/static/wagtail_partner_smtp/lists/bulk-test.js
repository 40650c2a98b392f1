// Tests many saved rows, one request for each, as fast as their mail servers allow, and shows the progress.

const { Pace, badge, element, fill, testSaved } = window.partnerSmtp;

const NOT_OK = ["untrusted", "login_unused", "failed", "busy"];
const LOST_IN_A_ROW = 3;
const ENOUGH_TO_GUESS = 3;
const PORTION = 100;
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

const clock = (ms) => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

// "3 days ago", in the page's language.
const ago = (seconds) => {
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) || UNITS.at(-1);
  const language = document.documentElement.lang || undefined;
  return new Intl.RelativeTimeFormat(language).format(-Math.floor(seconds / length), unit);
};

const linkTo = (href, text) => {
  const link = element("a", "", text);
  Object.assign(link, { href, target: "_blank", rel: "noreferrer" });
  return link;
};

// The state that a test found; behind one of an earlier time, which that was.
const badgeOf = ({ found, foundAt }) => {
  if (!foundAt) return [badge(found)];
  const at = new Date(foundAt * 1000);
  const when = element("time", "partner-smtp-when", ago(Math.max(0, Date.now() / 1000 - foundAt)));
  Object.assign(when, { dateTime: at.toISOString(), title: at.toLocaleString(document.documentElement.lang || undefined) });
  return [badge(found), " ", when];
};

// See `compact()` of bulk_rows.py.
const rowsOf = ({ test, edit, rows, servers, badges }) =>
  rows.map(([key, name, server, status, foundAt, inactive]) => {
    const url = test.join(key);
    const host = servers[server];
    return {
      ...{ url, name, host, foundAt, edit: edit && edit.join(key), server: host || url },
      inactive: Boolean(inactive),
      ...{ found: badges[status], state: "", text: "" },
    };
  });

class BulkTest extends window.StimulusModule.Controller {
  static targets = [
    ...["start", "rest", "again", "cancel", "state", "progress", "done", "clock", "count", "live"],
    ...["filter", "tbody", "more"],
  ];

  static values = { strings: Object, pace: Object, table: Object };

  connect() {
    this.rows = rowsOf(this.tableValue);
    this.shown = 0;
    this.narrowed = false;
    this.more();
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
    this.narrowed = target.checked;
    this.tbodyTarget.classList.toggle("partner-smtp-bulk__rows--narrow", target.checked);
    const isSeen = this.rows.slice(0, this.shown).some((row) => this.isListed(row));
    if (!isSeen) this.more();
  }

  // The next rows that are to be seen, a portion at a time: a table of thousands takes a browser long.
  more() {
    for (let found = 0; found < PORTION && this.shown < this.rows.length; ) {
      const next = this.rows.slice(this.shown, this.shown + PORTION);
      this.tbodyTarget.append(...next.map((row) => this.draw(row)));
      this.shown += next.length;
      found += next.filter((row) => this.isListed(row)).length;
    }
    this.moreTarget.hidden = this.shown >= this.rows.length;
    this.moreTarget.textContent = fill(this.stringsValue.more, { shown: this.shown, total: this.rows.length });
  }

  isListed(row) {
    return !this.narrowed || row.state !== "ok";
  }

  draw(row) {
    const { inactive } = this.stringsValue;
    const name = row.edit ? linkTo(row.edit, row.name) : row.name;
    const title = element("td", "title", name, row.inactive && " ", row.inactive && element("span", "partner-smtp-when", inactive));
    row.badgeCell = element("span");
    row.badgeCell.dataset.badge = "";
    row.resultCell = element("div");
    row.resultCell.dataset.result = "";
    row.tr = element("tr", "", title, element("td", "", row.host), element("td", "", row.badgeCell, row.resultCell));
    Object.assign(row.tr.dataset, { url: row.url, server: row.server });
    this.paint(row);
    return row.tr;
  }

  paint(row) {
    if (!row.tr) return;
    row.tr.dataset.state = row.state;
    row.resultCell.textContent = row.text;
    if (row.pending) row.badgeCell.replaceChildren();
    else row.badgeCell.replaceChildren(...badgeOf(row));
  }

  begin(rows) {
    if (this.run || !rows.length) return;
    this.run = { aborter: new AbortController(), end: "finished", lost: 0, milestone: 0, started: Date.now() };
    this.run.total = rows.length;
    this.pace = new Pace(this.paceValue, rows);
    rows.forEach((row) => this.settle(row, { text: this.stringsValue.waiting, pending: true }));
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
    this.settle(row, { text: strings.running, pending: true });
    while (!row.tr) this.more();
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
      this.settle(row, { text: fill(strings.again, { seconds: Math.ceil(retryAfter / 1000) }), pending: true });
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

  // While a row is `pending`, it shows no badge: that of an earlier test would look like this one's.
  settle(row, { state = "", badge: found, text = "", pending = false }) {
    Object.assign(row, { state, text, pending });
    if (found) Object.assign(row, { found, foundAt: 0 });
    this.paint(row);
  }

  tell() {
    const { run, stringsValue: strings } = this;
    const done = run.total - this.pace.remaining;
    this.progressTarget.value = done / run.total;
    this.doneTarget.textContent = fill(strings.progress, { done, total: run.total });
    const counts = {};
    this.rows.forEach(({ state }) => { counts[state] = (counts[state] || 0) + 1; });
    this.countTargets.forEach((count) => {
      count.querySelector("dd").textContent = counts[count.dataset.state] || 0;
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
