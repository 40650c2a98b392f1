// How the scripts ask the site's endpoints, which answer in the JSON of docs/connection-test.md.
{
  const { fill } = window.partnerSmtp;

  // An answer from elsewhere, such as the login page that a redirect leads to, is none. A browser logs each status
  // from 400 on as an error of the page; a test that failed is none, so the answer is to have it in its body only.
  const OPTIONS = {
    method: "POST",
    headers: {
      Accept: "application/json",
      Prefer: "report-in-body",
      "X-Requested-With": "XMLHttpRequest",
    },
    credentials: "same-origin",
    redirect: "error",
  };
  const CSRF = "csrfmiddlewaretoken";

  // What is sent of a form: its CSRF token, and the text of the fields whose names match.
  function valuesOf(form, names = null) {
    const body = new FormData();
    new FormData(form).forEach((value, name) => {
      if ((name === CSRF || names?.test(name)) && typeof value === "string") body.append(name, value);
    });
    return body;
  }

  // Resolves with `status`, `headers` and the `answer`, which is null if it is no JSON. Rejects as fetch() does.
  async function post(url, body, signal) {
    const response = await fetch(url, { ...OPTIONS, body, signal });
    const { status, headers } = response;
    const isJSON = (headers.get("Content-Type") || "").startsWith("application/json");
    return { status, headers, answer: isJSON ? await response.json() : null };
  }

  // Never rejects: resolves with the `answer`, or with the `sentence` of why there is none.
  async function ask(url, body, strings, signal) {
    try {
      const { status, answer } = await post(url, body, signal);
      if (status === 403) return { sentence: strings.forbidden };
      return answer ? { answer } : { sentence: fill(strings.unexpected, { status }) };
    } catch (error) {
      return { sentence: error.name === "AbortError" ? strings.cancelled : strings.network };
    }
  }

  // The button is not disabled: that would take the focus away from whoever pressed it.
  function setBusy(element, button, isBusy) {
    button.setAttribute("aria-disabled", String(isBusy));
    element.setAttribute("aria-busy", String(isBusy));
  }

  const isBusy = (element) => element.getAttribute("aria-busy") === "true";

  Object.assign(window.partnerSmtp, { ask, isBusy, post, setBusy, valuesOf });
}
