"""Sign in with MovR: the authorization server (OAuth 2.1) by which apps get access to accounts.

docs/decisions/0039 says why it is as it is.
"""
