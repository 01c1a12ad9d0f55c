"""The one exception base. A message says where, what was found, what was expected and how to fix it."""


class HiprunError(Exception):
    """Something hiprun cannot do, said in words a user can act on. Exit code 1 at the command line."""


class NothingToDraw(HiprunError):
    """The frame is as expected, but there is no value to draw in it: the figure is left out, the rest goes on."""


class InputError(HiprunError):
    """Bad usage or invalid input: the user's to mend. Exit code 2 at the command line."""
