"""The read side: every statement that pages and answers need."""
