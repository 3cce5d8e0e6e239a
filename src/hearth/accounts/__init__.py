"""Accounts: who may sign in, how they are known again, and what they may do.

Doors recognise who asks (`viewer_by_bearer`, `viewer_by_cookie`) and hand every other room a `Viewer`. The process's
`Gate` holds what that takes beside the database: the password pool, the signing keys, the throttle, what is remembered.
After a commit that ended sessions or API keys, `Gate.forget` makes it felt at once; otherwise it takes up to 5 s.
"""

from hearth.accounts.gate import Address, Begin, Gate, viewer_by_bearer, viewer_by_cookie
from hearth.accounts.keyring import Key, Keyring, open_keyring
from hearth.accounts.keys import ApiKey, api_keys_list, create_api_key, credentials_of, delete_api_key
from hearth.accounts.names import clean_username
from hearth.accounts.passwords import Passwords, check_policy
from hearth.accounts.people import (
    Account,
    account,
    account_named,
    accounts_list,
    change_account,
    create_account,
    create_first_account,
    delete_account,
    set_password,
    setup_required,
)
from hearth.accounts.permissions import NEVER_BY_KEY, PERMISSIONS, ROLES, granted
from hearth.accounts.sessions import (
    Device,
    Session,
    end_session,
    end_sessions,
    prune_sessions,
    session_standing,
    sessions_list,
)
from hearth.accounts.signin import SignedIn, change_password, login, refresh, set_up
from hearth.accounts.tokens import ACCESS_S, Cookie
from hearth.accounts.viewer import Viewer

__all__ = [
    "ACCESS_S",
    "NEVER_BY_KEY",
    "PERMISSIONS",
    "ROLES",
    "Account",
    "Address",
    "ApiKey",
    "Begin",
    "Cookie",
    "Device",
    "Gate",
    "Key",
    "Keyring",
    "Passwords",
    "Session",
    "SignedIn",
    "Viewer",
    "account",
    "account_named",
    "accounts_list",
    "api_keys_list",
    "change_account",
    "change_password",
    "check_policy",
    "clean_username",
    "create_account",
    "create_api_key",
    "create_first_account",
    "credentials_of",
    "delete_account",
    "delete_api_key",
    "end_session",
    "end_sessions",
    "granted",
    "login",
    "open_keyring",
    "prune_sessions",
    "refresh",
    "session_standing",
    "sessions_list",
    "set_password",
    "set_up",
    "setup_required",
    "viewer_by_bearer",
    "viewer_by_cookie",
]
