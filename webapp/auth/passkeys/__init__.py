"""Passkeys (WebAuthn): a sign-in of its own, and a second factor.

A passkey is always discoverable, and the device checks its user by PIN or biometrics. So one is two
factors at once: signing in with it needs no password.
"""
