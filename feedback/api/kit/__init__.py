"""The client kit as whoever has its link sees it: no login, no cookie; the link itself is what opens it."""
