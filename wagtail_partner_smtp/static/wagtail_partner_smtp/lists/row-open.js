// A double click on a row opens it, as a click on its title does.

const INTERACTIVE = "a, button, input, label, select, textarea, summary, [role=button]";

class RowOpen extends window.StimulusModule.Controller {
  open(event) {
    if (event.target.closest(INTERACTIVE)) return;
    const link = event.target.closest("tr")?.querySelector("td.title .title-wrapper a[href]");
    if (!link) return;
    window.getSelection()?.removeAllRanges();
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else window.location.assign(link.href);
  }
}

window.wagtail.app.register("partner-smtp-row-open", RowOpen);
