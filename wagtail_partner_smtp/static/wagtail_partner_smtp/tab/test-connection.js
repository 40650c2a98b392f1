// Sends what stands in the form, saved or not, to the connection test, and tells the others what came back.

const { ask, isBusy, setBusy, valuesOf } = window.partnerSmtp;

const FIELDS = /^smtp_/;

class TestConnection extends window.StimulusModule.Controller {
  static targets = ["button", "cancel", "elapsed", "live", "place", "bar"];

  static values = { url: String };

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
    this.running = null;
  }

  connect() {
    // Below the fold the bar is shown at the window's edge, beside the one with "Save".
    const notice = ([{ isIntersecting, boundingClientRect: place }]) =>
      this.barTarget.classList.toggle("partner-smtp__bar--afloat", !isIntersecting && place.top > 0 && place.width > 0);
    this.observer = new IntersectionObserver(notice, { rootMargin: "0px 0px -72px 0px", threshold: 1 });
    this.observer.observe(this.placeTarget);
  }

  disconnect() {
    this.observer.disconnect();
    this.cancel();
  }

  run() {
    return this.test(this.strings.running);
  }

  // A suggestion was filled in. The button that was pressed goes away with the old report; this one is where the next
  // test begins, with what cancels it beside it and the result below.
  retry({ detail: { message, isComplete } }) {
    if (!isComplete) {
      this.say(message);
      return null;
    }
    this.buttonTarget.focus();
    return this.test(`${message} ${this.strings.running}`);
  }

  async test(sentenceWhileItRuns) {
    // A test email may be on its way, too.
    if (isBusy(this.element)) return;
    this.running = new AbortController();
    this.busy(true);
    this.dispatch("start");
    this.say(sentenceWhileItRuns);
    const body = valuesOf(this.element.closest("form"), FIELDS);
    const { answer: report, sentence } = await ask(this.urlValue, body, this.strings, this.running.signal);
    this.running = null;
    this.busy(false);
    if (report) this.dispatch("report", { detail: report });
    this.say(report ? this.headline(report) : sentence, { aloud: Boolean(report) });
  }

  cancel() {
    this.running?.abort();
  }

  announce({ detail }) {
    this.say(detail.message, detail);
  }

  headline(report) {
    return [report.headline, report.error?.message].filter(Boolean).join(" ");
  }

  busy(isRunning) {
    setBusy(this.element, this.buttonTarget, isRunning);
    this.cancelTarget.hidden = !isRunning;
    clearInterval(this.clock);
    this.elapsedTarget.textContent = "";
    if (!isRunning) return;
    const started = Date.now();
    const tick = () => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      this.elapsedTarget.textContent = this.strings.elapsed.replace("%(seconds)s", seconds);
    };
    tick();
    this.clock = setInterval(tick, 1000);
  }

  // What the report shows anyway is only read aloud.
  say(sentence, { aloud = false } = {}) {
    this.liveTarget.classList.toggle("w-sr-only", aloud);
    this.liveTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-test", TestConnection);
