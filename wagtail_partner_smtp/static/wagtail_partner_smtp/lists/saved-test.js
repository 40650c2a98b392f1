// Tests what is saved of one partner. The outcome never rejects: `text` for the editor, and where it was tested `state`
// and `badge`; `retryAfter` in milliseconds if it was not its turn; `lost` if the site gave no proper answer, `forbidden`
// if it will not give one any more; `loginRefused` if the mail server said no to login and password.
{
  const { fill } = window.partnerSmtp;

  const HOUR = 3_600_000;

  // RFC 9110 10.2.3: seconds or a date. Nobody waits for more than an hour, and a timer cannot wait for weeks.
  const milliseconds = (retryAfter) => {
    const seconds = Number(retryAfter);
    const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
    return Math.min(wait || 0, HOUR);
  };

  // Why mail would not be sent, in one sentence.
  const cause = ({ error, warnings, deliverable, headline }) => {
    const isReason = ({ code, stage }) => code === "certificate_not_verified" || stage === "sender";
    return (error || (!deliverable && warnings.find(isReason)) || { message: headline }).message;
  };

  const understand = ({ status, headers }, report, strings) => {
    const code = report?.error?.code;
    const retryAfter = headers.get("Retry-After");
    if (retryAfter !== null && (code === "busy" || status === 429 || status === 503)) {
      return { retryAfter: milliseconds(retryAfter) };
    }
    if (status === 404) return { text: strings.gone };
    if (code === "forbidden") return { text: report.error.message };
    if (status === 403) return { text: strings.network, forbidden: true };
    if (!report?.badge) return { text: fill(strings.unexpected, { status }), lost: true };
    const loginRefused = report.error?.stage === "auth" && Boolean(report.error.smtp_code);
    return { state: report.status, badge: report.badge, text: cause(report), loginRefused };
  };

  window.partnerSmtp.testSaved = async (url, token, signal, strings) => {
    try {
      const response = await fetch(url, {
        method: "POST",
        body: new URLSearchParams({ csrfmiddlewaretoken: token }),
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
        redirect: "error",
        signal,
      });
      const isJSON = (response.headers.get("Content-Type") || "").startsWith("application/json");
      return understand(response, isJSON ? await response.json() : null, strings);
    } catch (error) {
      return error.name === "AbortError" ? { text: strings.notWaitedFor } : { text: strings.network, lost: true };
    }
  };
}
