"""How long work takes that was never measured: laws, and what they need to know of the work and of the machine."""
