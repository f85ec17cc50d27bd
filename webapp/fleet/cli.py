"""The fleet from the command line."""

from flask.cli import AppGroup

from webapp.fleet.feed_subscriptions.cli import commands as feed_commands
from webapp.fleet.feeds.cli import forget_feed_command, import_gbfs
from webapp.fleet.vehicle_events.cli import replay_check

commands = AppGroup("fleet", help="The vehicles.")
commands.add_command(import_gbfs)
commands.add_command(forget_feed_command)
commands.add_command(feed_commands)
commands.add_command(replay_check)
