"""Pages whose address is a key: whoever has the link may act, without cookie or account."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from contract.directory import normal_host

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
}


def keep_private(routes: Blueprint) -> None:
    """The answers are never stored, never indexed, and tell no other page their address."""

    @routes.after_request
    def private(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def from_our_page(desk_url: str) -> bool:
    """Browsers say where a form comes from.

    Our own page has them send no referrer, and then they say "null": what keeps others out is that
    they do not know the address.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin", "null")
    if origin == "null":
        return True
    said, ours = urlsplit(origin), urlsplit(desk_url)
    return (said.scheme, normal_host(said.netloc)) == (ours.scheme, normal_host(ours.netloc))
