// Sends what stands in the form, saved or not, to the connection test, and tells the others what came back.

const FIELDS = /^(smtp_|csrfmiddlewaretoken$)/;

class TestConnection extends window.StimulusModule.Controller {
  static targets = ["button", "cancel", "elapsed", "live"];

  static values = { url: String };

  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
    this.running = null;
  }

  disconnect() {
    this.cancel();
  }

  async run() {
    // A test email may be on its way, too.
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.running = new AbortController();
    this.busy(true);
    this.dispatch("start");
    this.say(this.strings.running);
    try {
      const report = await this.post(this.running.signal);
      this.dispatch("report", { detail: report });
      this.say(this.headline(report), { aloud: true });
    } catch (error) {
      this.say(error.name === "AbortError" ? this.strings.cancelled : error.sentence || this.strings.network);
    } finally {
      this.running = null;
      this.busy(false);
    }
  }

  cancel() {
    this.running?.abort();
  }

  announce({ detail }) {
    this.say(detail.message, detail);
  }

  async post(signal) {
    const response = await fetch(this.urlValue, {
      method: "POST",
      body: this.values(),
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
      redirect: "error",
      signal,
    });
    const isJSON = (response.headers.get("Content-Type") || "").startsWith("application/json");
    if (isJSON && response.status !== 403) return response.json();
    const sentence = response.status === 403 ? this.strings.forbidden : this.strings.unexpected;
    throw Object.assign(new Error(), { sentence: sentence.replace("%(status)s", response.status) });
  }

  values() {
    const body = new FormData();
    new FormData(this.element.closest("form")).forEach((value, name) => {
      if (FIELDS.test(name) && typeof value === "string") body.append(name, value);
    });
    return body;
  }

  headline(report) {
    return [report.headline, report.error?.message].filter(Boolean).join(" ");
  }

  // The button is not disabled: that would take the focus away from whoever pressed it.
  busy(isBusy) {
    this.buttonTarget.setAttribute("aria-disabled", String(isBusy));
    this.element.setAttribute("aria-busy", String(isBusy));
    this.cancelTarget.hidden = !isBusy;
    clearInterval(this.clock);
    this.elapsedTarget.textContent = "";
    if (!isBusy) return;
    const started = Date.now();
    const tick = () => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      this.elapsedTarget.textContent = this.strings.elapsed.replace("%(seconds)s", seconds);
    };
    tick();
    this.clock = setInterval(tick, 1000);
  }

  // What the report shows anyway is only read aloud.
  say(sentence, { aloud = false } = {}) {
    this.liveTarget.classList.toggle("w-sr-only", aloud);
    this.liveTarget.textContent = sentence;
  }
}

window.wagtail.app.register("partner-smtp-test", TestConnection);
