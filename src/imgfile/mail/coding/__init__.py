"""How bytes stand in a mail: in base64, in lines that end as nobody ends them, in a wide character set."""
