// Offers a test email once what is saved has passed its test, has it sent, and tells the others what came back.

const { ask, isBusy, setBusy, valuesOf } = window.partnerSmtp;

class SendTestEmail extends window.StimulusModule.Controller {
  static targets = ["offer", "button", "unsaved"];

  static values = { url: String };

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
  }

  disconnect() {
    this.form.removeEventListener("input", this.edited);
    this.form.removeEventListener("change", this.edited);
  }

  // A result comes with a token as long as it is one of values that are not saved.
  offer({ detail: report }) {
    const works = report.offers_email;
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
    if (isBusy(this.element)) return;
    setBusy(this.element, this.buttonTarget, true);
    this.dispatch("start");
    this.say(this.strings.sending);
    const { answer, sentence } = await ask(this.urlValue, valuesOf(this.form), this.strings);
    setBusy(this.element, this.buttonTarget, false);
    if (answer) this.tell(answer);
    else this.say(sentence);
  }

  // Without its token, which would take the place of that of the last test.
  tell({ token, ...report }) {
    this.dispatch("report", { detail: report });
    this.say([report.headline, report.error?.message].filter(Boolean).join(" "), true);
  }

  say(message, aloud = false) {
    this.dispatch("said", { detail: { message, aloud } });
  }
}

window.wagtail.app.register("partner-smtp-email", SendTestEmail);
