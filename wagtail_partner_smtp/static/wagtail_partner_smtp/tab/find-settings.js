// Asks the site to look for the mail server of the SMTP Email's domain, and shows what was found as offers.

const { ask, button, element, icon, setBusy, valuesOf } = window.partnerSmtp;

const FIELDS = /^smtp_(email|login)$/;

class FindSettings extends window.StimulusModule.Controller {
  static targets = ["button", "message", "results"];

  static outlets = ["partner-smtp-fields"];

  static values = { url: String, strings: Object };

  disconnect() {
    this.running?.abort();
  }

  async search() {
    if (this.running) return;
    this.running = new AbortController();
    setBusy(this.element, this.buttonTarget, true);
    this.resultsTarget.replaceChildren();
    this.dispatch("start");
    this.say(this.stringsValue.running);
    const body = valuesOf(this.element.closest("form"), FIELDS);
    const { answer, sentence } = await ask(this.urlValue, body, this.stringsValue, this.running.signal);
    this.running = null;
    setBusy(this.element, this.buttonTarget, false);
    if (!answer) {
      this.say(sentence);
      return;
    }
    this.show(answer);
    if (!answer.error) this.dispatch("found", { detail: { host: answer.offers[0]?.values.smtp_host } });
  }

  show({ error, headline, offers = [], notes = [] }) {
    this.say(error ? error.message : headline);
    if (error?.field) {
      this.partnerSmtpFieldsOutlet.markField(error.field, error.message);
      this.element.closest("form").elements.namedItem(error.field).focus();
    }
    if (offers.length) {
      this.resultsTarget.append(element("ul", "partner-smtp-offers", ...offers.map((each) => this.offer(each))));
    }
    this.resultsTarget.append(...notes.map((note) => element("p", "partner-smtp-quiet", note)));
  }

  offer({ message, origin, caution, hint, values }, position) {
    const headline = element("p", "partner-smtp-offer__title", message);
    headline.id = `partner-smtp-offer-${position}`;
    const words = element(
      "div",
      "",
      headline,
      element("p", "partner-smtp-quiet", origin),
      caution && element("p", "partner-smtp-offer__caution", icon("warning", "partner-smtp-warning__icon"), caution),
      hint && element("p", "", hint),
    );
    const use = button("button-secondary", "", this.stringsValue.use);
    use.setAttribute("aria-describedby", headline.id);
    use.addEventListener("click", () => this.dispatch("use", { detail: { values } }));
    return element("li", "partner-smtp-offer", words, use);
  }

  say(sentence) {
    this.messageTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-find", FindSettings);
