// What was pasted as host or port is read by the site, as saving and testing read it, and put into the fields.

const { ask, element, valuesOf } = window.partnerSmtp;

const FIELDS = /^smtp_(host|port|security)$/;
const PLAIN = { smtp_host: /^(?!\d+$)[a-z0-9.-]*$/i, smtp_port: /^\d*$/ };

class ReadServer extends window.StimulusModule.Controller {
  static outlets = ["partner-smtp-fields"];

  static values = { url: String, strings: Object };

  connect() {
    this.form = this.element.closest("form");
  }

  disconnect() {
    this.running?.abort();
  }

  typed({ target, detail }) {
    if (!detail?.origin && this.isOurs(target)) this.read(target);
  }

  // The field has the pasted text only after this event.
  pasted({ target }) {
    if (this.isOurs(target)) setTimeout(() => this.read(target));
  }

  isOurs(target) {
    return target.name in PLAIN && target.form === this.form;
  }

  async read(target) {
    this.running?.abort();
    this.say([]);
    if (PLAIN[target.name].test(target.value)) return;
    const typed = this.values();
    const body = valuesOf(this.form, FIELDS);
    // A port that nobody chose does not contradict a pasted one.
    if (target.name === "smtp_host" && this.input("smtp_port").dataset.chosen === "false") body.set("smtp_port", "");
    this.running = new AbortController();
    const { answer } = await ask(this.urlValue, body, this.stringsValue, this.running.signal);
    // Saving and testing read it as well; and what was typed meanwhile is not overwritten.
    if (!answer || JSON.stringify(typed) !== JSON.stringify(this.values())) return;
    this.show(answer);
  }

  show({ values, notes, errors }) {
    errors.forEach(({ field, message }) => this.partnerSmtpFieldsOutlet.markField(field, message));
    const changed = Object.entries(values)
      .map(([name, value]) => [name, String(value ?? "")])
      .filter(([name, value]) => this.input(name).value !== value);
    this.partnerSmtpFieldsOutlet.fill(Object.fromEntries(changed), "read");
    if (!errors.length) this.say(notes);
  }

  say(notes) {
    this.element.replaceChildren(...notes.map((note) => element("p", "", note)));
  }

  values() {
    return ["smtp_host", "smtp_port", "smtp_security"].map((name) => this.input(name).value);
  }

  input(name) {
    return this.form.elements.namedItem(name);
  }
}

window.wagtail.app.register("partner-smtp-read", ReadServer);
