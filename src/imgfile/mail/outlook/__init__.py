"""Outlook's own containers: .msg, winmail.dat and what they embed."""
