// Tests what is saved of one partner. The outcome never rejects: `text` for the editor, and where it was tested `state`
// and `badge`; `retryAfter` in milliseconds if it was not its turn; `lost` if the site gave no proper answer, `forbidden`
// if it will not give one any more; `loginRefused` if the mail server said no to login and password.
{
  const { fill, post } = window.partnerSmtp;

  const HOUR = 3_600_000;
  const NOT_YET = ["busy", "login_too_soon"];

  // RFC 9110 10.2.3: seconds or a date. Nobody waits for more than an hour, and a timer cannot wait for weeks.
  const milliseconds = (retryAfter) => {
    const seconds = Number(retryAfter);
    const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
    return Math.min(wait || 0, HOUR);
  };

  const understand = ({ status, headers, answer: report }, strings) => {
    const code = report?.error?.code;
    const retryAfter = headers.get("Retry-After");
    if (retryAfter !== null && (NOT_YET.includes(code) || status === 429 || status === 503)) {
      return { retryAfter: milliseconds(retryAfter) };
    }
    if (status === 404) return { text: strings.gone };
    if (code === "forbidden") return { text: report.error.message };
    if (status === 403) return { text: strings.network, forbidden: true };
    if (!report?.badge) return { text: fill(strings.unexpected, { status }), lost: true };
    const loginRefused = report.error?.stage === "auth" && Boolean(report.error.smtp_code);
    const { message } = report.cause || { message: report.headline };
    return { state: report.status, badge: report.badge, text: message, loginRefused };
  };

  window.partnerSmtp.testSaved = async (url, token, signal, strings) => {
    try {
      const body = new URLSearchParams({ csrfmiddlewaretoken: token });
      return understand(await post(url, body, signal), strings);
    } catch (error) {
      return error.name === "AbortError" ? { text: strings.notWaitedFor } : { text: strings.network, lost: true };
    }
  };
}
