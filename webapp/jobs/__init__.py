"""Jobs: work that is done after the statement that causes it, and is never lost.

A job is a row of the table ``jobs`` (an outbox), written in the statement or transaction of the
change that causes it. Workers (``flask work``, webapp/ops/jobs) run it afterwards, at least once.
"""
