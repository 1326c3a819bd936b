"""How good the advice is for work that was never measured."""
