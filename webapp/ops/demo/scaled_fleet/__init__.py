"""One city of the demo with a fleet of a chosen size and the months behind it: ``flask demo
--scale``.

A fleet is made in batches of some vehicles with riders of their own. A batch is a pure function of
the options (``generator.py``), and is written in one transaction (``services.py``).

To give another table rows, name it in ``rows.TABLES`` and add its rows where the thing happens: in
``maintenance.py`` what staff have done, in ``final_acts.py`` what is unfinished now.
"""
