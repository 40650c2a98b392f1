"""Errors of Microsoft's identity platform, as its documentation and people's reports quote them.

The texts are those of https://learn.microsoft.com/entra/identity-platform/reference-error-codes and of answers in
public issue threads, read in November 2026; names, numbers and dates in them are made up.
"""

from __future__ import annotations

from ..faults import PREFIX, Fault
from ..replies import Denial, MicrosoftError

_SECRET_WRONG = (
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the "
    "client secret ID, for a secret added to app '{client_id}'."
)
_SECRET_EXPIRED = (
    "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new keys for "
    "your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
    "https://aka.ms/certCreds."
)
_APPLICATION_UNKNOWN = (
    "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if the "
    "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
    "You may have sent your authentication request to the wrong tenant."
)
_TENANT_UNKNOWN = (
    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct "
    "cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the "
    "tenant."
)
_NOT_MULTI_TENANT = (
    "Application '{client_id}'(partner mail) is not configured as a multi-tenant application. Usage of the /common "
    "endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the "
    "application to be multi-tenant."
)
_NO_CONSENT = (
    "The user or administrator has not consented to use the application with ID '{client_id}' named 'partner mail'. "
    "Send an interactive authorization request for this user and resource."
)
_INACTIVE = (
    "The refresh token has expired due to inactivity. The token was issued on 2026-05-20T16:18:37.2732417Z and was "
    "inactive for 90.00:00:00."
)
_REVOKED = (
    "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed "
    "or reset their password. The grant was issued on '2026-05-20T11:11:42.6690000Z' and the TokensValidFrom date "
    "(before which tokens are not valid) for this user is '2026-08-03T18:24:05.0000000Z'."
)
_MFA = (
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must {verb} "
    "multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'."
)
_BLOCKED = (
    "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
)
_ASSERTION_TIME = (
    "Client assertion is not within its valid time range. Current time: 2026-11-02T22:05:03.6755165Z, assertion valid "
    "from 2026-11-02T20:20:53.0000000Z, expiry time of assertion 2026-11-02T21:30:53.0000000Z. Review the documentation "
    "at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
)
_DEFAULT_SCOPE = (
    "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default "
    "suffixed to the resource identifier (application ID URI)."
)

ERRORS: dict[int, tuple[MicrosoftError, str]] = {
    error.number: (error, summary)
    for error, summary in (
        (MicrosoftError(7000215, "invalid_client", _SECRET_WRONG, status=401), "the client secret is wrong"),
        (
            MicrosoftError(7000222, "invalid_client", _SECRET_EXPIRED, status=401),
            "the client secret has expired",
        ),
        (
            MicrosoftError(
                7000218,
                "invalid_client",
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
                status=401,
            ),
            "there is no client secret",
        ),
        (MicrosoftError(700016, "unauthorized_client", _APPLICATION_UNKNOWN), "the client id is unknown"),
        (
            MicrosoftError(
                7000112, "unauthorized_client", "Application '{client_id}'(partner mail) is disabled."
            ),
            "the application is switched off",
        ),
        (MicrosoftError(700024, "invalid_client", _ASSERTION_TIME, status=401), "a clock is wrong"),
        (MicrosoftError(90002, "invalid_request", _TENANT_UNKNOWN), "there is no such tenant"),
        (
            MicrosoftError(
                900023,
                "invalid_request",
                "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
            ),
            "the tenant is neither a name nor an id",
        ),
        (
            MicrosoftError(50194, "invalid_request", _NOT_MULTI_TENANT),
            "the application is for one tenant only",
        ),
        (MicrosoftError(65001, "invalid_grant", _NO_CONSENT, "consent_required"), "nobody has consented"),
        (
            MicrosoftError(
                70011,
                "invalid_scope",
                "The provided value for the input parameter 'scope' isn't valid. The scope {scope} isn't valid.",
            ),
            "the scope is unknown",
        ),
        (MicrosoftError(1002012, "invalid_scope", _DEFAULT_SCOPE), "the scope is not for applications"),
        (
            MicrosoftError(
                70008,
                "invalid_grant",
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive "
                "authorization request for this user and resource.",
            ),
            "the code or refresh token has expired",
        ),
        (
            MicrosoftError(700082, "invalid_grant", _INACTIVE, "bad_token"),
            "the refresh token was unused for 90 days",
        ),
        (
            MicrosoftError(50173, "invalid_grant", _REVOKED),
            "the password was changed, or the sign-in revoked",
        ),
        (
            MicrosoftError(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid."),
            "the code or refresh token is none of its own",
        ),
        (
            MicrosoftError(
                900144,
                "invalid_request",
                "The request body must contain the following parameter: 'grant_type'.",
            ),
            "something is missing in the request",
        ),
        (
            MicrosoftError(70003, "unsupported_grant_type", "The app requested an unsupported grant type."),
            "the grant type is unknown",
        ),
        (
            MicrosoftError(
                54005,
                "invalid_grant",
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
                "refresh token.",
            ),
            "the code was used before",
        ),
        (
            MicrosoftError(
                501481,
                "invalid_grant",
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ),
            "the PKCE verifier is another one",
        ),
        (
            MicrosoftError(
                500112,
                "invalid_client",
                "The reply address '{redirect_uri}' does not match the reply address '' provided when requesting "
                "Authorization code.",
            ),
            "the redirect URI is another one than before",
        ),
        (
            MicrosoftError(50076, "invalid_grant", _MFA.replace("{verb}", "use"), "basic_action"),
            "the person must sign in with a second factor",
        ),
        (
            MicrosoftError(50079, "invalid_grant", _MFA.replace("{verb}", "enroll in"), "basic_action"),
            "the person must set up a second factor",
        ),
        (MicrosoftError(53003, "invalid_grant", _BLOCKED, "message_only"), "conditional access says no"),
        (
            MicrosoftError(50057, "invalid_grant", "The user account is disabled."),
            "the mailbox's account is disabled",
        ),
        (
            MicrosoftError(
                90033,
                "temporarily_unavailable",
                "A transient error has occurred. Please try again.",
                status=503,
            ),
            "it cannot say at the moment",
        ),
    )
}

FAULTS = (
    *(
        Fault(name=f"{PREFIX}AADSTS{number}", summary=f"Microsoft: {summary}", reply=error)
        for number, (error, summary) in ERRORS.items()
    ),
    Fault(
        name=f"{PREFIX}AADSTS65004",
        summary="Microsoft: the person says no",
        endpoint="authorization",
        reply=Denial("access_denied", "AADSTS65004: User declined to consent to access the app.", "cancel"),
    ),
)
