"""Signing in with accounts of other sites: MovR as relying party of OpenID Connect.

A person is sent to a provider with an authorization request and comes back with a code, which is
exchanged for a signed ID token. Its claims are accepted only when all of it fits: signature,
issuer, audience, time, and the nonce of the request. Only this package knows Authlib.
"""
