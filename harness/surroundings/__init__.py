"""What surrounds this Python and changes what is measured: variables, flags, tracers, and what the system lacks."""
