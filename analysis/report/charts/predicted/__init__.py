"""Pictures of what is predicted, not measured."""
