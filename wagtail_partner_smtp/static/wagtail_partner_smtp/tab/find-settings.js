// Asks the site to look for the mail server of the SMTP Email's domain, and shows what was found as offers.

const { element, icon } = window.partnerSmtp;

class FindSettings extends window.StimulusModule.Controller {
  static targets = ["button", "message", "results"];

  static outlets = ["partner-smtp-fields"];

  static values = { url: String, strings: Object };

  disconnect() {
    this.running?.abort();
  }

  get fields() {
    return this.element.closest("form").elements;
  }

  async search() {
    if (this.running) return;
    this.running = new AbortController();
    this.busy(true);
    this.resultsTarget.replaceChildren();
    this.dispatch("start");
    this.say(this.stringsValue.running);
    try {
      this.show(await this.ask(this.running.signal));
    } catch (error) {
      this.say(error.sentence || this.stringsValue.network);
    } finally {
      this.running = null;
      this.busy(false);
    }
  }

  async ask(signal) {
    const body = new FormData();
    ["csrfmiddlewaretoken", "smtp_email", "smtp_login"].forEach((name) =>
      body.append(name, this.fields.namedItem(name).value),
    );
    const response = await fetch(this.urlValue, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
      redirect: "error",
      signal,
    });
    const isJSON = (response.headers.get("Content-Type") || "").startsWith("application/json");
    if (isJSON && response.status !== 403) return response.json();
    const sentence = response.status === 403 ? this.stringsValue.forbidden : this.stringsValue.unexpected;
    throw Object.assign(new Error(), { sentence: sentence.replace("%(status)s", response.status) });
  }

  show({ error, headline, offers = [], notes = [] }) {
    this.say(error ? error.message : headline);
    if (error?.field) {
      this.partnerSmtpFieldsOutlet.markField(error.field, error.message);
      this.fields.namedItem(error.field).focus();
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
    const button = element("button", "button button-small button-secondary", this.stringsValue.use);
    button.type = "button";
    button.setAttribute("aria-describedby", headline.id);
    button.addEventListener("click", () => this.dispatch("use", { detail: { values } }));
    return element("li", "partner-smtp-offer", words, button);
  }

  // The button is not disabled: that would take the focus away from whoever pressed it.
  busy(isBusy) {
    this.buttonTarget.setAttribute("aria-disabled", String(isBusy));
    this.element.setAttribute("aria-busy", String(isBusy));
  }

  say(sentence) {
    this.messageTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-find", FindSettings);
