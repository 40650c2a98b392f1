// Shows the warning about clear text while the form has a login but no encryption.

class CleartextWarning extends window.StimulusModule.Controller {
  static targets = ["warning"];

  connect() {
    this.update();
  }

  update() {
    const { elements } = this.element.closest("form");
    const value = (name) => elements.namedItem(name)?.value || "";
    const secret = value("smtp_login") || value("smtp_password");
    // A token is refused without encryption, by the form and by every session.
    const isPassword = value("smtp_auth") !== "oauth";
    this.warningTarget.hidden = value("smtp_security") !== "none" || !secret || !isPassword;
  }
}

window.wagtail.app.register("partner-smtp-cleartext", CleartextWarning);
