// Offers the report as text, to be sent to the provider's support: without passwords, names shortened.

const { button, copyOrSelect, details, element } = window.partnerSmtp;

class CopyReport extends window.StimulusModule.Controller {
  initialize() {
    this.strings = JSON.parse(this.element.dataset.partnerSmtpStrings);
  }

  offer({ detail: { report, actions, output } }) {
    if (!report.text) return;
    const copy = button("button-secondary", "copy", this.strings.copy);
    const said = element("span", "partner-smtp-quiet");
    said.setAttribute("role", "status");
    const source = element("pre", "partner-smtp-text", report.text);
    source.dir = "auto";
    source.tabIndex = 0;
    const help = element("p", "partner-smtp-quiet", this.strings.textHelp);
    output.append(details([this.strings.textTitle], element("div", "", help, source)));
    copy.addEventListener("click", async () => {
      said.textContent = (await copyOrSelect(source)) ? this.strings.copied : this.strings.selected;
    });
    actions.append(element("p", "partner-smtp-copy", copy, said));
  }
}

window.wagtail.app.register("partner-smtp-copy", CopyReport);
