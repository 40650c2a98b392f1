// Shows the fields that count for the authentication method, the provider and who signs in, and no others.

const { fill } = window.partnerSmtp;

const CHOICES = ["smtp_auth", "smtp_oauth_provider", "smtp_oauth_grant"];
const WRAPPER = ".w-panel__wrapper";

class Method extends window.StimulusModule.Controller {
  static targets = ["offer", "note"];

  static outlets = ["partner-smtp-fields"];

  static values = { fields: Object, servers: Object, filled: String };

  connect() {
    this.form = this.element.closest("form");
    this.update();
  }

  changed({ target, detail }) {
    if (!CHOICES.includes(target.name)) return;
    this.update();
    if (target.name === "smtp_oauth_provider" && !detail?.origin) this.fillServer();
  }

  // One click, and everything else that was typed stays.
  change({ params }) {
    this.partnerSmtpFieldsOutlet.fill(params.values);
    this.update();
    this.fillServer();
    this.input("smtp_auth").focus();
  }

  update() {
    const counting = this.counting();
    this.everyField().forEach((name) => this.show(name, counting.includes(name)));
    if (this.hasOfferTarget) this.offerTarget.hidden = this.value("smtp_auth") === "oauth";
    this.say("");
  }

  counting() {
    if (this.value("smtp_auth") !== "oauth") return this.fieldsValue.password;
    const provider = this.fieldsValue.oauth[this.value("smtp_oauth_provider")];
    return ["smtp_oauth_provider", ...(provider?.[this.value("smtp_oauth_grant")] || [])];
  }

  everyField() {
    return [...this.fieldsValue.password, ...this.fieldsValue.all];
  }

  show(name, isShown) {
    const wrapper = this.input(name)?.closest(WRAPPER);
    if (!wrapper) return;
    wrapper.hidden = !isShown;
    // A row of fields of which none is left.
    const row = wrapper.parentElement.closest(WRAPPER);
    if (row) row.hidden = [...row.querySelectorAll(WRAPPER)].every((each) => each.hidden);
  }

  // A token is sent to the provider's own mail servers only, so another host would not do.
  fillServer() {
    const { hosts, values, name } = this.serversValue[this.value("smtp_oauth_provider")] || {};
    if (this.value("smtp_auth") !== "oauth" || !values) return;
    if (hosts.includes(this.value("smtp_host").trim().toLowerCase())) return;
    this.partnerSmtpFieldsOutlet.fill(values);
    this.say(fill(this.filledValue, { provider: name }));
    this.partnerSmtpFieldsOutlet.remindOfPassword();
  }

  say(sentence) {
    if (this.noteTarget.textContent !== sentence) this.noteTarget.textContent = sentence;
  }

  input(name) {
    return this.form.elements.namedItem(name);
  }

  value(name) {
    return this.input(name)?.value || "";
  }
}

window.wagtail.app.register("partner-smtp-method", Method);
