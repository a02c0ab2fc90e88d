"""Pure rules of feedback: no database, no clock."""
