"""Accounts: who may sign in, how they are known again, and what they may do.

Doors recognise who asks (`viewer_by_bearer`, `viewer_by_cookie`) and hand every other room a `Viewer`. The process's
`Gate` holds what that takes beside the database: the password pool, the signing keys, the throttle, what is remembered.
After a commit that ended sessions or API keys, `Gate.forget` makes it felt at once; otherwise it takes up to 5 s.
"""

from hearth.accounts.access import LibraryAccess, library_access, live_credentials, set_library_access
from hearth.accounts.audit import ACTIONS, COMMAND_LINE, By, Entry, audit_list, by_viewer, note, prune_audit
from hearth.accounts.gate import Address, Begin, Gate, viewer_by_bearer, viewer_by_cookie
from hearth.accounts.keyring import Key, Keyring, open_keyring, rotate_keys
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
from hearth.accounts.permissions import BUILT_IN, NEVER_BY_KEY, PERMISSIONS, UNTIL_ENROLLED, Roles
from hearth.accounts.roles import Role, delete_role, keys_changed, put_role, roles_list, tell
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
    "ACTIONS",
    "BUILT_IN",
    "COMMAND_LINE",
    "NEVER_BY_KEY",
    "PERMISSIONS",
    "UNTIL_ENROLLED",
    "Account",
    "Address",
    "ApiKey",
    "Begin",
    "By",
    "Cookie",
    "Device",
    "Entry",
    "Gate",
    "Key",
    "Keyring",
    "LibraryAccess",
    "Passwords",
    "Role",
    "Roles",
    "Session",
    "SignedIn",
    "Viewer",
    "account",
    "account_named",
    "accounts_list",
    "api_keys_list",
    "audit_list",
    "by_viewer",
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
    "delete_role",
    "end_session",
    "end_sessions",
    "keys_changed",
    "library_access",
    "live_credentials",
    "login",
    "note",
    "open_keyring",
    "prune_audit",
    "prune_sessions",
    "put_role",
    "refresh",
    "roles_list",
    "rotate_keys",
    "session_standing",
    "sessions_list",
    "set_library_access",
    "set_password",
    "set_up",
    "setup_required",
    "tell",
    "viewer_by_bearer",
    "viewer_by_cookie",
]
