"""Measurements of speed. Each module of this folder but ``run`` and ``flame`` is a bench.

A bench has one function, ``measure(quick: bool) -> Section``. With ``quick`` it takes about a
second and its figures mean nothing: a test runs every bench so. Each figure stands beside a
yardstick that is measured in the same run. What benches share is in ``bench/support``.

    python -m bench.run                 the whole report
    python -m bench.run pages latency   some of it
"""
