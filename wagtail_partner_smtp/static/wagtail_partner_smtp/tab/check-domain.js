// Asks the site what the DNS tells receivers about the SMTP Email's domain, and shows it record by record.

const { ask, element, setBusy, valuesOf } = window.partnerSmtp;

const FIELDS = /^smtp_(email|host)$/;

class CheckDomain extends window.StimulusModule.Controller {
  static targets = ["button", "message", "results"];

  static outlets = ["partner-smtp-fields"];

  static values = { url: String, strings: Object };

  disconnect() {
    this.running?.abort();
  }

  // After a search for settings the server that was found stands in for one that is not filled in yet.
  async check({ detail }) {
    if (this.running) return;
    this.running = new AbortController();
    setBusy(this.element, this.buttonTarget, true);
    this.resultsTarget.replaceChildren();
    this.say(this.stringsValue.running);
    const body = valuesOf(this.element.closest("form"), FIELDS);
    if (detail?.host && !body.get("smtp_host")) body.set("smtp_host", detail.host);
    const { answer, sentence } = await ask(this.urlValue, body, this.stringsValue, this.running.signal);
    this.running = null;
    setBusy(this.element, this.buttonTarget, false);
    if (answer) this.show(answer);
    else this.say(sentence);
  }

  show({ error, headline, records = [] }) {
    this.say(error ? error.message : headline);
    if (error?.field) {
      this.partnerSmtpFieldsOutlet.markField(error.field, error.message);
      this.element.closest("form").elements.namedItem(error.field).focus();
    }
    if (records.length) {
      this.resultsTarget.append(element("dl", "partner-smtp-domain__records", ...records.flatMap((each) => this.record(each))));
    }
  }

  record({ name, standing, message, record }) {
    const badge = element("span", `partner-smtp-domain__standing partner-smtp-domain__standing--${standing}`);
    badge.textContent = this.stringsValue[standing];
    return [
      element("dt", "", name, " ", badge),
      element("dd", "", element("p", "", message), record && element("p", "partner-smtp-quiet", element("code", "", record))),
    ];
  }

  say(sentence) {
    this.messageTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-domain", CheckDomain);
