"""Tasks: what staff are to do with a vehicle, by whom, and what came of it.

A task is ``open`` (assigned if it has an assignee), ``in_progress``, ``done`` or ``cancelled``.
``statements`` holds one conditional statement for each transition; starting and finishing a task
also act on its vehicle (webapp/fleet/vehicle_actions). ``rules`` makes tasks by itself.
"""
