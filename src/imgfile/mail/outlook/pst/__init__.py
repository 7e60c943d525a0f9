"""Outlook data files, .pst and .ost ([MS-PST])."""
