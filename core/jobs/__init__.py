"""Wake-ups for background work. A queue carries names and primitives only; what to do is in the database.

Losing every queued job loses nothing: the periodic drain finds the same work. `local` is the queue of one machine;
`remote`, `worker` and `schedule` are that of several, over Redis.
"""

from core.jobs.local import InlineQueue as InlineQueue
from core.jobs.local import Ticker as Ticker
from core.jobs.protocol import Job as Job
from core.jobs.protocol import JobQueue as JobQueue
from core.jobs.protocol import QueueState as QueueState
from core.jobs.protocol import TimeLimit as TimeLimit
