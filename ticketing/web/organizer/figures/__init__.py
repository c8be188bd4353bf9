"""Figures for organizers: sales folded into the days of a place, and laid out for tables and charts."""
