// Helps to type a password: shows it, and says if the saved one cannot be used or if a space was copied along.

const { button, element, fill } = window.partnerSmtp;

const SECRETS = ["smtp_password", "smtp_oauth_secret"];
const BLANK = /^\s|\s$/;

class Password extends window.StimulusModule.Controller {
  static targets = ["note"];

  static values = { saved: Object, usual: Object, strings: Object };

  initialize() {
    this.hideAll = this.hideAll.bind(this);
  }

  connect() {
    this.form = this.element.closest("form");
    const field = this.input("smtp_password").closest("[data-field]");
    // Moving it connects it anew.
    if (this.element.parentNode !== field) {
      field.append(this.element);
      return;
    }
    this.help = field.querySelector("[data-field-help] .help");
    this.usualHelp = this.help?.textContent;
    this.form.addEventListener("submit", this.hideAll);
    SECRETS.map((name) => this.input(name)).filter(Boolean).forEach((input) => this.offerToShow(input));
    this.describe(this.input("smtp_password"));
    this.update();
  }

  disconnect() {
    this.form.removeEventListener("submit", this.hideAll);
  }

  update() {
    const secret = this.value("smtp_password");
    const moved = this.moved();
    const isNeeded = Boolean(this.value("smtp_login")) && !secret && moved.length > 0;
    if (this.help) {
      const values = moved.join(", ");
      const text = isNeeded ? fill(this.stringsValue.again, { values }) : this.usualHelp;
      if (this.help.textContent !== text) this.help.textContent = text;
    }
    this.mark();
    const note = BLANK.test(secret) ? this.stringsValue.blank : "";
    this.noteTarget.classList.toggle("partner-smtp-note--mismatch", Boolean(note));
    // A live region speaks when it is written to, even if the words stay the same.
    if (this.noteTarget.textContent !== note) this.noteTarget.textContent = note;
  }

  // Of what the saved password was saved for, in words, what the form does not say any more.
  moved() {
    const saved = this.savedValue;
    const typed = {
      smtp_host: this.host(this.value("smtp_host")),
      smtp_port: this.value("smtp_port").trim() || String(this.usualValue[this.value("smtp_security")]),
      smtp_login: this.value("smtp_login").trim(),
      smtp_security: this.value("smtp_security"),
    };
    return Object.entries(saved)
      .filter(([name, { value }]) => typed[name] !== (name === "smtp_host" ? this.host(value) : value))
      .map(([, { words }]) => words);
  }

  // Spellings of one host are equal: the browser writes international names in ASCII, too.
  host(text) {
    const name = text.trim().toLowerCase().replace(/\.$/, "");
    try {
      return new URL(`http://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}`).hostname;
    } catch {
      return name;
    }
  }

  // A login needs a password.
  mark() {
    const input = this.input("smtp_password");
    const label = input.labels[0];
    const isRequired = Boolean(this.value("smtp_login")) && !Object.keys(this.savedValue).length;
    input.setAttribute("aria-required", String(isRequired));
    const mark = label?.querySelector(".w-required-mark");
    if (isRequired && !mark) label?.append(element("span", "w-required-mark", "*"));
    else if (!isRequired) mark?.remove();
  }

  offerToShow(input) {
    if (input.parentNode.querySelector("[data-shows]")) return;
    const toggle = button("button-secondary partner-smtp-show", "view", this.stringsValue.show);
    toggle.dataset.shows = "";
    toggle.setAttribute("aria-controls", input.id);
    toggle.setAttribute("aria-label", fill(this.stringsValue.showField, { field: this.label(input) }));
    toggle.addEventListener("click", () => this.show(input, toggle, input.type === "password"));
    input.parentNode.classList.add("partner-smtp-secret");
    input.after(toggle);
    this.show(input, toggle, false);
  }

  show(input, toggle, isShown) {
    input.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
  }

  // A browser would offer what is shown as text when it is typed into another form.
  hideAll() {
    this.form.querySelectorAll("[data-shows]").forEach((toggle) => {
      this.show(document.getElementById(toggle.getAttribute("aria-controls")), toggle, false);
    });
  }

  describe(input) {
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean));
    input.setAttribute("aria-describedby", [...ids.add(this.noteTarget.id)].join(" "));
  }

  label(input) {
    return input.labels[0]?.firstChild.textContent.trim() || "";
  }

  input(name) {
    return this.form.elements.namedItem(name);
  }

  value(name) {
    return this.input(name)?.value || "";
  }
}

window.wagtail.app.register("partner-smtp-password", Password);
