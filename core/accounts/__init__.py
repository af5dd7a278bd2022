"""Accounts: people are added, closed and reset; passwords; signing in under a throttle; sessions kept on the server.

`passwords` is Argon2, `throttle` slows guessing down, `devices` knows the browsers of a person, `sessions` holds who is
signed in where. `signing_in` and `administration` are the use cases.
"""

from core.accounts.administration import AccountDraft as AccountDraft
from core.accounts.administration import add_user as add_user
from core.accounts.administration import disable_user as disable_user
from core.accounts.administration import enable_user as enable_user
from core.accounts.administration import reset_password as reset_password
from core.accounts.devices import Client as Client
from core.accounts.passwords import MAXIMUM_PASSWORD as MAXIMUM_PASSWORD
from core.accounts.passwords import MINIMUM_PASSWORD as MINIMUM_PASSWORD
from core.accounts.passwords import PasswordHash as PasswordHash
from core.accounts.passwords import check_password as check_password
from core.accounts.passwords import hash_password as hash_password
from core.accounts.passwords import make_password as make_password
from core.accounts.passwords import verify_password as verify_password
from core.accounts.sessions import SessionEnd as SessionEnd
from core.accounts.sessions import SessionRules as SessionRules
from core.accounts.sessions import end_expired_session as end_expired_session
from core.accounts.sessions import end_session as end_session
from core.accounts.sessions import end_sessions as end_sessions
from core.accounts.sessions import find_session as find_session
from core.accounts.sessions import list_sessions as list_sessions
from core.accounts.sessions import note_seen as note_seen
from core.accounts.signing_in import SignedIn as SignedIn
from core.accounts.signing_in import change_password as change_password
from core.accounts.signing_in import sign_in as sign_in
from core.accounts.throttle import FAILURES_FROM_ANYWHERE as FAILURES_FROM_ANYWHERE
from core.accounts.throttle import FAILURES_PER_ACCOUNT as FAILURES_PER_ACCOUNT
from core.accounts.throttle import FAILURES_PER_ADDRESS as FAILURES_PER_ADDRESS
from core.accounts.throttle import WINDOW as WINDOW
from core.accounts.throttle import TooManyAttempts as TooManyAttempts
