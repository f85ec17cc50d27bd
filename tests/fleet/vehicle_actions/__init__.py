"""Actions of staff on vehicles."""
