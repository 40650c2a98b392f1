// Offers a test email once what is saved has passed its test, has it sent, and tells the others what came back. After
// each there is a pause, which the button counts down.

const { ask, fill, isBusy, setBusy, valuesOf } = window.partnerSmtp;

// Refused before anything was done: that says nothing about the mail server.
const NOT_YET = ["busy", "too_soon", "test_email_limit"];
const COUNTED_DOWN = 90; // seconds; of a longer pause its end is told

class SendTestEmail extends window.StimulusModule.Controller {
  static targets = ["offer", "button", "unsaved", "countdown", "pause"];

  static values = { url: String, wait: Number };

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
    this.edited = ({ target }) => {
      if (!this.offerTarget.hidden && /^smtp_/.test(target.name || "")) this.show({ unsaved: true });
    };
  }

  connect() {
    this.form = this.element.closest("form");
    this.form.addEventListener("input", this.edited);
    this.form.addEventListener("change", this.edited);
    this.pause(this.waitValue);
  }

  disconnect() {
    clearInterval(this.clock);
    this.form.removeEventListener("input", this.edited);
    this.form.removeEventListener("change", this.edited);
  }

  // A result comes with a token as long as it is one of values that are not saved.
  offer({ detail: report }) {
    const works = report.offers_email ?? (report.ok && report.deliverable);
    this.show({ offer: works && !report.token, unsaved: works && Boolean(report.token) });
  }

  withdraw() {
    this.show({});
  }

  show({ offer = false, unsaved = false }) {
    this.offerTarget.hidden = !offer;
    this.unsavedTarget.hidden = !unsaved;
  }

  async send() {
    if (isBusy(this.element) || this.isPausing()) return;
    setBusy(this.element, this.buttonTarget, true);
    this.dispatch("start");
    this.say(this.strings.sending);
    const { answer, sentence } = await ask(this.urlValue, valuesOf(this.form), this.strings);
    setBusy(this.element, this.buttonTarget, false);
    if (answer) this.tell(answer);
    else this.keepReport(sentence);
  }

  // Without its token, which would take the place of that of the last test.
  tell({ token, ...report }) {
    this.pause(report.wait || 0);
    if (NOT_YET.includes(report.error?.code)) {
      this.keepReport(report.error.message);
      return;
    }
    this.dispatch("report", { detail: report });
    this.say([report.headline, report.error?.message].filter(Boolean).join(" "), true);
  }

  // What a test has found stays true.
  keepReport(sentence) {
    this.dispatch("kept");
    this.say(sentence);
  }

  // Not disabled, which would take the focus away from whoever has just pressed it.
  pause(seconds) {
    clearInterval(this.clock);
    if (!seconds || !this.hasButtonTarget) return;
    this.end = Date.now() + 1000 * seconds;
    this.pauseTarget.textContent = fill(this.strings.pause, { time: this.timeOfEnd() });
    this.clock = setInterval(() => this.countDown(), 1000);
    this.countDown();
  }

  // Seen only: nobody wants to hear each second.
  countDown() {
    const seconds = Math.ceil((this.end - Date.now()) / 1000);
    this.buttonTarget.setAttribute("aria-disabled", String(seconds > 0));
    const sentence = seconds > COUNTED_DOWN ? this.strings.againAt : this.strings.againIn;
    this.countdownTarget.textContent = seconds > 0 ? fill(sentence, { seconds, time: this.timeOfEnd() }) : "";
    if (seconds > 0) return;
    clearInterval(this.clock);
    this.pauseTarget.textContent = "";
  }

  isPausing() {
    return Date.now() < (this.end || 0);
  }

  timeOfEnd() {
    const isToday = new Date(this.end).toDateString() === new Date().toDateString();
    const style = isToday ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
    return new Date(this.end).toLocaleString(document.documentElement.lang || undefined, style);
  }

  say(message, aloud = false) {
    this.dispatch("said", { detail: { message, aloud } });
  }
}

window.wagtail.app.register("partner-smtp-email", SendTestEmail);
