"""What is measured on: the machine, its state, its processes."""
