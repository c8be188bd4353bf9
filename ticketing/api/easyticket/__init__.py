"""EasyTicket's dialect."""
