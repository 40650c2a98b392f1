// Marks the fields that a test complains about, the way Wagtail marks its own, and fills in a suggestion.

const { calmly, element, fill, icon } = window.partnerSmtp;

const MARK = "partner-smtp-mark";

class Fields extends window.StimulusModule.Controller {
  static values = { storedPassword: Boolean, storedSecret: Boolean };

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
    this.unmarkOnInput = ({ target }) => this.unmark(target);
  }

  connect() {
    this.form = this.element.closest("form");
    this.form.addEventListener("input", this.unmarkOnInput);
    this.form.addEventListener("change", this.unmarkOnInput);
  }

  disconnect() {
    this.form.removeEventListener("input", this.unmarkOnInput);
    this.form.removeEventListener("change", this.unmarkOnInput);
  }

  clear() {
    this.form.querySelectorAll(`p.${MARK}`).forEach((mark) => {
      const input = mark.closest("[data-field]").querySelector("[aria-invalid]");
      if (input) this.unmark(input);
    });
  }

  mark({ detail: report }) {
    const errors = [...(report.errors || [])];
    const { error } = report;
    if (error?.field && !errors.some((each) => each.field === error.field)) errors.push(error);
    errors.forEach(({ field, message }) => this.markField(field, message));
    // The field to correct is visible, with as much of the report as there is room for.
    const first = this.form.querySelector(`[data-field]:has(p.${MARK})`);
    if (first) calmly(first);
  }

  markField(name, message) {
    const input = this.form.elements.namedItem(name);
    const field = input?.closest?.("[data-field]");
    const box = field?.querySelector("[data-field-errors]");
    if (!box || field.querySelector(`p.${MARK}`)) return;
    const symbol = icon("warning", `w-field__errors-icon ${MARK}`);
    box.append(symbol, element("p", `error-message ${MARK}`, message));
    box.id = box.id || `${input.id}-errors`;
    field.classList.add("w-field--error");
    input.setAttribute("aria-invalid", "true");
    this.describe(input, box.id, true);
  }

  unmark(input) {
    const field = input.closest?.("[data-field]");
    const marks = field ? [...field.querySelectorAll(`.${MARK}`)] : [];
    if (!marks.length) return;
    marks.forEach((mark) => mark.remove());
    const box = field.querySelector("[data-field-errors]");
    // What the server said when it refused to save stays until the next save.
    if (box.querySelector(".error-message")) return;
    field.classList.remove("w-field--error");
    input.removeAttribute("aria-invalid");
    this.describe(input, box.id, false);
  }

  describe(input, id, add) {
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean));
    if (add) ids.add(id);
    else ids.delete(id);
    if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" "));
    else input.removeAttribute("aria-describedby");
  }

  // `isComplete`: nothing has to be typed before the next test. If something has, the focus goes there.
  suggest({ params: { values, words }, currentTarget }) {
    this.fill(values);
    currentTarget.disabled = true;
    const isMethod = "smtp_auth" in values;
    const next = isMethod ? "smtp_auth" : this.neededAgain();
    const remark = this.remindOfPassword() || (isMethod && this.strings.complete);
    const message = [fill(this.strings.applied, { values: words }), remark].filter(Boolean).join(" ");
    if (next) this.form.elements.namedItem(next).focus();
    this.dispatch("suggested", { detail: { message, isComplete: !next } });
  }

  // All values first, so that nobody who listens sees half of them. The events tell an `origin`: "filled" or
  // "restored". Returns what was there before.
  fill(values, origin = "filled") {
    const inputs = Object.keys(values).map((name) => this.form.elements.namedItem(name)).filter(Boolean);
    const before = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
    inputs.forEach((input) => {
      input.value = values[input.name];
    });
    inputs.forEach((input) => {
      ["input", "change"].forEach((type) =>
        input.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: { origin } })),
      );
    });
    return before;
  }

  // Says at the field, and to the caller, that the saved password, or client secret, will not do for another server.
  remindOfPassword() {
    const name = this.neededAgain();
    if (!name) return "";
    const sentence = name === "smtp_password" ? this.strings.reenter : this.strings.reenterSecret;
    this.markField(name, sentence);
    return sentence;
  }

  neededAgain() {
    const value = (name) => this.form.elements.namedItem(name)?.value;
    if (value("smtp_auth") === "oauth") {
      return this.storedSecretValue && !value("smtp_oauth_secret") ? "smtp_oauth_secret" : "";
    }
    return this.storedPasswordValue && value("smtp_login") && !value("smtp_password") ? "smtp_password" : "";
  }
}

window.wagtail.app.register("partner-smtp-fields", Fields);
