"""What happened to vehicles: each change of a state is an event (MDS 2.0).

``transitions`` says which changes there are, ``writing`` makes the parts of the statements that
change states and write the events, ``replay`` checks that events and states agree.
"""
