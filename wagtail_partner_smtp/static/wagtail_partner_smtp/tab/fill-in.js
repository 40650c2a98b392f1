// Fills in the settings of a well-known provider, or those that were found, and takes them back on request.

const { fill } = window.partnerSmtp;

class FillIn extends window.StimulusModule.Controller {
  static targets = ["select", "message", "hint", "undo"];

  static outlets = ["partner-smtp-fields"];

  static values = { presets: Object, strings: Object };

  choose() {
    const preset = this.presetsValue[this.selectTarget.value];
    if (!preset) {
      this.undo();
      return;
    }
    this.put(preset.values);
    this.say(fill(this.stringsValue.filled, { provider: preset.name }), preset.hint);
  }

  use({ detail: { values } }) {
    this.selectTarget.value = "";
    this.put(values);
    this.say(this.stringsValue.used);
  }

  undo() {
    this.selectTarget.value = "";
    this.restore();
    this.say("");
  }

  put(values) {
    this.restore();
    const before = this.partnerSmtpFieldsOutlet.fill(values);
    this.filled = { before, values };
    const isNew = Object.entries(values).some(([name, value]) => before[name] !== String(value));
    if (isNew) this.partnerSmtpFieldsOutlet.remindOfPassword();
    this.undoTarget.hidden = false;
  }

  // What was typed over the filled in values is kept.
  restore() {
    if (!this.filled) return;
    const { before, values } = this.filled;
    const { elements } = this.element.closest("form");
    const ours = Object.entries(before).filter(([name]) => elements.namedItem(name).value === String(values[name]));
    this.partnerSmtpFieldsOutlet.fill(Object.fromEntries(ours), "restored");
    const secrets = ["smtp_password", "smtp_oauth_secret"].map((name) => elements.namedItem(name));
    secrets.filter(Boolean).forEach((input) => this.partnerSmtpFieldsOutlet.unmark(input));
    this.filled = null;
    // A hidden button cannot keep the focus.
    if (this.undoTarget === document.activeElement) this.selectTarget.focus();
    this.undoTarget.hidden = true;
  }

  forgetHint() {
    this.hintTarget.textContent = "";
  }

  say(message, hint = "") {
    this.messageTarget.textContent = message;
    this.hintTarget.textContent = hint;
  }
}

window.wagtail.app.register("partner-smtp-fill", FillIn);
