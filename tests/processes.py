"""Starting processes that a test then stops."""

import signal


def hear_ctrl_c() -> None:
    """Undo an ignored SIGINT, which a program inherits when the tests run in the background of a shell.

    For `preexec_fn`, on POSIX systems.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
